import math

import pytest
import torch

from repro.errors import BadInput
from repro.models import Transformer
from repro.models.positions import (
    LearnedPositions,
    SinusoidalPositions,
    sinusoidal_halves_table,
    sinusoidal_table,
)
from tests.models.networks import memory_of


@pytest.mark.parametrize("d_model", [8, 10, 512, 7])
def test_the_formula(d_model):
    table = sinusoidal_table(70, d_model)
    assert table.shape == (70, d_model)
    for pos in (0, 1, 2, 33, 69):
        for column in range(d_model):
            i = column // 2
            angle = pos / 10_000 ** (2 * i / d_model)
            expected = math.cos(angle) if column % 2 else math.sin(angle)
            assert float(table[pos, column]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("d_model", [8, 512])
def test_halves(d_model):
    table = sinusoidal_halves_table(50, d_model)
    half = d_model // 2
    for pos in (0, 1, 17, 49):
        for i in range(half):
            angle = pos * math.exp(-i * math.log(10_000) / (half - 1))
            assert float(table[pos, i]) == pytest.approx(math.sin(angle), abs=1e-6)
            assert float(table[pos, half + i]) == pytest.approx(math.cos(angle), abs=1e-6)


@pytest.mark.parametrize(("halves", "table"), [(False, sinusoidal_table), (True, sinusoidal_halves_table)])
def test_sinusoids_are_added_from_any_start_and_to_any_length(halves, table):
    positions = SinusoidalPositions(6, halves=halves)
    for start, n in [(0, 4), (3, 4), (500, 700), (0, 4)]:
        x = torch.randn(2, n, 6, generator=torch.Generator().manual_seed(0))
        torch.testing.assert_close(positions(x, start), x + table(start + n, 6)[start:])
    assert not list(positions.parameters())


def test_learned_positions_end():
    positions = LearnedPositions(4, longest=5)
    torch.nn.init.normal_(positions.weight, generator=torch.Generator().manual_seed(0))
    x = torch.zeros(1, 2, 4)
    torch.testing.assert_close(positions(x, 3)[0], positions.weight[3:5])
    with pytest.raises(BadInput, match=r"6 tokens .* 5 learned positions"):
        positions(x, 4)


SRC, TGT = torch.tensor([[4, 5, 6, 7, 8]]), torch.tensor([[1, 9, 4]])
ORDER = [3, 0, 4, 1, 2]


@pytest.mark.parametrize("positions", ["sinusoidal", "sinusoidal-halves", "learned", "none"])
def test_permuting_the_source(positions):
    model = Transformer(V=10, N=2, d_model=16, d_ff=32, h=2, positions=positions).eval()
    memory, permuted = memory_of(model, SRC), memory_of(model, SRC[:, ORDER])
    output, permuted_output = model(SRC, TGT), model(SRC[:, ORDER], TGT)
    if positions == "none":
        torch.testing.assert_close(permuted, memory[:, ORDER], atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(permuted_output, output, atol=1e-5, rtol=1e-5)
    else:
        assert (permuted - memory[:, ORDER]).abs().max() > 0.01
        assert (permuted_output - output).abs().max() > 0.001


@pytest.mark.parametrize("positions", ["sinusoidal", "sinusoidal-halves", "learned", "none"])
def test_the_target_has_positions_too(positions):
    """Equal tokens after equal prefixes: only positions can tell them apart."""
    model = Transformer(V=10, N=1, d_model=16, d_ff=32, h=2, positions=positions).eval()
    states = model.states(SRC, torch.tensor([[5, 5, 5]]))[0]
    same = torch.allclose(states[0], states[2], atol=1e-5)
    assert same == (positions == "none")
