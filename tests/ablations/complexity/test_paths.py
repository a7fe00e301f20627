"""Path lengths through planted graphs of known diameter, and through the layers."""

import math

import numpy as np
import pytest
import torch
from scipy.sparse.csgraph import shortest_path
from torch import nn

from ablations.complexity.laws import choose
from ablations.complexity.layers import build
from ablations.complexity.paths import Unconnected, distances, maximum_path, shortest_sums
from ablations.complexity.trace import trace


class Planted(nn.Module):
    """A layer whose positions i and j are joined where a matrix says so, in one step."""

    causal = False

    def __init__(self, matrix: np.ndarray) -> None:
        super().__init__()
        self.mix = nn.Parameter(torch.tensor(matrix, dtype=torch.float64))

    def unrolled(self, x: torch.Tensor) -> torch.Tensor:
        return torch.stack([self.mix @ x[0]])


def ring(n: int) -> np.ndarray:
    return np.eye(n) + np.roll(np.eye(n), 1, axis=0) + np.roll(np.eye(n), -1, axis=0)


def tree(n: int) -> np.ndarray:
    joined = np.eye(n)
    for child in range(1, n):
        joined[child, (child - 1) // 2] = joined[(child - 1) // 2, child] = 1
    return joined


def random_graph(n: int) -> np.ndarray:
    joined = np.random.default_rng(n).random((n, n)) < 0.15
    return (joined | joined.T | (ring(n) > 0)).astype(float)


@pytest.mark.parametrize("graph", [ring, tree, random_graph])
@pytest.mark.parametrize("n", [5, 12, 21])
def test_a_graph_of_known_diameter(graph, n: int) -> None:
    matrix = graph(n)
    diameter = int(shortest_path(matrix > 0, unweighted=True).max())
    path = maximum_path(lambda _: Planted(matrix), n, 2)
    assert path.layers == diameter
    assert path.length == 2 * diameter  # a product and a copy a layer
    assert path.backwards


def test_positions_that_nothing_connects() -> None:
    with pytest.raises(Unconnected, match="do not connect"):
        maximum_path(lambda _: Planted(np.eye(4)), 4, 2)


def test_the_shortest_of_several_ways_counts() -> None:
    def run(x):
        slow = x.roll(1, dims=1)
        for _ in range(5):
            slow = slow * 1.5
        return slow + x.flip(1)

    x = torch.randn(1, 4, 1, dtype=torch.float64)
    found = distances(trace(run, x))
    expected = np.full((4, 4), np.inf)
    for j in range(4):
        expected[j, (j - 1) % 4] = 7
        expected[j, 3 - j] = 2
    assert found.tolist() == expected.tolist()


def test_a_step_that_reads_but_does_not_use_joins_nothing() -> None:
    """What is multiplied by zero is read, and changes nothing."""
    zero_first = torch.tensor([0.0, 1.0, 1.0], dtype=torch.float64)[None, :, None]
    found = distances(trace(lambda x: x * zero_first, torch.randn(1, 3, 1, dtype=torch.float64)))
    assert found.isfinite().tolist() == [[False] * 3, [False, True, False], [False, False, True]]


def test_measuring_leaves_the_numbers_as_they_were() -> None:
    made = build("self-attention", 2).double()
    x = torch.randn(1, 5, 2, dtype=torch.float64)
    graph = trace(made.unrolled, x, list(made.parameters()))
    before = [result.clone() for step in graph.steps for result in step.results]
    distances(graph)
    assert all(map(torch.equal, before, [result for step in graph.steps for result in step.results]))


def test_writing_in_place_is_refused() -> None:
    with pytest.raises(ValueError, match="in place"):
        distances(trace(lambda x: (x + 1).mul_(2), torch.randn(1, 3, 1, dtype=torch.float64)))


def test_sums_of_distances_are_those_of_a_product_graph() -> None:
    generator = np.random.default_rng(1)
    a, b = generator.integers(1, 9, (4, 5)).astype(float), generator.integers(1, 9, (5, 3)).astype(float)
    a[1, 2] = np.inf
    expected = [[min(a[i, k] + b[k, j] for k in range(5)) for j in range(3)] for i in range(4)]
    assert shortest_sums(torch.tensor(a), torch.tensor(b)).tolist() == expected


def path(name: str, n: int, k: int = 3, causal: bool = False):
    dilated = name == "convolution-dilated"

    def layer(depth: int):
        return build(name, 2, k=k, r=k, dilation=min(k**depth, n) if dilated else 1, causal=causal, seed=depth).double()

    return maximum_path(layer, n, 2, limit=n, same=not dilated)


def test_self_attention_connects_everything_at_once() -> None:
    found = [path("self-attention", n) for n in (4, 9, 17)]
    assert len({each.length for each in found}) == 1
    assert all(each.layers == 1 and each.backwards for each in found)


@pytest.mark.parametrize("name", ["recurrent", "lstm", "gru"])
def test_a_recurrent_path_grows_with_n_and_never_goes_back(name: str) -> None:
    found = {n: path(name, n) for n in (4, 8, 16)}
    assert all(each.layers == 1 and not each.backwards for each in found.values())
    assert found[16].length - found[8].length == 2 * (found[8].length - found[4].length) > 0


@pytest.mark.parametrize("k", [3, 5, 9])
@pytest.mark.parametrize("n", [6, 17, 30])
def test_stacks_of_windows_need_as_many_layers_as_the_reach_says(n: int, k: int) -> None:
    contiguous = math.ceil((n - 1) / (k // 2))
    assert path("convolution", n, k).layers == contiguous
    assert path("convolution-separable", n, k).layers == contiguous
    dilated = path("convolution-dilated", n, k, causal=True)
    assert dilated.layers == next(layers for layers in range(1, 99) if k**layers >= n)
    assert not dilated.backwards


def test_a_dilated_stack_that_looks_both_ways_never_connects_the_ends() -> None:
    """The way from 0 to 5 in steps of 9, 3 and 1, each forth, back or not at all, is 9 - 3 - 1: beyond the end."""
    with pytest.raises(Unconnected):
        path("convolution-dilated", 6, 3)


def test_restricted_attention_needs_n_over_r_layers() -> None:
    assert [path("restricted", 17, r).layers for r in (3, 5, 9)] == [16, 8, 4]


@pytest.mark.parametrize(
    ("name", "law", "lengths"),
    [
        ("convolution", "n/k", (8, 16, 24, 32)),
        ("convolution-dilated", "log_k(n)", (8, 16, 32, 64)),
        pytest.param("convolution", "n/k", (8, 16, 32, 64, 100), marks=pytest.mark.slow),
        pytest.param("convolution-dilated", "log_k(n)", (8, 16, 32, 64, 100), marks=pytest.mark.slow),
    ],
)
def test_the_laws_of_convolutions(name: str, law: str, lengths: tuple[int, ...]) -> None:
    dilated = name == "convolution-dilated"
    sizes = [(n, k) for n in lengths for k in (3, 5, 9)]
    measured = [({"n": n, "k": k}, path(name, n, k, causal=dilated).length) for n, k in sizes]
    assert choose(measured).law == law
