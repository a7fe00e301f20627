"""Packed sentences: the same states and gradients as padded ones; the flash kernel itself needs a GPU."""

import copy

import pytest
import torch

from repro.models import Transformer
from repro.models.attention import recorded_attention
from repro.models.dot_product_attention import SHORT_ROW, scaled_dot_product_attention
from repro.models.masks import PAD
from repro.models.packing import MULTIPLE, Packed, Pairing

SRC = torch.tensor([[4, 5, 6, 7, 2], [8, 9, 2, 0, 0], [5, 2, 0, 0, 0]])
TGT = torch.tensor([[1, 4, 9, 8], [1, 7, 7, 0], [1, 0, 0, 0]])

OPTIONS = [{}, {"norm": "pre"}, {"positions": "learned", "longest": 9}, {"causal": False}, {"scale": "none"}]


def made(**options):
    sizes = {"V": 20, "N": 2, "d_model": 16, "d_ff": 24, "h": 2, "P_drop": 0.0}
    return Transformer(**{**sizes, **options}, seed=5)


def one_by_one(Q, K, V, query_offsets, key_offsets, longest_query, longest_key, *, scale, window_size):
    """What the flash kernel computes, a sentence at a time, written out; zeros behind the last."""
    assert query_offsets.dtype == key_offsets.dtype == torch.int32
    assert longest_query >= query_offsets.diff().max()
    assert longest_key >= key_offsets.diff().max()
    outputs = []
    for b in range(len(query_offsets) - 1):
        q = Q[query_offsets[b] : query_offsets[b + 1]].transpose(0, 1)  # (h, m, d_k)
        k, v = (x[key_offsets[b] : key_offsets[b + 1]].transpose(0, 1) for x in (K, V))
        mask = {(-1, -1): None, (-1, 0): torch.ones(q.shape[1], k.shape[1], dtype=torch.bool).tril()}[window_size]
        outputs.append(scaled_dot_product_attention(q, k, v, mask, scale)[0].transpose(0, 1))
    return torch.cat([*outputs, V.new_zeros(len(Q) - int(query_offsets[-1]), *V.shape[1:])])


@pytest.mark.parametrize("kernel", ["padded rows of heads", "flash"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_states_and_gradients_are_those_of_padded_rows(options, kernel, monkeypatch):
    padded = made(**options)
    packed = copy.deepcopy(padded)
    calls = []

    def counted(attend):
        def attend_and_count(*arguments, **keywords):
            calls.append(1)
            return attend(*arguments, **keywords)

        return attend_and_count

    if kernel == "flash":
        monkeypatch.setattr("repro.models.packing.varlen_attn", counted(one_by_one))
        monkeypatch.setattr(Pairing, "attend", lambda self, *given: self._by_packed_kernel(*given[:4]))
    else:
        monkeypatch.setattr(Pairing, "attend", counted(Pairing.attend))
    real = TGT != PAD
    weights = torch.randn(int(real.sum()), 16, generator=torch.Generator().manual_seed(1))
    expected = padded.states(SRC, TGT)[real]
    (expected * weights).sum().backward()
    assert not calls
    found = packed.real_states(SRC, TGT)
    assert len(calls) == 6  # two layers, three attentions each
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    (found * weights).sum().backward()
    for (name, mine), (_, theirs) in zip(packed.named_parameters(), padded.named_parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, atol=1e-4, rtol=1e-4, msg=lambda m, n=name: f"{n}: {m}")


@pytest.mark.parametrize("rows", [1, 31, 32, 33])
def test_any_number_of_tokens(rows):
    """Around the number that rows are rounded up to, one token a sentence, with padding and without."""
    model = made()
    for padding in (0, 2):
        src = torch.nn.functional.pad(torch.full((rows, 1), 7), (0, padding))
        expected = model.states(src, src)[:, 0]
        torch.testing.assert_close(model.real_states(src, src), expected, atol=1e-5, rtol=1e-5)


def test_a_source_of_padding_alone():
    """Nothing to attend to counts as zero, not as what happens to lie there."""
    model = made()
    src = torch.cat([SRC, torch.zeros(1, 5, dtype=torch.long)])
    tgt = torch.cat([TGT, TGT[:1]])
    expected = model.states(src, tgt)[tgt != PAD]
    torch.testing.assert_close(model.real_states(src, tgt), expected, atol=1e-5, rtol=1e-5)


def test_long_rows():
    """Beyond the length up to which attention is two products and a softmax."""
    generator = torch.Generator().manual_seed(3)
    src, tgt = (torch.randint(4, 20, (2, SHORT_ROW + 5), generator=generator) for _ in range(2))
    src[1, 7:], tgt[1, 9:] = PAD, PAD
    model = made()
    expected = model.states(src, tgt)[tgt != PAD]
    torch.testing.assert_close(model.real_states(src, tgt), expected, atol=1e-5, rtol=1e-5)


def test_in_half_precision():
    model = made()
    expected = model.states(SRC, TGT)[TGT != PAD]
    with torch.autocast("cpu", torch.bfloat16):
        found = model.real_states(SRC, TGT)
    torch.testing.assert_close(found.float(), expected, atol=0.05, rtol=0.05)
    found.float().sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters())


def test_weights_of_attention_are_dropped():
    model = made(attention_dropout=0.5)
    draws = [model.train().real_states(SRC, TGT) for _ in range(2)]
    assert not torch.allclose(*draws)
    expected = model.eval().states(SRC, TGT)[TGT != PAD]
    torch.testing.assert_close(model.real_states(SRC, TGT), expected, atol=1e-5, rtol=1e-5)


def test_a_batch_of_padding_alone_is_not_packed():
    """A rank of a data-parallel run may have no sentence left; no kernel knows such a batch."""
    nothing = torch.full((1, 1), PAD)
    model = made()
    states = model.real_states(nothing, nothing)
    assert states.shape == (0, 16)
    states.sum().backward()  # every parameter has a gradient to be summed over ranks
    assert all(p.grad is not None and not p.grad.any() for p in model.parameters())


def test_packing():
    ids = torch.tensor([[5, 0, 7, 0], [0, 0, 0, 0], [9, 9, 9, 9]])  # padding anywhere, a row of it
    packed = Packed.of(ids)
    assert packed.offsets.tolist() == [0, 2, 2, 6]
    assert packed.R == 6
    x = torch.randn(3, 4, 5)
    assert torch.equal(packed.pack(x)[:6], x[ids != PAD])
    assert len(packed.places) == MULTIPLE


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_rows_of_heads_one_by_one(parts):
    """Against loops, (T, parts h d) to (parts, B, h, n, d) and back; each is the other's gradient."""
    h, d = 3, 2
    ids = torch.tensor([[5, 0, 7, 0], [0, 0, 0, 0], [9, 9, 9, 9]])
    packed = Packed.of(ids)
    rows = packed.rows(parts, h)
    assert packed.rows(parts, h) is rows
    x = torch.randn(len(packed.places), parts * h * d, requires_grad=True)
    y = torch.randn(parts, 3, h, 4, d, requires_grad=True)
    there, back = rows.spread(x), rows.collect(y)
    expected = torch.zeros(back.shape)
    places = (ids != PAD).nonzero().tolist()
    for t, (b, i) in enumerate(places):
        for part in range(parts):
            for head in range(h):
                at = (part * h + head) * d
                assert torch.equal(there[part, b, head, i], x[t, at : at + d])
                expected[t, at : at + d] = y[part, b, head, i].detach()
    assert torch.equal(back, expected)
    (there * y.detach()).sum().backward()
    assert torch.equal(x.grad, expected)
    weights = x.detach().clone()
    weights[len(places) :] = 0  # nothing is made of what lies behind the real tokens
    (back * weights).sum().backward()
    for b, i in (ids == PAD).nonzero().tolist():
        assert not y.grad[:, b, :, i].any()
    for t, (b, i) in enumerate(places):
        assert torch.equal(y.grad[:, b, :, i].flatten(), weights[t])


def test_where_sentences_are_packed(monkeypatch):
    gpu, cpu = torch.device("cuda"), torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))
    half = made().bfloat16()
    assert half.packs(gpu)
    assert not half.packs(torch.device("meta"))
    assert not made().packs(gpu)  # float32
    assert not made(h=4).bfloat16().packs(gpu)  # heads of width 4
    assert not made(d_model=512, h=1).bfloat16().packs(gpu)  # one of width 512
    dropping = made(attention_dropout=0.1).bfloat16()
    assert not dropping.packs(gpu)
    assert dropping.eval().packs(gpu)
    for packing in (made(), half, made(h=4), dropping.train()):
        assert packing.packs(cpu)
    for device in (gpu, cpu):
        assert not made(d_k=16).bfloat16().packs(device)  # beside values of width 8
        assert not made(encoder="convolution").bfloat16().packs(device)
        with recorded_attention(half):
            assert not half.packs(device)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (7, 5))
    assert not half.packs(gpu)  # older than the kernel


@pytest.mark.gpu
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_flash_kernel_agrees_with_float32(options):
    """States and gradients in bfloat16 by packed sentences, on a GPU, against padded float32 on the CPU."""
    reference = made(**options)
    model = copy.deepcopy(reference).cuda()
    real = TGT != PAD
    expected = reference.states(SRC, TGT)[real]
    # Not their squares, whose sum layer norms hold constant.
    weights = torch.randn(expected.shape, generator=torch.Generator().manual_seed(1))
    (expected * weights).sum().backward()
    with torch.autocast("cuda", torch.bfloat16):
        assert model.packs(torch.device("cuda"))
        found = model.real_states(SRC.cuda(), TGT.cuda())
    torch.testing.assert_close(found.float().cpu(), expected, atol=0.05, rtol=0.05)
    (found.float() * weights.cuda()).sum().backward()
    # 16 bits turn a ReLU on or off here and there, which alone moves a W_1's gradient by a tenth.
    most = max(float(theirs.grad.norm()) for theirs in reference.parameters())
    for mine, theirs in zip(model.parameters(), reference.parameters(), strict=True):
        assert (mine.grad.cpu() - theirs.grad).norm() <= 0.05 * theirs.grad.norm() + 0.02 * most
