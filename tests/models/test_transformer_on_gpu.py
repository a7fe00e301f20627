"""What a GPU would run, as far as a CPU can tell: its path by shape, and that compiling it needs no new graphs."""

import pytest
import torch
from torch._dynamo.testing import CompileCounter

from repro.models import Transformer

SIZES = {"N": 2, "d_model": 32, "d_ff": 64, "h": 4}
SHAPES = [(2, 7, 9), (3, 12, 8), (5, 20, 33), (2, 6, 5), (7, 15, 14)]


def ids(B: int, n: int, device: str) -> torch.Tensor:
    return torch.randint(4, 50, (B, n), device=device)


def test_the_path_by_shape() -> None:
    """On the device "meta" nothing is computed, and what is not for CPUs only is run."""
    with torch.device("meta"):
        network = Transformer(50, 1, **SIZES)
    for B, n, m in SHAPES:
        assert network.states(ids(B, n, "meta"), ids(B, m, "meta")).shape == (B, m, 32)


@pytest.mark.slow
def test_one_graph_for_all_lengths() -> None:
    """The first shape makes a graph, the second one for any shape, and later ones none."""
    torch._dynamo.reset()
    counter = CompileCounter()
    with torch.device("meta"):
        network = Transformer(50, 1, **SIZES)
    states = torch.compile(network.states, backend=counter, fullgraph=True)
    graphs = []
    for B, n, m in SHAPES:
        states(ids(B, n, "meta"), ids(B, m, "meta"))
        graphs.append(counter.frame_count)
    torch._dynamo.reset()
    assert graphs[-1] <= 2
    assert graphs[1:] == [graphs[-1]] * (len(SHAPES) - 1)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_states_and_gradients_are_those_of_a_cpu(precision: torch.dtype) -> None:
    network = Transformer(50, 1, P_drop=0.0, **SIZES)
    src, tgt = ids(4, 9, "cpu"), ids(4, 7, "cpu")
    src[1:, 6:] = 0
    found = []
    for device in ("cpu", "cuda"):
        network.to(device).zero_grad()
        with torch.autocast(device, torch.bfloat16, enabled=precision == torch.bfloat16 and device == "cuda"):
            states = network.real_states(src.to(device), tgt.to(device))
        # Not their squares, whose sum layer norms hold constant.
        weights = torch.randn(states.shape, generator=torch.Generator().manual_seed(1))
        (states.float() * weights.to(device)).sum().backward()
        found.append([states.detach().float().cpu(), *(each.grad.cpu().clone() for each in network.parameters())])
    tolerance = 1e-3 if precision == torch.float32 else 0.1
    for cpu, gpu in zip(*found, strict=True):
        assert (cpu - gpu).norm() <= tolerance * cpu.norm()
