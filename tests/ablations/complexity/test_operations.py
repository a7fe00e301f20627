"""Counted operations against torch's counter where that is right, hand counts, and planted costs."""

import math

import pytest
import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from ablations.complexity.laws import agreement, exponent
from ablations.complexity.layers import build
from ablations.complexity.operations import PRODUCTS, Counter, count, operations
from ablations.complexity.paper import table1
from ablations.complexity.trace import trace

MATRIX = {*PRODUCTS, "convolution", "convolution_backward"}


def torch_s_count(run) -> int:
    with FlopCounterMode(display=False) as counter:
        run()
    return counter.get_total_flops()


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("name", list(table1()))
def test_products_are_counted_as_torch_counts_them(name: str, backward: bool) -> None:
    made = build(name, 8, k=3, r=5)
    x = torch.randn(1, 12, 8)
    weights = list(made.parameters())
    steps = trace(made.unrolled, x, weights, backward).steps
    ours = sum(operations(step) for step in steps if step.name in MATRIX)
    additions = sum(step.results[0].numel() for step in steps if step.name in ("addmm", "baddbmm"))

    def run():
        y = made.unrolled(x)
        if backward:
            torch.autograd.grad(y, [x, *weights], torch.ones_like(y))

    theirs = torch_s_count(run)
    if name == "convolution-separable" and backward:  # torch takes the kernels' gradient for that of full ones
        n, d, k = 12, 8, 3
        theirs -= 2 * k * n * d * d - 2 * k * n * d
    assert ours - additions == theirs


def test_fused_attention_is_counted_the_same_where_torch_can_count_it() -> None:
    """Beyond 256 keys the layer calls the fused kernel, which torch counts only in its written-out form."""
    made, x = build("self-attention", 8), torch.randn(1, 300, 8)
    steps = trace(made.unrolled, x, list(made.parameters())).steps
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        assert torch_s_count(lambda: made(x)) == sum(operations(step) for step in steps if step.name in MATRIX)


def counted(name: str, n: int, d: int, **sizes: int):
    return count(build(name, d, **sizes), torch.zeros(1, n, d))


def test_self_attention_by_hand() -> None:
    n, d = 10, 8
    found = counted("self-attention", n, d)
    assert found.weighted == 2 * n * d * 3 * d + 2 * n * d * d  # Q, K and V in one product; W^O
    assert found.between == 2 * n * n * d + n * n + 5 * n * n + 2 * n * n * d  # QK^T, scale, softmax, weights V
    assert found.all == found.weighted + found.between


def test_recurrent_layers_by_hand() -> None:
    n, d = 6, 8
    assert counted("recurrent", n, d).all == n * (2 * 2 * d * d + 2 * d)
    assert counted("lstm", n, d).all == n * (2 * 8 * d * d + 4 * d + 3 * d + 2 * d + 4 * d)
    # gates: two sums and two sigmoids; candidate: product, sum, tanh; state: difference, product, sum
    assert counted("gru", n, d).all == n * (2 * 6 * d * d + 4 * d + 3 * d + 3 * d)


def test_convolutions_by_hand() -> None:
    n, d, k = 10, 6, 3
    assert counted("convolution", n, d, k=k).all == 2 * k * n * d * d
    assert counted("convolution-separable", n, d, k=k).all == 2 * k * n * d + 2 * n * d * d
    r = 5
    restricted = counted("restricted", n, d, r=r)
    assert restricted.between == n * r * (2 * d + 1 + 5 + 2 * d)
    assert restricted.weighted == 2 * n * d * 4 * d


@pytest.mark.parametrize("name", list(table1()))
def test_counting_while_it_runs_is_counting_the_traced_steps(name: str) -> None:
    made, x = build(name, 8, r=5), torch.randn(1, 9, 8)
    found = count(made, x)
    for backward, total in ((False, found.all), (True, found.training)):
        steps = trace(made.unrolled, x, list(made.parameters()), backward).steps
        assert sum(map(operations, steps)) == total


class OneAndAHalf(nn.Module):
    """A planted layer: each position meets sqrt(n) others, at a cost of n^1.5 d."""

    causal = False

    def unrolled(self, x: torch.Tensor) -> torch.Tensor:
        others = x[0, : math.isqrt(x.shape[1])]
        return (x[0] @ others.T @ others)[None]


def test_a_planted_cost_is_recovered_and_a_wrong_formula_is_not_accepted() -> None:
    points = []
    for n in (16, 64, 256, 1024):
        for d in (8, 16, 32):
            steps = trace(OneAndAHalf().unrolled, torch.empty(1, n, d, device="meta")).steps
            points.append(({"n": n, "d": d}, float(sum(map(operations, steps)))))
    assert exponent(points, "n").value == pytest.approx(1.5)
    assert agreement(points, "n**1.5 * d").agrees
    assert not agreement(points, "n**2 * d").agrees
    assert not agreement(points, "n * d").agrees


def test_an_unknown_operation_is_refused() -> None:
    graph = trace(lambda x: x.erfinv(), torch.zeros(1, 2, 2))
    with pytest.raises(ValueError, match="erfinv"):
        operations(graph.steps[0])


def test_peak_memory_of_planted_allocations() -> None:
    with Counter() as counter:
        a = torch.zeros(1000)
        b = a + 1
        del a
        c = b * 2  # 8,000 bytes at once, never 12,000
        c.view(10, 100)[0] += 1
    assert counter.peak == 8000
    assert counter.now == 8000
    del b, c
    assert counter.now == 0


def test_memory_of_attention_grows_with_the_square_and_that_of_windows_does_not() -> None:
    sizes = {"self-attention": (256, 512, 1024), "restricted": (256, 512, 1024), "lstm": (32, 64, 128)}
    found = {
        name: exponent([({"n": n}, float(counted(name, n, 16).memory)) for n in lengths], "n").value
        for name, lengths in sizes.items()
    }
    assert found["self-attention"] == pytest.approx(2.0, abs=0.1)
    assert found["restricted"] == pytest.approx(1.0, abs=0.05)
    assert found["lstm"] == pytest.approx(1.0, abs=0.05)
