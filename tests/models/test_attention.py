import pytest
import torch
import torch.nn.functional as F

from repro.models import Transformer
from repro.models.attention import MultiHeadAttention, recorded_attention


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
