"""Which head reads which phrase, measured from the weights of models that learnt the probe `overlap`.

    python -m ablations.head_roles runs/builtin/overlap/N=1+h=8-seed3-*/attempt-1/averaged.ckpt --figure heads.svg

In `overlap`, four overlapping phrases decide each target word, and each phrase has one cue. A model may read the cues
in two places: a source word may gather words around it (the encoder's self-attention), and a target word may look at
source words (the decoder's cross-attention). For both, this takes the mean weight of each head over new sentences, at
each distance: from the word that reads, or from the first cue of the target word that is predicted.
With several layers a cue may travel, so that a head which reads another place than a cue's need not be idle.
"""

import argparse
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from repro import files
from repro.console.command import OneLineParser, exit_status
from repro.data.builtin.symbol_probes import ROLES, STRIDE, TARGET_WORDS, overlap
from repro.errors import BadInput
from repro.paths import expanded
from repro.streams import say
from repro.table import table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SENTENCES = 200
REACH = 8
"""Words to either side that are shown."""
CUES = {role.name: role.start + role.cue for role in ROLES}
"""Cue -> how many words behind the first cue of its target word it stands."""
SUFFIXES = ("svg", "pdf", "png")

Profile = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class HeadProfiles:
    """The mean weights of the heads of one attention.

    Attributes:
        name: of the attention, such as "encoder 1" or "decoder 1, word 2".
        cues: the distances at which the cues stand; none for the encoder, where any word may read.
        weights: (h, 2 REACH + 1), the mean weight at each distance from -REACH to REACH.
    """

    name: str
    cues: Sequence[int]
    weights: Profile

    def largest(self) -> list[tuple[int, float]]:
        """For each head, the distance with its largest mean weight, and that weight."""
        places = self.weights.argmax(1)
        return [(int(place) - REACH, float(row[place])) for place, row in zip(places, self.weights, strict=True)]


def mean_over_pairs(weights: Profile, origins: Sequence[int]) -> Profile:
    """Mean weight by distance.

    Args:
        weights: (S, h, m, n), of S sentences.
        origins: for each query the key that counts as distance 0.

    Returns:
        (h, 2 REACH + 1). A distance counts for those queries only that have a word there.
    """
    _, h, m, n = weights.shape
    sums, counts = np.zeros((h, 2 * REACH + 1)), np.zeros(2 * REACH + 1)
    by_query = weights.mean(0)  # (h, m, n)
    for query in range(m):
        for key in range(n):
            distance = key - origins[query]
            if abs(distance) <= REACH:
                sums[:, distance + REACH] += by_query[:, query, key]
                counts[distance + REACH] += 1
    return sums / np.maximum(counts, 1)


def profiles(checkpoint: Path, sentences: int = SENTENCES, seed: int = 1) -> list[HeadProfiles]:
    """Of the encoder's self-attention over source words, and of the decoder's cross-attention, layer by layer.

    Args:
        checkpoint: of a Transformer that was trained on `overlap`.
        sentences, seed: how many new sentences are read, and which.

    Raises:
        BadInput: a checkpoint that cannot be used, or of another model or text.
    """
    import torch

    from repro.data.vocabulary import BOS, EOS, UNK
    from repro.models import Transformer
    from repro.models.attention import recorded_attention
    from repro.weights.network import load_network

    network, vocabulary = load_network(checkpoint)
    draw = random.Random(seed).random
    examples = [overlap(draw) for _ in range(sentences)]
    sources = [[*ids, EOS] for ids in vocabulary.encode([example.source for example in examples])]
    targets = [[BOS, *ids] for ids in vocabulary.encode([example.target for example in examples])]
    if not isinstance(network, Transformer) or any(UNK in ids for ids in (*sources, *targets)):
        raise BadInput(f"{checkpoint} is not of a Transformer trained on the probe overlap; give one that is")
    with torch.inference_mode(), recorded_attention(network) as records:
        network(torch.tensor(sources), torch.tensor(targets))
    words = len(sources[0]) - 1
    attentions = []
    for name, calls in records.items():
        side, layer, kind = name.split(".")
        weights = calls[0].weights.double().numpy()[..., :words]  # without the end symbol
        where = f"{side} {int(layer) + 1}"
        if (side, kind) == ("encoder", "self_attention"):
            attentions.append(HeadProfiles(where, (), mean_over_pairs(weights[:, :, :words], range(words))))
        elif kind == "cross_attention":
            for place in range(TARGET_WORDS):
                # The query at this place predicts the target's word there.
                mean = mean_over_pairs(weights[:, :, place : place + 1], [STRIDE * place])
                attentions.append(HeadProfiles(f"{where}, word {place + 1}", tuple(CUES.values()), mean))
    return attentions


def roles_table(attentions: Sequence[HeadProfiles]) -> str:
    """Each head with its largest mean weight and where it is, and the cross-attention's weights on the four cues."""
    rows = [["attention", "head", "largest weight", "at distance", *CUES]]
    for attention in attentions:
        for head, (distance, weight) in enumerate(attention.largest()):
            cues = [f"{attention.weights[head, REACH + place]:.2f}" for place in attention.cues] or [""] * len(CUES)
            rows.append([attention.name, str(head + 1), f"{weight:.2f}", f"{distance:+d}", *cues])
    return table(rows)


def draw(models: Mapping[str, Sequence[HeadProfiles]], path: Path) -> None:
    """One row of panels for each model: mean weight of every head at every distance.

    Args:
        models: name of a model -> its profiles.
        path: a file that ends in .svg, .pdf or .png.

    Raises:
        BadInput: another ending.
    """
    import io

    from matplotlib.figure import Figure

    if path.suffix[1:] not in SUFFIXES:
        raise BadInput(f"{path} must end in {', '.join('.' + suffix for suffix in SUFFIXES)}")
    columns = max(len(attentions) for attentions in models.values())
    figure = Figure(figsize=(3.1 * columns, 0.6 + 2.2 * len(models)), layout="constrained")
    panels = figure.subplots(len(models), columns, squeeze=False)
    for line, (model, of_model) in zip(panels, models.items(), strict=True):
        for axes, attention in zip(line, of_model, strict=False):
            _paint(axes, attention, f"{model}: {attention.name}")
        for axes in line[len(of_model) :]:
            axes.set_visible(False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=path.suffix[1:], metadata={"Date": None} if path.suffix == ".svg" else None)
    with files.written_atomically(path) as temporary:
        temporary.write_bytes(buffer.getvalue())


def _paint(axes: "Axes", attention: HeadProfiles, title: str) -> None:
    h = len(attention.weights)
    axes.imshow(
        attention.weights, cmap="Blues", vmin=0, vmax=1, aspect="auto", extent=(-REACH - 0.5, REACH + 0.5, h + 0.5, 0.5)
    )
    axes.set_title(title, fontsize=9)
    axes.set_yticks(range(1, h + 1))
    axes.set_xticks(range(-REACH, REACH + 1, 2))
    axes.tick_params(labelsize=8)
    axes.set_ylabel("head", fontsize=8)
    axes.set_xlabel("words behind the first cue" if attention.cues else "words behind the word that reads", fontsize=8)
    for place in attention.cues:
        axes.plot([place], [0.5], marker="v", color="#D55E00", clip_on=False, markersize=6)


def main(arguments: list[str] | None = None) -> int:
    """Print the table, and draw the figure if one is asked for."""
    return exit_status("head_roles", lambda: _main(arguments))


def _main(arguments: list[str] | None) -> int:
    parser = OneLineParser(
        prog="python -m ablations.head_roles", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoints", nargs="+", type=expanded, metavar="CHECKPOINT", help="averaged.ckpt of a cell")
    parser.add_argument("--figure", type=expanded, metavar="FILE", help="also draw the weights: .svg, .pdf or .png")
    parsed = parser.parse_args(arguments)
    models = {_name(checkpoint): profiles(checkpoint) for checkpoint in parsed.checkpoints}
    for name, of_model in models.items():
        say(f"{name}\n\n{roles_table(of_model)}\n")
    if parsed.figure is not None:
        draw(models, parsed.figure)
    return 0


def _name(checkpoint: Path) -> str:
    """The cell's name without its id, where the checkpoint lies in a cell's directory."""
    return checkpoint.parent.parent.name.rpartition("-")[0] or str(checkpoint)


if __name__ == "__main__":
    raise SystemExit(main())
