"""Additive attention: against its formula pair by pair, in blocks and at once, with bounded memory."""

import numpy as np
import pytest
import torch

import repro.models.additive_attention as module
from ablations.complexity.live_memory import peak_of
from repro.errors import BadInput
from repro.models import Transformer
from repro.models.additive_attention import additive_attention, additive_scores
from repro.models.attention import MultiHeadAttention, recorded_attention
from repro.models.masks import mask_bias
from tests.models.networks import SRC, TGT, small

SHAPES = {"Q": (2, 3, 4, 5), "K": (2, 3, 6, 5), "V": (2, 3, 6, 7), "v_a": (3, 5)}


def draw(**more):
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in {**SHAPES, **more}.values()]


def pair_by_pair(Q, K, V, v_a, mask):
    """In NumPy, one number after the other; the mask leaves keys out."""
    B, h, m, n = *Q.shape[:3], K.shape[2]
    output, weights = np.zeros((B, h, m, V.shape[-1])), np.zeros((B, h, m, n))
    for b, head, i in np.ndindex(B, h, m):
        seen = [j for j in range(n) if mask[b, head, i, j]]
        scores = [
            sum(v_a[head, c] * np.tanh(Q[b, head, i, c] + K[b, head, j, c]) for c in range(Q.shape[-1])) for j in seen
        ]
        total = sum(np.exp(score) for score in scores)
        for j, score in zip(seen, scores, strict=True):
            weights[b, head, i, j] = np.exp(score) / total
            output[b, head, i] += weights[b, head, i, j] * V[b, head, j]
    return output, weights


@pytest.fixture(params=[1 << 20, 1, 2 * 2 * 3 * 6 * 5], ids=["at once", "a query at a time", "two queries at a time"])
def block(request, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", request.param)


@pytest.mark.usefixtures("block")
def test_it_is_the_formula_pair_by_pair():
    Q, K, V, v_a = draw()
    mask = torch.rand(2, 1, 4, 6, generator=torch.Generator().manual_seed(1)) < 0.6
    mask[0, 0, 2] = False  # a query that may see nothing
    seen = mask.expand(2, 3, 4, 6)
    expected, expected_weights = pair_by_pair(*(x.numpy() for x in (Q, K, V, v_a)), seen.numpy())
    output, weights = additive_attention(Q, K, V, v_a, mask)
    np.testing.assert_allclose(output.numpy(), expected, atol=1e-12)
    np.testing.assert_allclose(weights.numpy(), expected_weights, atol=1e-12)
    assert not output[0, :, 2].any()
    mask[0, 0, 2, 1] = True
    as_bias, _ = additive_attention(Q, K, V, v_a, mask_bias(mask, torch.float64))
    assert torch.equal(as_bias, additive_attention(Q, K, V, v_a, mask)[0])
    everything, _ = pair_by_pair(*(x.numpy() for x in (Q, K, V, v_a)), np.ones((2, 3, 4, 6), dtype=bool))
    np.testing.assert_allclose(additive_attention(Q, K, V, v_a, None)[0].numpy(), everything, atol=1e-12)


@pytest.mark.usefixtures("block")
def test_gradients_are_those_of_small_differences():
    Q, K, V, v_a = (x.requires_grad_() for x in draw())
    mask = torch.ones(4, 6, dtype=torch.bool).tril(1)
    assert torch.autograd.gradcheck(lambda *given: additive_attention(*given, mask)[0], (Q, K, V, v_a))


def test_blocks_keep_no_hidden_layer_for_the_backward_pass(monkeypatch):
    """Nothing that is kept has a number for each pair and each of d_k = 64."""
    monkeypatch.setattr(module, "BLOCK", 1 << 10)
    n, d_k = 64, 64
    Q, K, V, v_a = (x.requires_grad_() for x in draw(Q=(1, 1, n, d_k), K=(1, 1, n, d_k), V=(1, 1, n, 8), v_a=(1, d_k)))
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda x: kept.append(x.numel()) or x, lambda x: x):
        output, _ = additive_attention(Q, K, V, v_a, None)
    assert max(kept) <= n * d_k
    output.sum().backward()
    assert Q.grad is not None


def test_an_update_takes_a_few_blocks_more_memory_than_with_dot_products(monkeypatch):
    """All hidden layers of one attention at once would take 64 MiB more."""
    tokens = torch.randint(4, 20, (4, 256), generator=torch.Generator().manual_seed(1))

    def peak():
        taken = {}
        for kind in ("dot-product", "additive"):
            model = Transformer(20, N=1, d_model=64, d_ff=64, h=2, compatibility=kind)
            taken[kind] = peak_of(lambda model=model: model.states(tokens, tokens).sum().backward())
        return taken["additive"] - taken["dot-product"]

    block = 4 * module.BLOCK  # bytes
    assert peak() < 5 * block
    monkeypatch.setattr(module, "BLOCK", 1 << 40)
    assert peak() > 3 * 5 * block


def test_dropout_is_drawn_for_weights():
    Q, K, V, v_a = draw()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        dropped, weights = additive_attention(Q, K, V, v_a, None, dropout=0.5)
    plain, same = additive_attention(Q, K, V, v_a, None)
    assert torch.equal(weights, same)
    assert not torch.allclose(dropped, plain)


def test_a_scale_of_additive_attention_is_refused():
    for scale in ("none", 0.5):
        with pytest.raises(BadInput, match=f"scale is {scale}, but compatibility is additive"):
            Transformer(20, compatibility="additive", scale=scale)
    with pytest.raises(BadInput, match="leave scale at"):
        MultiHeadAttention(8, 2, 4, 4, scale="none", compatibility="additive")


def test_every_attention_of_a_network_is_additive_and_recorded():
    model = small(compatibility="additive").eval()
    expected = model(SRC, TGT)
    with recorded_attention(model) as records:
        torch.testing.assert_close(model(SRC, TGT), expected, atol=1e-6, rtol=1e-6)
    assert len(records) == 2 + 2 * 2
    for name, (call,) in records.items():
        assert call.scale is None
        v_a = model.get_submodule(name).v_a
        m, n = call.weights.shape[2:]
        mask = torch.ones(1, 1, m, n, dtype=torch.bool) if call.mask is None else call.mask
        given = (x.detach().double().numpy() for x in (call.Q, call.K, call.V, v_a))
        heads, weights = pair_by_pair(*given, mask.expand(call.weights.shape).numpy())
        np.testing.assert_allclose(call.weights.detach().numpy(), weights, atol=1e-5)
        np.testing.assert_allclose(call.heads.detach().numpy(), heads, atol=1e-5)


def test_scores_before_the_softmax():
    attention = MultiHeadAttention(8, 2, 4, 4, compatibility="additive")
    Q, K = attention.queries(torch.randn(1, 3, 8)), attention.keys_values(torch.randn(1, 5, 8))[0]
    assert torch.equal(attention.scores(Q, K), additive_scores(Q, K, attention.v_a))


def test_in_half_precision_and_in_int8():
    from repro.decoding.precision import in_precision

    model = small(compatibility="additive").eval()
    expected = model(SRC, TGT)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(model(SRC, TGT).float(), expected, atol=0.3, rtol=0.1)
    with torch.inference_mode():
        for precision in ("int8", "bf16"):
            found = in_precision(small(compatibility="additive").eval(), precision)(SRC, TGT)
            torch.testing.assert_close(found.float(), expected, atol=0.3, rtol=0.1)
