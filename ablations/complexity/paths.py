"""The maximum path length between any two positions, followed through the traced graph of a layer.

Steps are black boxes. Each number that a step reads is changed, the step is run again, and an edge leads from that
number to every number of the result that changes. The length of a path is its number of steps, without views. Between
positions i and j, the shortest path from any channel to any channel counts; the maximum is taken over all pairs of
positions. Layers are stacked until every pair is connected.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ablations.complexity.layers import Layer
from ablations.complexity.trace import Graph, Step, trace

PERTURBATION = 0.5
"""By how much a number is changed; the numbers themselves are about 1 in size."""
ROUNDING = 1e-13
"""A result that differs by less than this, relative to the largest one, is the same."""
INFINITE = float("inf")


@dataclass(frozen=True)
class Path:
    """How far a signal has to travel.

    Attributes:
        length: steps between the two positions that are furthest apart.
        layers: how many layers it takes to connect all pairs.
        backwards: whether any position reaches an earlier one.
    """

    length: int
    layers: int
    backwards: bool


class Unconnected(Exception):
    """A stack that does not connect all positions, however deep it is."""


def maximum_path(
    layer: Callable[[int], Layer], n: int, d: int, limit: int = 1024, same: bool = True, seed: int = 1
) -> Path:
    """Stack layers until all pairs of positions are connected, and find the longest shortest path.

    Args:
        layer: gives layer l of the stack, l = 0, 1, ...; a causal one needs to connect i <= j only.
        n: positions.
        d: width; 2 is enough for channels to differ.
        limit: stop after so many layers.
        same: whether all layers have the same graph, which is then measured once.
        seed: of the numbers that run through it.

    Raises:
        Unconnected: after `limit` layers, or where one more layer connects nothing more.
    """
    generator = torch.Generator().manual_seed(seed)
    total: Tensor | None = None
    once: Tensor | None = None
    for depth in range(limit):
        part = layer(depth)
        if once is None or not same:
            once = layer_distances(part, n, d, generator)
        before, total = total, once if total is None else shortest_sums(once, total)
        positions = total.view(n, d, n, d).amin(dim=(1, 3))  # (to, from)
        wanted = torch.ones(n, n, dtype=torch.bool)
        wanted = wanted.tril() if part.causal else wanted
        if positions[wanted].isfinite().all():
            earlier = positions[~torch.ones(n, n, dtype=torch.bool).tril()]
            return Path(int(positions[wanted].max()), depth + 1, bool(earlier.isfinite().any()))
        if same and before is not None and bool((before.isfinite() == total.isfinite()).all()):
            break
    raise Unconnected(f"{depth + 1} layers of n = {n} do not connect all positions")


def layer_distances(layer: Layer, n: int, d: int, generator: torch.Generator) -> Tensor:
    """(n * d, n * d): the fewest steps to each number of the layer's output from each one of its input.

    Computed in double precision, on numbers that `generator` draws; infinite where there is no path.
    """
    x = torch.randn(1, n, d, dtype=torch.float64, generator=generator)
    return distances(trace(layer.unrolled, x))


def distances(graph: Graph) -> Tensor:
    """(elements of the output, elements of the input): the fewest steps between them, infinite where there is no path.

    Raises:
        ValueError: a step writes in place, so that what stood there before cannot be run again.
    """
    sources = graph.input.numel()
    reached: dict[int, Tensor] = {_key(graph.input): torch.full((_flat(graph.input).numel(), sources), INFINITE)}
    itself = torch.full((sources, sources), INFINITE).fill_diagonal_(0.0)
    reached[_key(graph.input)][_elements(graph.input)] = itself
    for step in graph.steps:
        if step.in_place:
            raise ValueError(f"{step.function} works in place; write the unrolled form without it")
        _follow(step, reached)
    assert graph.output is not None
    if _key(graph.output) not in reached:
        return torch.full((graph.output.numel(), sources), INFINITE)
    return reached[_key(graph.output)][_elements(graph.output)]


def _follow(step: Step, reached: dict[int, Tensor]) -> None:
    """Add what the results of a step can be reached from, by one step more than what they change with."""
    for result in step.results:
        if result.is_floating_point():
            reached[_key(result)] = torch.full((_flat(result).numel(), _width(reached)), INFINITE)
    read = {_key(tensor): tensor for tensor in step.read if _key(tensor) in reached and tensor.is_floating_point()}
    own = {_key(result) for result in step.results}
    for key in read.keys() - own:
        numbers = _flat(read[key])
        seen = torch.cat([_elements(tensor) for tensor in step.read if _key(tensor) == key]).unique()
        alive = seen[reached[key][seen].isfinite().any(dim=1)]
        for element in alive.tolist():
            for result, changed in _changed_results(step, numbers, element):
                lengths = reached[_key(result)]
                places = _elements(result)[changed]
                lengths[places] = torch.minimum(lengths[places], reached[key][element] + 1)


def _width(reached: dict[int, Tensor]) -> int:
    return next(iter(reached.values())).shape[1]


def _changed_results(step: Step, numbers: Tensor, element: int) -> list[tuple[Tensor, Tensor]]:
    """Each result of a step, and which of its elements differ if one number that it reads is changed."""
    before = numbers[element].item()
    numbers[element] += PERTURBATION
    with torch.no_grad():
        anew = step.function(*step.arguments, **step.keywords)
    numbers[element] = before
    changed = []
    for result, other in zip(step.results, [anew] if isinstance(anew, Tensor) else anew, strict=True):
        if result.is_floating_point():
            differs = (other - result).abs() > ROUNDING * result.abs().max()
            changed.append((result, differs.flatten()))
    return changed


def shortest_sums(after: Tensor, before: Tensor) -> Tensor:
    """(a, c): the smallest after[a, b] + before[b, c] over all b; distances through two layers."""
    return torch.stack([(row[:, None] + before).amin(dim=0) for row in after])


def _key(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _flat(tensor: Tensor) -> Tensor:
    """Everything in a tensor's storage, whichever part of it the tensor shows."""
    whole = torch.empty(0, dtype=tensor.dtype)
    return whole.set_(tensor.untyped_storage())


def _elements(tensor: Tensor) -> Tensor:
    """Where in its storage each element of a tensor lies, flattened."""
    count = tensor.untyped_storage().nbytes() // tensor.element_size()
    places = torch.arange(count)
    return places.as_strided(tensor.shape, tensor.stride(), tensor.storage_offset()).flatten()
