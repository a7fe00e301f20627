"""Fused, unrolled and step by step: three forms of each layer that compute the same."""

import numpy as np
import pytest
import torch
from torch import nn

from ablations.complexity.layers import Convolution, Recurrence, RestrictedAttention, SelfAttention, build
from ablations.complexity.paper import table1
from repro.errors import BadInput
from repro.models.convolution import ConvolutionLayer

LAYERS = [*table1(), "additive"]
SIZES = {"k": 5, "r": 5, "dilation": 2}


def layer(name: str, d: int = 8, **more):
    return build(name, d, **{**SIZES, **more}).double()


def draw(n: int, d: int = 8, B: int = 2) -> torch.Tensor:
    return torch.randn(B, n, d, dtype=torch.float64, generator=torch.Generator().manual_seed(n))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", LAYERS)
def test_the_unrolled_form_is_the_layer(name: str, causal: bool) -> None:
    made, x = layer(name, causal=causal), draw(11).requires_grad_(True)
    fused, unrolled = made(x), made.unrolled(x)
    torch.testing.assert_close(fused, unrolled)
    grads = [torch.autograd.grad(y.pow(2).sum(), [x, *made.parameters()]) for y in (fused, unrolled)]
    for ours, theirs in zip(*grads, strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("h", [1, 2])
def test_additive_attention_is_its_formula_pair_by_pair(h: int) -> None:
    n, d = 5, 6
    made = build("additive", d, h=h, seed=3).double()
    x = torch.randn(1, n, d, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    attention = made.attention
    W, U, values = (part.weight.detach().numpy() for part in (attention.W_Q, attention.W_K, attention.W_V))
    words, v_a, width = x[0].numpy(), attention.v_a.detach().numpy(), d // h
    heads = np.zeros((n, d))
    for head in range(h):
        own = slice(head * width, (head + 1) * width)
        for i in range(n):
            scores = np.array([v_a[head] @ np.tanh(W[own] @ words[i] + U[own] @ words[j]) for j in range(n)])
            weights = np.exp(scores) / np.exp(scores).sum()
            heads[i, own] = sum(weights[j] * (values[own] @ words[j]) for j in range(n))
    expected = heads @ attention.W_O.weight.detach().numpy().T
    np.testing.assert_allclose(made.unrolled(x)[0].detach().numpy(), expected, atol=1e-12)


def test_attention_of_many_positions_is_unrolled_too() -> None:
    """Beyond so many keys another kernel computes it."""
    made, x = layer("self-attention", h=2), draw(300)
    torch.testing.assert_close(made(x), made.unrolled(x))


@pytest.mark.parametrize("name", LAYERS)
def test_step_by_step_is_the_causal_layer(name: str) -> None:
    made, x = layer(name, causal=True), draw(12)
    with torch.no_grad():
        state = made.start(x[:, :5], 7)
        outputs = []
        for t in range(5, 12):
            y, state = made.step(x[:, t : t + 1], state)
            outputs.append(y)
        torch.testing.assert_close(torch.cat(outputs, dim=1), made(x)[:, 5:])


@pytest.mark.parametrize("name", LAYERS)
def test_causal_layers_do_not_look_ahead(name: str) -> None:
    made, x = layer(name, causal=True), draw(9)
    changed = x.clone()
    changed[:, 6] += 1
    differs = (made(x) != made(changed)).any(dim=-1)[0]
    assert not differs[:6].any()
    assert differs[6]


@pytest.mark.parametrize("causal", [False, True])
def test_restricted_attention_is_attention_with_a_band_for_a_mask(causal: bool) -> None:
    made, x, n = RestrictedAttention(8, 5, h=2, causal=causal).double(), draw(13), 13
    distance = torch.arange(n)[None, :] - torch.arange(n)[:, None]
    band = (distance <= 0) & (distance > -5) if causal else distance.abs() <= 2
    torch.testing.assert_close(made(x), made.attention(x, mask=band[None, None]))


def test_a_contiguous_convolution_is_the_project_s() -> None:
    ours, theirs = Convolution(6, 5), ConvolutionLayer(6, 5)
    theirs.W.weight = ours.W.weight
    x = draw(9, 6).float()
    torch.testing.assert_close(ours(x), theirs(x, torch.ones(2, 1, 1, 9, dtype=torch.bool)))


def test_a_dilated_and_a_separable_convolution_by_hand() -> None:
    x = draw(9, 4)
    dilated = Convolution(4, 3, dilation=2).double()
    separable = Convolution(4, 3, separable=True).double()
    for i in range(9):
        seen = [(o, i + 2 * (o - 1)) for o in range(3) if 0 <= i + 2 * (o - 1) < 9]
        by_hand = sum(x[:, j] @ dilated.W.weight[:, :, o].T for o, j in seen)
        torch.testing.assert_close(dilated(x)[:, i], by_hand)
        seen = [(o, i + o - 1) for o in range(3) if 0 <= i + o - 1 < 9]
        channels = sum(x[:, j] * separable.W.weight[:, 0, o] for o, j in seen)
        torch.testing.assert_close(separable(x)[:, i], channels @ separable.mix.weight.T)


@pytest.mark.parametrize(("cell", "kind"), [("recurrent", nn.RNNCell), ("lstm", nn.LSTMCell), ("gru", nn.GRUCell)])
def test_a_recurrent_layer_is_torch_s_cell_n_times(cell: str, kind) -> None:
    made, x = Recurrence(6, cell).double(), draw(7, 6)
    single = kind(6, 6, bias=False).double()
    single.weight_ih, single.weight_hh = made.fused.weight_ih_l0, made.fused.weight_hh_l0
    state, outputs = None, []
    for t in range(7):
        state = single(x[:, t], state)
        outputs.append(state[0] if cell == "lstm" else state)
    torch.testing.assert_close(made.unrolled(x), torch.stack(outputs, dim=1))


def test_a_seed_decides_the_weights_and_leaves_the_generator() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    weights = [next(build("lstm", 4, seed=seed).parameters()).detach() for seed in (1, 1, 2)]
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_what_cannot_be_built() -> None:
    with pytest.raises(BadInput, match="k is 4"):
        build("convolution", 8, k=4)
    with pytest.raises(BadInput, match="r is 2"):
        build("restricted", 8, r=2)
    with pytest.raises(BadInput, match="no layer 'transformer'"):
        build("transformer", 8)
    assert isinstance(build("self-attention", 8), SelfAttention)


def test_a_dilated_convolution_is_dilated_by_its_kernel_where_nothing_is_said() -> None:
    made, x = layer("convolution-dilated", d=4, k=3, dilation=None), draw(20, 4)
    changed = x.clone()
    changed[:, 10] += 1
    differs = (made(x) != made(changed)).any(dim=-1)
    assert differs.nonzero()[:, 1].tolist() == 2 * [7, 10, 13]
    assert made(x).shape == x.shape
    assert build("convolution-dilated", 4, k=3).W.dilation == (3,)
    assert build("convolution-dilated", 4, k=3, dilation=1).W.dilation == (1,)
