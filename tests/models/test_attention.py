import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from repro.models import Transformer
from repro.models.attention import MultiHeadAttention, recorded_attention
from repro.models.dot_product_attention import (
    FEW_QUERIES,
    SHORT_ROW,
    fast_attention,
    scale_factor,
    scaled_dot_product_attention,
)


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


def test_equation_1_without_a_mask():
    Q, K, V = draw(4, 6, d_k=5, d_v=7)
    everything = np.ones((2, 3, 4, 6), dtype=bool)
    expected, _ = equation_1(*(x.double().numpy() for x in (Q, K, V)), everything, 0.4)
    np.testing.assert_allclose(fast_attention(Q, K, V, None, 0.4).numpy(), expected, atol=1e-5)
    np.testing.assert_allclose(scaled_dot_product_attention(Q, K, V, None, 0.4)[0].numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("n", [9, SHORT_ROW + 8], ids=["short rows", "long rows"])
@pytest.mark.parametrize("kind", ["none", "padding", "causal", "padding with an empty row", "per query"])
def test_the_fast_path_is_the_written_out_one(n, kind):
    m = n if kind == "causal" else 5 if n < SHORT_ROW else FEW_QUERIES + 1  # few queries are written out
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


@pytest.mark.parametrize(("d_k", "d_v"), [(4, 4), (3, 5), (16, 1)])
def test_multi_head_attention_head_by_head(d_k, d_v):
    """Each head by its own slices of the projections; Concat(heads) W^O."""
    d_model, h = 8, 2
    generator = torch.Generator().manual_seed(0)
    attention = MultiHeadAttention(d_model, h, d_k, d_v)
    x = torch.randn(2, 5, d_model, generator=generator)
    memory = torch.randn(2, 7, d_model, generator=generator)
    mask = torch.tensor([4, 7])[:, None, None, None] > torch.arange(7)
    for keys, seen in [(x, None), (memory, mask)]:
        heads = []
        for i in range(h):
            k_rows, v_rows = slice(i * d_k, (i + 1) * d_k), slice(i * d_v, (i + 1) * d_v)
            q, k = x @ attention.W_Q.weight[k_rows].T, keys @ attention.W_K.weight[k_rows].T
            v = keys @ attention.W_V.weight[v_rows].T
            head_mask = None if seen is None else seen[:, 0]
            heads.append(F.scaled_dot_product_attention(q, k, v, attn_mask=head_mask))
        expected = torch.cat(heads, -1) @ attention.W_O.weight.T
        actual = attention(x, mask=seen) if keys is x else attention(x, memory, seen)
        torch.testing.assert_close(actual, expected, atol=1e-6, rtol=1e-5)


def test_attention_dropout_is_for_training_and_keeps_the_mean():
    attention = MultiHeadAttention(8, 2, 4, 4, dropout=0.5)
    x = torch.randn(1, 6, 8, generator=torch.Generator().manual_seed(0))
    attention.eval()
    expected = attention(x)
    torch.testing.assert_close(attention(x), expected)
    attention.train()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        draws = attention(x.expand(10_000, -1, -1))
    assert not torch.allclose(draws[0], draws[1])
    torch.testing.assert_close(draws.mean(0, keepdim=True), expected, atol=0.02, rtol=0.0)


def test_recorded_attention():
    model = Transformer(V=20, N=2, d_model=16, d_ff=16, h=2, d_k=3, d_v=5).eval()
    src, tgt = torch.tensor([[4, 5, 6, 2], [7, 2, 0, 0]]), torch.tensor([[1, 8, 9], [1, 5, 0]])
    expected = model(src, tgt)
    with recorded_attention(model) as records:
        recorded = model(src, tgt)
    torch.testing.assert_close(recorded, expected, atol=1e-6, rtol=1e-6)
    assert len(records) == 2 + 2 * 2
    for name, calls in records.items():
        (call,) = calls
        m, n = (4, 4) if name.startswith("encoder") else (3, 4) if "cross" in name else (3, 3)
        assert call.weights.shape == (2, 2, m, n)
        torch.testing.assert_close(call.weights.sum(-1), torch.ones(2, 2, m))
        torch.testing.assert_close(call.weights @ call.V, call.heads)
        scores = (call.Q @ call.K.transpose(-2, -1) * 3**-0.5).masked_fill(
            ~(torch.ones(m, n, dtype=torch.bool) if call.mask is None else call.mask), -torch.inf
        )
        torch.testing.assert_close(scores.softmax(-1), call.weights)
        if n == 4:  # keys are source positions: the padding of the second sentence has no weight
            assert (call.weights[1, :, :, 2:] == 0).all()
    model(src, tgt)
    assert all(len(calls) == 1 for calls in records.values())  # nothing is recorded after the block
