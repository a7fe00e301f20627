import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from repro.errors import BadInput
from repro.models import Transformer
from repro.models.convolution import ConvolutionLayer
from repro.models.masks import padding_mask
from tests.models.networks import SRC, TGT, memory_of, small


def convolutional(k=3, **options):
    """A small model with a convolutional encoder and no parameter at a value that could hide a mistake."""
    return small(encoder="convolution", k=k, **options)


def rows(lengths, n, d_model, seed=0):
    """Random (B, n, d_model), the padding too, and the mask (B, 1, 1, n) of these lengths."""
    x = torch.randn(len(lengths), n, d_model, generator=torch.Generator().manual_seed(seed))
    return x, torch.arange(n)[None, None, None] < torch.tensor(lengths)[:, None, None, None]


def position_by_position(x, W, lengths):
    """In NumPy and float64: each output sums the real positions around it, each by the matrix of its distance."""
    d_out, _, k = W.shape
    y = np.zeros((*x.shape[:2], d_out))
    for b, length in enumerate(lengths):
        for i in range(x.shape[1]):
            for j in range(length):
                if abs(j - i) <= (k - 1) // 2:
                    y[b, i] += W[:, :, j - i + (k - 1) // 2] @ x[b, j]
    return y


@pytest.mark.parametrize("k", [1, 3, 5, 11])
def test_position_by_position(k):
    """The last kernel is longer than the rows."""
    lengths = [7, 4, 1, 0]
    x, mask = rows(lengths, 7, d_model=6)
    layer = ConvolutionLayer(6, k)
    W = layer.W.weight.detach()
    expected = position_by_position(x.double().numpy(), W.double().numpy(), lengths)
    np.testing.assert_allclose(layer(x, mask).detach().numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("k", [1, 3, 5])
def test_torch_on_each_sentence_alone(k):
    """Output and gradients, for each row cut to its length."""
    lengths = [7, 4, 2]
    x, mask = rows(lengths, 7, d_model=6)
    x.requires_grad_()
    layer = ConvolutionLayer(6, k)
    weight = torch.randn(3, 7, 6, generator=torch.Generator().manual_seed(1)) * mask[:, 0, 0, :, None]
    ours, theirs = layer(x, mask), torch.zeros(())
    for b, length in enumerate(lengths):
        alone = F.conv1d(x[b, :length].T, layer.W.weight, padding=(k - 1) // 2).T
        torch.testing.assert_close(ours[b, :length], alone, atol=1e-6, rtol=1e-5)
        theirs = theirs + (alone * weight[b, :length]).sum()
    inputs = [x, layer.W.weight]
    for a, b in zip(
        torch.autograd.grad((ours * weight).sum(), inputs), torch.autograd.grad(theirs, inputs), strict=True
    ):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)


def test_what_stands_in_the_padding_does_not_matter():
    x, mask = rows([6, 3], 6, d_model=4)
    layer = ConvolutionLayer(4, 5)
    other = x.clone()
    other[1, 3:] = torch.nan
    assert torch.equal(layer(other, mask), layer(x, mask))


def test_one_mask_for_all_rows():
    x, mask = rows([5, 5], 5, d_model=4)
    layer = ConvolutionLayer(4, 3)
    assert torch.equal(layer(x, mask[:1]), layer(x, mask))


@pytest.mark.parametrize("k", [-1, 0, 2, 4])
def test_a_kernel_without_a_middle_is_refused(k):
    with pytest.raises(BadInput, match=rf"k is {k}; the kernel of a convolution must be odd"):
        ConvolutionLayer(4, k)


def test_bad_kernels_of_a_transformer():
    with pytest.raises(BadInput, match="k is 4; the kernel of a convolution must be odd"):
        convolutional(k=4)
    with pytest.raises(BadInput, match="k is 0; it must be at least 1"):
        small(k=0)
    small(k=4)  # which no self-attention asks for


# ---- the encoder made of it


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_the_encoder_written_out(norm):
    """Residual, norm and feed-forward around the convolution as around self-attention."""
    model = convolutional(k=5, norm=norm)
    mask = padding_mask(SRC)
    real = mask[:, 0, 0, :, None]
    x = model.positions(model.embedding(SRC))
    for layer in model.encoder:
        norms = [(r.layer_norm.weight, r.layer_norm.bias) for r in (layer.residual_1, layer.residual_2)]
        ffn, W = layer.feed_forward, layer.convolution.W.weight

        def mix(x, W=W):
            return F.conv1d((x * real).transpose(1, 2), W, padding=2).transpose(1, 2)

        def feed(x, ffn=ffn):
            return F.linear(F.relu(F.linear(x, ffn.W_1.weight, ffn.W_1.bias)), ffn.W_2.weight, ffn.W_2.bias)

        for sublayer, (gain, bias) in zip((mix, feed), norms, strict=True):
            if norm == "post":
                x = F.layer_norm(x + sublayer(x), (16,), gain, bias, 1e-6)
            else:
                x = x + sublayer(F.layer_norm(x, (16,), gain, bias, 1e-6))
    if norm == "pre":
        x = F.layer_norm(x, (16,), model.encoder_norm.weight, model.encoder_norm.bias, 1e-6)
    torch.testing.assert_close(memory_of(model, SRC), x, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("k", "N"), [(1, 2), (3, 1), (3, 2), (5, 2), (3, 3)])
def test_a_position_sees_exactly_its_neighbours(k, N):
    """Within (k - 1) / 2 positions a layer, and all of those: the path lengths of Table 1."""
    n, reach = 17, (k - 1) // 2 * N
    model = convolutional(k=k, N=N)
    embedded = []
    model.embedding.register_forward_hook(lambda _, __, output: embedded.append(output))
    memory = memory_of(model, torch.randint(3, 20, (1, n), generator=torch.Generator().manual_seed(0)))
    for i in range(n):
        (gradient,) = torch.autograd.grad(memory[0, i].pow(3).sum(), embedded, retain_graph=True)
        seen = (gradient[0] != 0).any(-1).tolist()
        assert seen == [abs(i - j) <= reach for j in range(n)]


@pytest.mark.parametrize("options", [{}, {"norm": "pre"}, {"positions": "learned"}], ids=str)
def test_nothing_flows_from_padding(options):
    model = convolutional(k=5, **options)
    alone = model.states(SRC[1:2, :3], TGT[1:2, :3])
    src = torch.cat([SRC[1:2, :3], torch.zeros(1, 9, dtype=torch.long)], dim=1)
    torch.testing.assert_close(model.states(src, TGT[1:2, :3]), alone, atol=1e-5, rtol=1e-5)

    embedded = []
    model.embedding.register_forward_hook(lambda _, __, output: embedded.append(output))
    states = model.states(SRC, TGT)
    (gradient,) = torch.autograd.grad((states.pow(3) * (TGT != 0)[:, :, None]).sum(), embedded[:1])
    assert (gradient[SRC == 0] == 0).all()
    assert (gradient[SRC != 0].abs().sum(-1) > 0).all()


@pytest.mark.parametrize("options", [{}, {"norm": "pre"}, {"k": 5, "d_k": 3, "d_v": 5}], ids=str)
def test_decoding_step_by_step(options):
    """Cached steps of 2 beams with a sentence leaving: as teacher forcing."""
    model = convolutional(**options).eval()
    tokens = torch.randint(3, 20, (3, 2, 12), generator=torch.Generator().manual_seed(0))
    src, state = SRC, model.start(SRC, 2)
    for j in range(12):
        logits = model.step(tokens[:, :, j], state)
        expected = model(src.repeat_interleave(2, 0), tokens[:, :, : j + 1].flatten(0, 1))[:, -1]
        torch.testing.assert_close(logits.flatten(0, 1), expected, atol=1e-4, rtol=1e-4)
        if j == 5:
            rest = torch.tensor([2, 0])
            state.keep(rest)
            src, tokens = src[rest], tokens[rest]


def test_names_in_a_checkpoint():
    """A checkpoint of self-attention is read as ever; one of convolutions says what it is."""
    attention, convolution = small().state_dict(), convolutional().state_dict()
    of_attention = {f"encoder.{i}.self_attention.{W}.weight" for i in range(2) for W in ("W_Q", "W_K", "W_V", "W_O")}
    of_convolution = {f"encoder.{i}.convolution.W.weight" for i in range(2)}
    assert attention.keys() - convolution.keys() == of_attention
    assert convolution.keys() - attention.keys() == of_convolution


def test_parameter_count_in_closed_form():
    """k d_model^2 in the place of self-attention's 2 d_model h (d_k + d_v), and nothing else."""

    def count(**options):
        model = Transformer(V=100, N=3, d_model=24, d_ff=40, h=4, d_k=5, d_v=7, **options)
        return sum(parameter.numel() for parameter in model.parameters())

    difference = 3 * (5 * 24**2 - 2 * 24 * 4 * (5 + 7))
    assert count(encoder="convolution", k=5) - count() == difference


@pytest.mark.parametrize("k", [1, 3, 7])
def test_it_starts_as_xavier_uniform_with_its_stack_s_gain(k):
    """Gain 1/sqrt(2 N) as for what else writes into the encoder's stream: variance gain^2 out of variance 1."""
    N, d_model = 3, 128
    model = Transformer(V=20, N=N, d_model=d_model, d_ff=256, h=4, encoder="convolution", k=k, seed=5)
    gain = 1 / math.sqrt(2 * N)
    bound = gain * math.sqrt(6 / (2 * k * d_model))
    for layer in model.encoder:
        W = layer.convolution.W.weight.detach()
        assert float(W.abs().max()) <= bound
        assert float(W.abs().max()) == pytest.approx(bound, rel=0.02)
        assert float(W.var()) == pytest.approx(bound**2 / 3, rel=0.05)
        x, mask = rows([60] * 8, 60, d_model)
        inner = slice(k // 2, 60 - k // 2)  # beyond the ends there is nothing to add
        assert float(layer.convolution(x, mask)[:, inner].detach().var()) == pytest.approx(gain**2, rel=0.05)


def test_the_seed_alone_decides_how_it_starts():
    with torch.random.fork_rng():
        torch.manual_seed(1)
        first = Transformer(V=20, N=2, d_model=16, d_ff=16, h=2, encoder="convolution", seed=7).state_dict()
        torch.manual_seed(2)
        again = Transformer(V=20, N=2, d_model=16, d_ff=16, h=2, encoder="convolution", seed=7).state_dict()
        other = Transformer(V=20, N=2, d_model=16, d_ff=16, h=2, encoder="convolution", seed=8).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["encoder.0.convolution.W.weight"], other["encoder.0.convolution.W.weight"])
