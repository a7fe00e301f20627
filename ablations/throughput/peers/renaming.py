"""This project's weights under the names that another library has for the same parts of a Transformer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ablations.throughput.workload import Weights

Stack = str
"""encoder or decoder."""


@dataclass(frozen=True)
class Names:
    """A library's names.

    Attributes:
        embeddings: of all tables that hold the shared embedding.
        layers: stack -> name of a layer, with {i} for its number from 0.
        attentions: stack -> this project's name of an attention -> the library's, within a layer.
        projections: those of Q, K, V and O that the library keeps as one matrix each -> name within an attention.
        feed_forward: of both matrices, within a layer.
        norms: stack -> of its layer norms in the order of the sub-layers, within a layer.
    """

    embeddings: Sequence[str]
    layers: Mapping[Stack, str]
    attentions: Mapping[Stack, Mapping[str, str]]
    projections: Mapping[str, str]
    feed_forward: tuple[str, str]
    norms: Mapping[Stack, Sequence[str]]


def renamed(weights: Weights, N: int, names: Names) -> dict[str, Tensor]:
    """The weights of N layers a stack under a library's names."""
    w = {name: torch.from_numpy(value) for name, value in weights.items()}
    state = {f"{table}.weight": w["embedding.weight"] for table in names.embeddings}
    for stack, layer in names.layers.items():
        for i in range(N):
            ours, theirs = f"{stack}.{i}", layer.format(i=i)
            for attention, name in names.attentions[stack].items():
                for part, projection in names.projections.items():
                    state[f"{theirs}.{name}.{projection}.weight"] = w[f"{ours}.{attention}.W_{part}.weight"]
            for part in ("weight", "bias"):
                for k, name in enumerate(names.feed_forward, 1):
                    state[f"{theirs}.{name}.{part}"] = w[f"{ours}.feed_forward.W_{k}.{part}"]
                for k, name in enumerate(names.norms[stack], 1):
                    state[f"{theirs}.{name}.{part}"] = w[f"{ours}.residual_{k}.layer_norm.{part}"]
    return state
