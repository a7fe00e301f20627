"""The longest chain of dependent steps of a layer, forward and with gradients: Table 1's sequential operations."""

from dataclasses import dataclass

import torch

from ablations.complexity.layers import Layer
from ablations.complexity.operations import log_depth
from ablations.complexity.trace import trace


@dataclass(frozen=True)
class Chain:
    """How long a layer's computation takes at least, however many processors there are.

    Attributes:
        steps: the longest chain of dependent tensor operations of the forward pass; a reduction is one of them.
        training_steps: the same of the forward and the backward pass together.
        depth: the longest chain where adding up m numbers counts as log2(m).
        training_depth: the same of both passes.
    """

    steps: int
    training_steps: int
    depth: int
    training_depth: int


def longest_chain(layer: Layer, n: int, d: int) -> Chain:
    """Trace a layer, unrolled, over one sentence of n positions of width d."""
    forward = trace(layer.unrolled, torch.zeros(1, n, d))
    both = trace(layer.unrolled, torch.zeros(1, n, d), list(layer.parameters()), backward=True)
    return Chain(
        int(forward.longest_chain()),
        int(both.longest_chain()),
        int(forward.longest_chain(log_depth)),
        int(both.longest_chain(log_depth)),
    )
