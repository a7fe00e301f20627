"""Scaled dot-product attention, against NumPy and against itself by other kernels."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import repro.models.dot_product_attention as module
from repro.errors import BadInput
from repro.models import Transformer
from repro.models.dot_product_attention import (
    MAX_KEYS_WRITTEN_OUT,
    MAX_QUERIES_WRITTEN_OUT,
    fast_attention,
    scale_factor,
    scaled_dot_product_attention,
)
from repro.models.masks import causal_mask, padding_mask


def equation_1(Q, K, V, mask, scale):
    """In NumPy, in float64, one query at a time; the mask leaves keys out instead of weighing them down."""
    output, weights = np.zeros((*Q.shape[:-1], V.shape[-1])), np.zeros((*Q.shape[:-1], K.shape[-2]))
    for place in np.ndindex(*Q.shape[:-1]):
        row = place[:-1]
        seen = np.flatnonzero(mask[place])
        if len(seen) == 0:
            continue
        scores = np.array([scale * np.dot(Q[place], K[(*row, j)]) for j in seen])
        exponentials = np.exp(scores - scores.max())
        weights[place][seen] = exponentials / exponentials.sum()
        output[place] = sum(weights[place][j] * V[(*row, j)] for j in seen)
    return output, weights


def draw(m, n, d_k, d_v, B=2, h=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(B, h, *shape, generator=generator) for shape in [(m, d_k), (n, d_k), (n, d_v)])


@pytest.mark.parametrize("scale", ["1/sqrt(d_k)", "none", 0.3])
def test_equation_1(scale):
    Q, K, V = draw(4, 6, d_k=5, d_v=7)
    mask = torch.rand(2, 1, 4, 6, generator=torch.Generator().manual_seed(1)) < 0.6
    mask[0, 0, 2] = False  # a query that may see nothing
    factor = {"1/sqrt(d_k)": 1 / math.sqrt(5), "none": 1.0, 0.3: 0.3}[scale]
    expected, expected_weights = equation_1(
        *(x.double().numpy() for x in (Q, K, V)), mask.expand(2, 3, 4, 6).numpy(), factor
    )
    for f in (scaled_dot_product_attention, fast_attention):
        result = f(Q, K, V, mask, scale_factor(scale, 5))
        output = result if f is fast_attention else result[0]
        np.testing.assert_allclose(output.numpy(), expected, atol=1e-5)
    weights = scaled_dot_product_attention(Q, K, V, mask, factor)[1]
    np.testing.assert_allclose(weights.numpy(), expected_weights, atol=1e-6)
    assert (weights[0, :, 2] == 0).all()


@pytest.mark.parametrize("scale", ["1/sqrt(d)", "", None, "nan", float("inf")])
def test_an_unknown_scale_is_refused(scale):
    with pytest.raises(BadInput, match=r"^scale is .*; it must be 1/sqrt\(d_k\), none, or a number$"):
        scale_factor(scale, 5)
    with pytest.raises(BadInput, match=r"^scale is "):
        Transformer(20, scale=scale)


def test_weights_are_those_before_dropout():
    Q, K, V = draw(4, 6, d_k=5, d_v=7)
    torch.manual_seed(1)
    output, weights = scaled_dot_product_attention(Q, K, V, None, 1.0, dropout=0.5)
    whole, same = scaled_dot_product_attention(Q, K, V, None, 1.0)
    assert torch.equal(weights, same)
    assert not torch.allclose(output, whole)


def test_equation_1_without_a_mask():
    Q, K, V = draw(4, 6, d_k=5, d_v=7)
    everything = np.ones((2, 3, 4, 6), dtype=bool)
    expected, _ = equation_1(*(x.double().numpy() for x in (Q, K, V)), everything, 0.4)
    np.testing.assert_allclose(fast_attention(Q, K, V, None, 0.4).numpy(), expected, atol=1e-5)
    np.testing.assert_allclose(scaled_dot_product_attention(Q, K, V, None, 0.4)[0].numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("n", [9, MAX_KEYS_WRITTEN_OUT + 8], ids=["short rows", "long rows"])
@pytest.mark.parametrize("kind", ["none", "padding", "causal", "padding with an empty row", "per query"])
def test_the_fast_path_is_the_written_out_one(n, kind):
    queries = 5 if n < MAX_KEYS_WRITTEN_OUT else MAX_QUERIES_WRITTEN_OUT + 1
    m = n if kind == "causal" else queries
    inputs = [x.requires_grad_() for x in draw(m, n, d_k=4, d_v=6)]
    generator = torch.Generator().manual_seed(2)
    mask = None
    if kind.startswith("padding"):
        mask = torch.arange(n)[None, None, None] < torch.tensor([n - 3, n])[:, None, None, None]
        if "empty" in kind:
            mask = mask & torch.tensor([False, True])[:, None, None, None]
    elif kind == "causal":
        mask = torch.ones(n, n, dtype=torch.bool).tril()[None, None]
    elif kind == "per query":
        mask = torch.rand(2, 1, m, n, generator=generator) < 0.5
        mask[1, 0, 0] = False
    weight = torch.randn(2, 3, m, 6, generator=generator)
    written, _ = scaled_dot_product_attention(*inputs, mask, 0.7)
    fast = fast_attention(*inputs, mask, 0.7)
    torch.testing.assert_close(fast, written, atol=2e-6, rtol=1e-5)
    expected = torch.autograd.grad((written * weight).sum(), inputs)
    for ours, theirs in zip(torch.autograd.grad((fast * weight).sum(), inputs), expected, strict=True):
        assert torch.isfinite(ours).all()
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("mask", ["causal", "padding", "none"])
def test_the_fused_kernel_computes_the_same(mask: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_KEYS_WRITTEN_OUT", 0)
    monkeypatch.setattr(module, "MAX_QUERIES_WRITTEN_OUT", 0)
    called = []
    kernel = F.scaled_dot_product_attention
    monkeypatch.setattr(F, "scaled_dot_product_attention", lambda *a, **k: called.append(1) or kernel(*a, **k))
    generator = torch.Generator().manual_seed(1)
    Q, K, V = (torch.randn(3, 4, 9, 8, generator=generator) for _ in range(3))
    real = torch.tensor([[1] * 9, [1] * 5 + [0] * 4, [1] + [0] * 8])
    allowed = {"causal": causal_mask(9), "padding": padding_mask(real), "none": None}[mask]
    expected, _ = scaled_dot_product_attention(Q, K, V, allowed, 0.3)
    torch.testing.assert_close(fast_attention(Q, K, V, allowed, 0.3), expected, rtol=1e-5, atol=1e-6)
    assert called
