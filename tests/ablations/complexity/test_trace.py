"""The traced graph: planted chains, views that are no steps, dependencies through views and in-place writes."""

import math

import pytest
import torch

from ablations.complexity.laws import choose
from ablations.complexity.layers import build
from ablations.complexity.operations import log_depth
from ablations.complexity.sequential import longest_chain
from ablations.complexity.trace import trace


def names(graph):
    return [step.name for step in graph.steps]


@pytest.mark.parametrize("depth", [1, 5, 40])
def test_a_chain_of_known_depth(depth: int) -> None:
    def run(x):
        side = x.exp()  # off the chain
        for _ in range(depth):
            x = x.tanh()
        return x + side

    graph = trace(run, torch.randn(1, 3, 2))
    assert graph.longest_chain() == depth + 1
    assert len(graph.steps) == depth + 2


def test_a_tree_is_as_deep_as_its_logarithm() -> None:
    def run(x):
        parts = list(x.unbind(1))
        while len(parts) > 1:
            parts = [a + b for a, b in zip(parts[::2], parts[1::2], strict=True)]
        return parts[0][:, None]

    measured = [({"n": n}, trace(run, torch.randn(1, n, 2)).longest_chain()) for n in (2, 4, 8, 16, 32, 64, 128)]
    assert [depth for _, depth in measured] == [math.log2(sizes["n"]) for sizes, _ in measured]
    assert choose(measured).law == "log(n)"


def test_views_are_no_steps_and_lead_to_who_wrote() -> None:
    def run(x):
        y = x.exp()
        a, b = y.transpose(1, 2)[:, :2].unbind(1)
        return (a * 2).view(1, -1, 1) + b.unsqueeze(-1)

    graph = trace(run, torch.randn(1, 3, 2))
    assert names(graph) == ["exp", "mul", "add"]
    assert [step.needs for step in graph.steps] == [[], [0], [0, 1]]


def test_writing_in_place_is_a_dependency() -> None:
    def run(x):
        y = x.exp()
        part = y[:, 1:]
        y[:, 0] = 0.0
        y.mul_(2)
        return part + 1

    graph = trace(run, torch.randn(1, 3, 2))
    assert names(graph) == ["exp", "fill_", "mul_", "add"]
    assert graph.steps[3].needs == [0, 2]
    assert graph.longest_chain() == 4


def test_the_backward_pass_depends_on_the_forward_one() -> None:
    made, n = build("recurrent", 4), 20
    chain = longest_chain(made, n, 4)
    assert chain.training_steps > 2 * n * 2  # a product and a tanh a position, there and back
    assert chain.steps > 2 * n


@pytest.mark.parametrize(
    ("name", "law"), [("self-attention", "1"), ("restricted", "1"), ("convolution", "1"), ("lstm", "n"), ("gru", "n")]
)
def test_sequential_operations(name: str, law: str) -> None:
    made = build(name, 4)
    chains = [(n, longest_chain(made, n, 4)) for n in (4, 6, 8, 12, 16, 24)]
    assert choose([({"n": n}, chain.steps) for n, chain in chains]).law == law
    assert choose([({"n": n}, chain.training_steps) for n, chain in chains]).law == law


def test_reductions_have_the_depth_of_a_tree() -> None:
    def run(x):
        return (x @ x.transpose(1, 2)).softmax(-1)

    graph = trace(run, torch.randn(1, 16, 8))
    assert {step.name: log_depth(step) for step in graph.steps} == {"bmm": 1 + 3, "_softmax": 3 + 2 * 4}
    assert graph.longest_chain(log_depth) == 15
    assert graph.longest_chain() == 2
