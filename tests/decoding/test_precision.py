"""Decoding in bf16 and int8; NumPy's integers are the oracle of the quantised products."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from repro.decoding.beam import beam_search
from repro.decoding.precision import COLUMNS, Int8Weight, in_precision
from repro.errors import BadInput
from repro.models import RecurrentSeq2Seq, Transformer

V = 50


def network(**options) -> Transformer:
    return Transformer(V, 1, **{"N": 2, "d_model": 32, "d_ff": 64, "h": 4, "P_drop": 0.0, **options}).eval()


def drawn(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def rounded(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scales = np.abs(x).max(axis=1, keepdims=True) / 127
    return np.rint(x / scales).astype(np.int64), scales


@pytest.mark.parametrize("N", [7, COLUMNS + 3])
@pytest.mark.parametrize("with_bias", [False, True])
def test_a_product_is_that_of_the_integers(N: int, with_bias: bool) -> None:
    weight, x = drawn(N, 24), drawn(3, 5, 24, seed=2)
    bias = drawn(N, seed=3) if with_bias else None
    found = F.linear(x, Int8Weight.of(weight), bias)
    (rows, scales), (ids, x_scales) = rounded(weight.numpy()), rounded(x.reshape(15, 24).numpy())
    expected = (ids @ rows.T) * x_scales * scales.T + (bias.numpy() if bias is not None else 0)
    np.testing.assert_allclose(found.reshape(15, N).numpy(), expected, rtol=1e-4, atol=1e-5)
    exact = F.linear(x, weight, bias)
    assert 0 < (found - exact).norm() < 0.02 * exact.norm()


def test_a_row_of_zeros_is_one() -> None:
    weight = drawn(3, 8)
    weight[1] = 0
    x = torch.zeros(2, 8)
    x[1] = drawn(8, seed=2)
    found = F.linear(x, Int8Weight.of(weight))
    assert torch.isfinite(found).all()
    assert (found[0] == 0).all()
    assert (found[:, 1] == 0).all()


def test_weights_are_joined_and_looked_up() -> None:
    parts, x = [drawn(4, 8), 5 * drawn(6, 8, seed=2)], drawn(3, 8, seed=3)
    joined = torch.cat([Int8Weight.of(part) for part in parts])
    assert joined.shape == (10, 8)
    one_by_one = [F.linear(x, Int8Weight.of(part)) for part in parts]
    torch.testing.assert_close(F.linear(x, joined), torch.cat(one_by_one, 1), rtol=0, atol=0)
    ids = torch.tensor([[1, 9], [0, 4]])
    exact = F.embedding(ids, torch.cat(parts))
    step = exact.abs().amax(-1, keepdim=True) / 127
    assert ((F.embedding(ids, joined) - exact).abs() <= 0.5001 * step).all()


def test_what_is_not_made_for_int8_is_an_error() -> None:
    weight = Int8Weight.of(drawn(4, 4))
    with pytest.raises(NotImplementedError, match="int8"):
        _ = weight + 1
    with pytest.raises(NotImplementedError, match="joined by rows"):
        torch.cat([weight, weight], dim=1)


@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_scores_are_near_those_of_float32(precision: str) -> None:
    made = network()
    src = torch.randint(4, V, (5, 7), generator=torch.Generator().manual_seed(4))
    tgt = torch.randint(4, V, (5, 6), generator=torch.Generator().manual_seed(5))
    with torch.inference_mode():
        exact = made(src, tgt).log_softmax(-1)
        rough = in_precision(copy.deepcopy(made), precision)(src, tgt).float().log_softmax(-1)
    apart = (rough - exact).abs().max()
    assert 0 < apart < 0.1


@pytest.mark.parametrize("precision", ["fp32", "bf16", "int8"])
@pytest.mark.parametrize("kind", ["transformer", "recurrent"])
def test_searches_take_any_precision(precision: str, kind: str) -> None:
    made = network() if kind == "transformer" else RecurrentSeq2Seq(V, 1).eval()
    src = torch.randint(4, V, (3, 6), generator=torch.Generator().manual_seed(4))
    found = beam_search(in_precision(made, precision), src, beam=3, max_extra=2, n_best=2)
    assert len(found) == 3
    assert all(np.isfinite(each.score) for best in found for each in best)


def test_asking_again_changes_nothing() -> None:
    made = in_precision(network(), "int8")
    weight = made.output_weight()
    assert in_precision(made, "int8").output_weight() is weight


def test_int8_is_for_cpus() -> None:
    with pytest.raises(BadInput, match="int8 is for CPUs"):
        in_precision(network(), "int8", "cuda")


def test_a_joined_weight_made_before_is_the_same() -> None:
    attention = network().encoder[0].self_attention
    x = drawn(2, 3, 32)
    for before, now in zip(attention.project(x, attention.fused_weight()), attention.project(x), strict=True):
        torch.testing.assert_close(before, now, rtol=0, atol=0)
