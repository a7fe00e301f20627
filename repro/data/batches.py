"""Batches of sentence pairs of about equal length, the same on any machine and with any number of processes.

Section 5.1 of "Attention Is All You Need": "Sentence pairs were batched together by approximate
sequence length. Each training batch contained a set of sentence pairs containing approximately 25000
source tokens and 25000 target tokens."

How a batch is filled. A pair weighs as much as its longer side, in tokens with the end of sentence,
without padding. An epoch of total weight W is divided into K = ceil(W / tokens) batches of equal weight,
so neither side of a batch holds more than `tokens` tokens, but for about one sentence. K is the same
in every epoch, so the k-th batch of a training run lies in epoch k // K and can be computed without
those before it.

How padding is kept low on both sides. The pairs, seen as points (source length, target length), are
divided in two again and again until each piece is one batch, each time by source or by target length,
whichever leaves less padding. Where a piece is divided is random, pairs of equal lengths are dealt out at
random, and the batches are shuffled, anew in each epoch: a pair meets other company each time.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from repro.errors import BadInput

Integers = NDArray[np.integer]
Indices = NDArray[np.int64]


class BatchPlan:
    """The batches of every epoch, as a pure function of the lengths, `tokens` and `seed`.

    Args:
        source_lengths, target_lengths: tokens of each sentence, with its end of sentence: [pairs].
        tokens: about so many real tokens a batch holds on its fuller side.
        seed: of all shuffling.

    Attributes:
        batches_per_epoch: the number K of batches in each epoch.

    Raises:
        BadInput: there is no pair, or a sentence is longer than `tokens`.
    """

    def __init__(self, source_lengths: Integers, target_lengths: Integers, tokens: int = 25_000, seed: int = 1) -> None:
        if len(source_lengths) != len(target_lengths):
            raise ValueError(f"{len(source_lengths)} source lengths, {len(target_lengths)} target lengths")
        if len(source_lengths) == 0:
            raise BadInput("there are no sentence pairs to make batches of; give a corpus with some")
        weight = np.maximum(source_lengths, target_lengths).astype(np.int64)
        longest = int(weight.argmax())
        if weight[longest] > tokens:
            raise BadInput(
                f"sentence pair {longest + 1:,} has a side of {weight[longest]:,} tokens, but a batch has "
                f"{tokens:,}; raise data.tokens, or lower data.max_length"
            )
        self.tokens, self.seed = tokens, seed
        self.batches_per_epoch = -(-int(weight.sum()) // tokens)
        self._source, self._target = source_lengths, target_lengths
        # All pairs of the same two lengths are one cell; a corpus of millions has some ten thousand cells.
        base = int(target_lengths.max()) + 1
        keys, cell, self._cell_pairs = np.unique(
            source_lengths.astype(np.int64) * base + target_lengths, return_inverse=True, return_counts=True
        )
        self._cell_lengths = np.stack([keys // base, keys % base])
        # Numbers of two bytes are sorted by radix, several times faster than wider ones.
        self._cell = cell.astype(np.uint16) if len(keys) <= 2**16 else cell
        self._current: tuple[int, list[Indices]] | None = None

    def batch(self, k: int) -> Indices:
        """The pairs of the k-th global batch, k counted from 0 over all epochs: int64 [pairs in it]."""
        epoch, place = divmod(k, self.batches_per_epoch)
        return self.epoch(epoch)[place]

    def epoch(self, epoch: int) -> list[Indices]:
        """All batches of an epoch, in training order; every pair is in one of them, once."""
        if self._current is None or self._current[0] != epoch:
            self._current = (epoch, self._shuffled(epoch))
        return self._current[1]

    def _shuffled(self, epoch: int) -> list[Indices]:
        generator = np.random.default_rng([self.seed, epoch])
        pieces = _divide(self._cell_lengths, self._cell_pairs, self.batches_per_epoch, generator)
        cells = np.concatenate([cells for cells, _ in pieces])
        counts = np.concatenate([counts for _, counts in pieces])
        batch = np.repeat(np.arange(len(pieces)), [len(cells) for cells, _ in pieces])

        # Deal the pairs of each cell, in random order, to the batches that have a share in it.
        order = generator.permutation(len(self._cell))
        order = order[np.argsort(self._cell[order], kind="stable")]
        by_cell = np.argsort(cells, kind="stable")
        dealt_to = np.repeat(batch[by_cell], counts[by_cell])
        if len(pieces) <= 2**16:
            dealt_to = dealt_to.astype(np.uint16)
        order = order[np.argsort(dealt_to, kind="stable")]
        batches = np.split(order, np.cumsum(np.bincount(dealt_to))[:-1])
        return [batches[i] for i in generator.permutation(len(batches))]

    def padding(self, epoch: int = 0, shards: int = 1) -> float:
        """The share of padding among all token positions of an epoch, both sides together, from 0 to 1.

        A batch, or each of the `shards` it is cut into, is one rectangle a side, as wide as its longest
        sentence.
        """
        parts = self.epoch(epoch)
        if shards > 1:
            parts = [part for batch in parts for part in shard(batch, self._source, self._target, shards)]
        positions = sum(
            len(part) * (int(self._source[part].max()) + int(self._target[part].max())) for part in parts if len(part)
        )
        real = int(self._source.sum(dtype=np.int64)) + int(self._target.sum(dtype=np.int64))
        return 1 - real / positions


def _divide(
    lengths: Indices, pairs: Indices, batches: int, generator: np.random.Generator
) -> list[tuple[Indices, Indices]]:
    """Divide cells of sentence pairs into batches of equal weight and little padding.

    Args:
        lengths: source and target length of each cell: [2, cells].
        pairs: sentence pairs in each cell: [cells].
        batches: how many pieces to make, at most as many as there are pairs.

    Returns:
        For each batch the cells it has a share in, and how many pairs of each.
    """
    weights = lengths.max(axis=0)
    ranks = [np.argsort(np.lexsort((lengths[1 - side], lengths[side]))) for side in (0, 1)]
    todo, done = [(np.arange(len(pairs)), pairs, batches)], []
    while todo:
        cells, counts, k = todo.pop()
        if k == 1:
            done.append((cells, counts))
            continue
        part = k // 2 if k < 4 else int(generator.integers(k // 3, k // 2 + 1))
        best = None
        for side in (0, 1):
            order = np.argsort(ranks[side][cells])
            by_length, count = cells[order], counts[order]
            until = np.cumsum(count)
            weight = np.cumsum(count * weights[by_length])
            for k_low in sorted({part, k - part}):
                # So many pairs make up the lower piece: its share of the weight, and one for each batch at
                # least.
                share = weight[-1] * k_low / k
                i = int(np.searchsorted(weight, share))
                n_low = int(until[i]) - round((int(weight[i]) - share) / int(weights[by_length[i]]))
                n_low = min(max(n_low, k_low), int(until[-1]) - (k - k_low))
                low = np.clip(n_low - (until - count), 0, count)
                pieces = [(by_length, low, k_low), (by_length, count - low, k - k_low)]
                pieces = [(c[n > 0], n[n > 0], k_piece) for c, n, k_piece in pieces]
                positions = sum(int(n.sum()) * int(lengths[:, c].max(axis=1).sum()) for c, n, _ in pieces)
                if best is None or positions < best[0]:
                    best = (positions, pieces)
        assert best is not None
        todo.extend(best[1])
    return done


def shard(batch: Indices, source_lengths: Integers, target_lengths: Integers, shards: int) -> list[Indices]:
    """Cut a global batch into `shards` parts with target tokens as equal as whole sentences allow.

    Sentences are cut in order of length, so no part needs more padding than the batch. There is one part for each
    accumulation step of each rank: one device with eight steps trains on the same parts as eight devices with one.
    A batch of few sentences leaves some parts empty.

    Args:
        batch: numbers of sentence pairs, as from `BatchPlan.batch`: int64 [pairs in it].
        source_lengths, target_lengths: of the whole split: [pairs].

    Returns:
        `shards` arrays that together hold every pair of the batch once.
    """
    ordered = batch[np.lexsort((batch, source_lengths[batch], target_lengths[batch]))]
    target = target_lengths[ordered].astype(np.int64)
    middle = np.cumsum(target) - target / 2
    return np.split(ordered, np.searchsorted(middle, np.arange(1, shards) * (int(target.sum()) / shards)))


def evaluation_batches(lengths: Sequence[int] | Integers, tokens: int) -> list[Indices]:
    """Batches for validation and decoding: in order of length, longest first, every sentence once, no
    shuffling.

    The longest come first so that memory, if it runs out, does so at once.

    Args:
        lengths: tokens of each sentence: [sentences].
        tokens: a batch's rectangle, padding included, has at most so many positions; a sentence longer than
            that makes a batch of its own.
    """
    lengths = np.asarray(lengths, dtype=np.int64)
    order = np.argsort(-lengths, kind="stable")
    batches, start = [], 0
    while start < len(order):
        end = start + max(1, tokens // max(1, int(lengths[order[start]])))
        batches.append(order[start:end])
        start = end
    return batches
