"""The graph of single tensor operations that a layer runs, with the dependencies between steps.

A step is one tensor operation that computes or copies; a view (a transpose, a slice, an unbinding) is none. Tensors are
identified by their place in the storage, so that views, and the copies of a tensor's head that autograd makes, lead to
the step that wrote the values.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import torch._dynamo  # the first dispatch mode needs it: cells that fork from a process that has it need not import it
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

VIEWS_WITHOUT_THE_NAME = {"aten._unsafe_view.default", "aten.lift_fresh.default"}
"""They move nothing, although their signatures do not say that they alias."""


@dataclass
class Step:
    """One operation.

    Attributes:
        function: torch's operator; called with `arguments` and `keywords` it gives `results` anew.
        arguments, keywords: as it was called.
        results: the tensors that came of it.
        needs: the indices of the steps that wrote what it reads.
        in_place: whether it writes into one of its arguments.
    """

    function: Any
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]
    results: list[Tensor]
    needs: list[int]
    in_place: bool

    @property
    def name(self) -> str:
        """The operator without its overload and namespace, such as "mm"."""
        return str(self.function).split(".")[1]

    @property
    def read(self) -> list[Tensor]:
        """All tensors among the arguments."""
        return tensors((self.arguments, self.keywords))


@dataclass
class Graph:
    """All steps in the order in which they ran, none of which needs a later one.

    Attributes:
        steps: the operations.
        input: the layer's input.
        output: what the layer returned.
        forward: how many of the steps are of the forward pass.
    """

    input: Tensor
    steps: list[Step] = field(default_factory=list)
    output: Tensor | None = None
    forward: int = 0

    def longest_chain(self, weight: Callable[[Step], float] = lambda _: 1.0) -> float:
        """The most that `weight` adds up to along steps that each need the one before."""
        ends: list[float] = []
        for step in self.steps:
            ends.append(weight(step) + max((ends[before] for before in step.needs), default=0.0))
        return max(ends, default=0.0)


class _Recorder(TorchDispatchMode):
    """Notes every operation that runs while it is active."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        self.wrote: dict[tuple[Any, ...], int] = {}  # place of a tensor -> the step that wrote it
        self.changed: dict[int, int] = {}  # storage -> the last step that wrote into it in place
        self.kept: list[Tensor] = []  # a freed storage's identity would be given to another one

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        results, read = tensors(result), tensors((args, kwargs or {}))
        self.kept += [*results, *read]
        needs = sorted({before for tensor in read for before in self._writers(tensor)})
        if is_view(func):
            self.wrote |= {place(tensor): before for tensor in results for before in needs}
            return result
        schema = func._schema
        in_place = any(
            argument.alias_info is not None and argument.alias_info.is_write for argument in schema.arguments
        )
        step = Step(func, args, kwargs or {}, results, needs, in_place)
        for tensor in results:
            self.wrote[place(tensor)] = len(self.graph.steps)
            if in_place:
                self.changed[_storage(tensor)] = len(self.graph.steps)
        self.graph.steps.append(step)
        return result

    def _writers(self, tensor: Tensor) -> Iterator[int]:
        if place(tensor) in self.wrote:
            yield self.wrote[place(tensor)]
        if _storage(tensor) in self.changed:
            yield self.changed[_storage(tensor)]


def is_view(function: Any) -> bool:
    """Whether an operator computes and copies nothing."""
    return bool(function.is_view) or str(function) in VIEWS_WITHOUT_THE_NAME


def tensors(tree: Any) -> list[Tensor]:
    """All tensors in nested containers."""
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)]


def _storage(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def place(tensor: Tensor) -> tuple[Any, ...]:
    """What a tensor and its copies without its data share: storage, offset, sizes and strides."""
    return _storage(tensor), tensor.storage_offset(), tuple(tensor.shape), tensor.stride()


def trace(run: Callable[[Tensor], Tensor], x: Tensor, weights: Sequence[Tensor] = (), backward: bool = False) -> Graph:
    """Run a function and note what it does.

    Args:
        run: from (B, n, d) to (B, n, d), such as a layer's `unrolled`.
        x: its input; on the device "meta" nothing is computed, and the operations are the same.
        weights: the layer's parameters, whose gradients are asked for.
        backward: whether to go on with the gradients of the input and the weights.
    """
    graph = Graph(x)
    if not backward:
        with torch.no_grad(), _Recorder(graph):
            graph.output = run(x)
        graph.forward = len(graph.steps)
        return graph
    x.requires_grad_(True)
    with torch.enable_grad(), _Recorder(graph):
        graph.output = run(x)
        graph.forward = len(graph.steps)
        torch.autograd.grad(graph.output, [x, *weights], torch.ones_like(graph.output))
    return graph
