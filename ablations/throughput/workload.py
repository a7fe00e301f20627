"""The workload of every peer: sizes of models, batches of sentence pairs, initial weights. NumPy only.

Sentence lengths are log-normal with the requested mean and at most 100 tokens, about the longest in news; a target's
length is within a tenth of its source's. Batches hold pairs of about equal length, as every library here makes them, so
that padding favours no peer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Weights = Mapping[str, NDArray[np.float32]]

PAD, BOS, EOS, UNK, FIRST_WORD = 0, 1, 2, 3, 4
"""Ids as in `repro.data.vocabulary`; words begin at FIRST_WORD."""

LONGEST_SENTENCE = 100
LENGTH_SPREAD = 0.55
"""Standard deviation of the logarithm of a length: that of newstest2013."""


@dataclass(frozen=True)
class Size:
    """Sizes of a model, named as in the paper; V is its number of types."""

    N: int
    d_model: int
    d_ff: int
    h: int
    V: int


SIZES = {
    "probe": Size(N=2, d_model=64, d_ff=128, h=4, V=500),
    "tiny": Size(N=4, d_model=128, d_ff=256, h=4, V=8_000),
    "base": Size(N=6, d_model=512, d_ff=2048, h=8, V=37_000),
}
"""The presets `model/probe`, `model/tiny` and `model/base`, with the vocabularies that go with them."""


@dataclass(frozen=True)
class Pairs:
    """One batch, padded with 0.

    Attributes:
        src: (B, n) source ids, each row with its end symbol.
        tgt: (B, m) the same for targets.
    """

    src: Ids
    tgt: Ids

    @property
    def shifted(self) -> Ids:
        """(B, m): the start symbol and the targets but for their last symbol, which the decoder reads."""
        shifted = np.full_like(self.tgt, PAD)
        shifted[:, 0] = BOS
        shifted[:, 1:] = np.where(self.tgt[:, 1:] == PAD, PAD, self.tgt[:, :-1])
        return shifted

    @property
    def target_tokens(self) -> int:
        """Real target tokens, each end symbol included."""
        return int((self.tgt != PAD).sum())

    @property
    def source_tokens(self) -> int:
        """Real source tokens, likewise."""
        return int((self.src != PAD).sum())


def lengths_of_pairs(rng: np.random.Generator, mean: float, pairs: int) -> tuple[Ids, Ids]:
    """Words of each sentence and of its translation: (pairs,) each."""
    lengths = (
        np.exp(rng.normal(np.log(mean) - LENGTH_SPREAD**2 / 2, LENGTH_SPREAD, pairs))
        .round()
        .clip(1, LONGEST_SENTENCE)
        .astype(int)
    )
    return lengths, (lengths * rng.uniform(0.9, 1.1, pairs)).round().clip(1, LONGEST_SENTENCE).astype(int)


def batches(mean: float, tokens: int, count: int, V: int, seed: int) -> list[Pairs]:
    """Batches that are drawn from all lengths alike.

    Args:
        mean: words a sentence on average.
        tokens: at most so many places a batch on its fuller side, padding included.
        count: how many batches.
        V: ids are below this.
        seed: of lengths, words and choice.
    """
    rng = np.random.default_rng(seed)
    # Enough pairs for four times as many batches: of these, `count` are drawn.
    pairs = max(64, int(4 * count * tokens / mean))
    lengths, others = lengths_of_pairs(rng, mean, pairs)
    order = np.lexsort((others, lengths))
    groups: list[list[int]] = [[]]
    longest = 0
    for place in order:
        longest = max(longest, lengths[place], others[place])
        if (len(groups[-1]) + 1) * (longest + 1) > tokens and groups[-1]:
            groups.append([])
            longest = max(lengths[place], others[place])
        groups[-1].append(place)
    chosen = rng.permutation(len(groups) - 1)[:count]  # the last one is not full
    return [Pairs(_rows(rng, lengths[groups[i]], V), _rows(rng, others[groups[i]], V)) for i in chosen]


def _rows(rng: np.random.Generator, lengths: NDArray[np.int64], V: int) -> Ids:
    ids = np.full((len(lengths), int(lengths.max()) + 1), PAD, dtype=np.int64)
    for row, length in zip(ids, lengths, strict=True):
        row[:length] = rng.integers(FIRST_WORD, V, length)
        row[length] = EOS
    return ids


def level_sources(pairs: Pairs, V: int, seed: int) -> Pairs:
    """The same batch with sources of one length: further words stand where padding was.

    Then a search of a set number of steps is the same work for a library that drops sentences as they end as for one
    that does not.
    """
    rng = np.random.default_rng(seed)
    n = pairs.src.shape[1]
    src = np.where(pairs.src < FIRST_WORD, rng.integers(FIRST_WORD, V, pairs.src.shape), pairs.src)
    src[:, n - 1] = EOS
    return Pairs(src, pairs.tgt)


def lively_weights(weights: Weights, N: int, seed: int) -> Weights:
    """Untrained weights with which a search has something to do.

    As they are made, they repeat the last token for ever, since the output layer shares the embedding, and no beam
    overtakes another. With the gains of the last layer norm at random signs, the next token is another one. The end
    symbol has a zero embedding, thus about the same probability everywhere: how searches end then matters little.
    """
    last = f"decoder.{N - 1}.residual_3.layer_norm.weight"
    signs = np.random.default_rng(seed).choice(np.array([-1, 1], dtype=np.float32), len(weights[last]))
    embedding = weights["embedding.weight"].copy()
    embedding[EOS] = 0
    return {**weights, last: weights[last] * signs, "embedding.weight": embedding}


def write(path: Path, pairs: Sequence[Pairs]) -> None:
    """Write batches as one NumPy archive."""
    np.savez(path, **{f"{side}{i}": getattr(batch, side) for i, batch in enumerate(pairs) for side in ("src", "tgt")})


def read(path: Path) -> list[Pairs]:
    """The inverse of `write`."""
    with np.load(path) as held:
        return [Pairs(held[f"src{i}"], held[f"tgt{i}"]) for i in range(len(held.files) // 2)]


def write_weights(path: Path, weights: Weights) -> None:
    """Write weights under the names that they have in this project's Transformer."""
    arrays: dict[str, Any] = dict(weights)
    np.savez(path, **arrays)


def read_weights(path: Path) -> Weights:
    """The inverse of `write_weights`."""
    with np.load(path) as held:
        return {name: held[name] for name in held.files}
