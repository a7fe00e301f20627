"""A layer's floating-point operations over all traced steps, and its peak of live memory.

torch's own counter knows matrix products and convolutions only, and finds nothing in fused recurrent kernels or in
attention on a CPU. Here every step of the unrolled layer is counted, and an unknown step is an error instead of a zero.
A multiplication and an addition count as two.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ablations.complexity.layers import Layer
from ablations.complexity.live_memory import LiveMemory, storage_of
from ablations.complexity.trace import Step

PRODUCTS = {"mm": (0, 1), "bmm": (0, 1), "addmm": (1, 2), "baddbmm": (1, 2)}
"""Matrix products, and which of their arguments are the factors."""

PER_ELEMENT = {
    **dict.fromkeys(("add", "add_", "sub", "rsub", "mul", "mul_", "div", "neg", "exp", "tanh", "sigmoid", "relu"), 1),
    "sigmoid_backward": 3,  # g * y * (1 - y)
    "tanh_backward": 3,  # g * (1 - y^2)
    "_softmax": 5,  # maximum, subtract, exp, sum, divide
    "_softmax_backward_data": 4,  # y * (g - sum(g * y))
}
"""Operations on each element of the result."""

REDUCTIONS = {"sum", "mean", "amax"}
"""One operation on each element of what they read."""

SCATTERS = {"unfold_backward"}
"""They add up what overlaps: one addition for each element that they read."""

MOVES = {
    *("cat", "stack", "clone", "copy_", "_to_copy", "constant_pad_nd", "masked_fill", "where", "gather", "index"),
    *("zeros", "zeros_like", "ones", "ones_like", "full", "full_like", "new_zeros", "empty", "empty_like", "fill_"),
    *("arange", "tril", "bitwise_not", "bitwise_or", "bitwise_and", "lt", "ge", "scalar_tensor", "zero_"),
    *("select_backward", "slice_backward", "new_empty", "new_empty_strided", "empty_strided", "flip"),
}
"""They copy, fill, or compare whole numbers: no floating-point operation."""


def operations(step: Step) -> int:
    """The floating-point operations of one step.

    Raises:
        ValueError: an operation that is not known here.
    """
    name, result = step.name, step.results[0] if step.results else torch.empty(0)
    if name in PRODUCTS:
        left, right = (step.arguments[i] for i in PRODUCTS[name])
        product = 2 * left.numel() * right.shape[-1]
        return int(product + (result.numel() if name.startswith(("add", "baddbmm")) else 0))
    if name == "convolution":
        return 2 * result.numel() * _terms(step)
    if name == "convolution_backward":
        # The gradient of the input and that of the weight are two more convolutions of the forward one's cost.
        return 2 * step.arguments[0].numel() * _terms(step) * sum(bool(wanted) for wanted in step.arguments[-1][:2])
    if name in MOVES or not result.is_floating_point():
        return 0
    if name in PER_ELEMENT:
        return PER_ELEMENT[name] * result.numel()
    if name in REDUCTIONS | SCATTERS:
        return int(step.arguments[0].numel())
    raise ValueError(f"the operation {step.function} is not known; add its cost to operations.py")


def _terms(step: Step) -> int:
    """How many products are added up in one element of a convolution."""
    weight = step.arguments[2 if step.name == "convolution_backward" else 1]
    return int(weight[0].numel())


def log_depth(step: Step) -> int:
    """Dependent operations on single numbers within one step, where adding up m of them takes log2(m)."""
    if step.name in PRODUCTS:
        return 1 + _log2(step.arguments[PRODUCTS[step.name][0]].shape[-1])
    if step.name == "convolution":
        return 1 + _log2(_terms(step))
    if step.name == "convolution_backward":
        # The gradient of the weight adds up over all positions and sentences.
        grad = step.arguments[0]
        return 1 + _log2(max(_terms(step), grad.numel() // grad.shape[1]))
    if step.name == "_softmax":
        return 3 + 2 * _log2(step.results[0].shape[-1])
    if step.name == "_softmax_backward_data":
        return 3 + _log2(step.results[0].shape[-1])
    if step.name in REDUCTIONS | SCATTERS:
        return _log2(max(2, step.arguments[0].numel() // max(1, step.results[0].numel())))
    return 1


def _log2(m: int) -> int:
    return math.ceil(math.log2(m)) if m > 1 else 0


@dataclass(frozen=True)
class Count:
    """The costs of one run of a layer.

    Attributes:
        all: floating-point operations of the forward pass.
        between: those of activations with activations: what the paper's formula for attention speaks of.
        weighted: those with the layer's weights, the projections.
        training: of the forward and the backward pass.
        memory: the most bytes that its tensors take at once in the forward pass, without weights and input.
        training_memory: the same of both passes.
    """

    all: int
    between: int
    weighted: int
    training: int
    memory: int
    training_memory: int


class Counter(LiveMemory):
    """Counts all that runs while it is active, and keeps no tensor alive.

    Attributes:
        all: floating-point operations.
        weighted: those of steps that bring weights, or what depends on weights alone, and activations together.
    """

    def __init__(self, weights: Sequence[Tensor] = ()) -> None:
        super().__init__()
        self.all = self.weighted = 0
        self.of_weights = {storage_of(weight)._cdata for weight in weights}

    def note(self, func: Any, args: Any, kwargs: Any, results: Sequence[Tensor], read: Sequence[Tensor]) -> set[int]:
        """As `LiveMemory.note`."""
        keys = [storage_of(tensor)._cdata in self.of_weights for tensor in read]
        cost = operations(Step(func, args, kwargs, list(results), [], False))
        self.all += cost
        self.weighted += cost if any(keys) else 0
        new = super().note(func, args, kwargs, results, read)
        if keys and all(keys):
            self.of_weights |= new
        return new

    def freed(self, key: int, size: int) -> None:
        """As `LiveMemory.freed`."""
        self.of_weights.discard(key)
        super().freed(key, size)


def counted_forward(layer: Layer, x: Tensor) -> Counter:
    """Run a layer, unrolled and without gradients, and count."""
    counter = Counter(list(layer.parameters()))
    with torch.no_grad(), counter:
        layer.unrolled(x)
    return counter


def count(layer: Layer, x: Tensor) -> Count:
    """Count a run of a layer without gradients, and one with them."""
    forward = counted_forward(layer, x)
    weights = list(layer.parameters())
    both = Counter(weights)
    x = x.detach().requires_grad_(True)
    with torch.enable_grad(), both:
        y = layer.unrolled(x)
        torch.autograd.grad(y, [x, *weights], torch.ones_like(y))
    return Count(forward.all, forward.all - forward.weighted, forward.weighted, both.all, forward.peak, both.peak)
