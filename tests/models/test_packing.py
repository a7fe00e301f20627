"""Packed sentences: the same states and gradients as padded ones; the flash kernel itself needs a GPU."""

import copy

import pytest
import torch

from repro.models import Transformer
from repro.models.attention import recorded_attention, scaled_dot_product_attention
from repro.models.masks import PAD
from repro.models.packing import Packed

SRC = torch.tensor([[4, 5, 6, 7, 2], [8, 9, 2, 0, 0], [5, 2, 0, 0, 0]])
TGT = torch.tensor([[1, 4, 9, 8], [1, 7, 7, 0], [1, 0, 0, 0]])

OPTIONS = [{}, {"norm": "pre"}, {"positions": "learned", "longest": 9}, {"causal": False}, {"scale": "none"}]


def made(**options):
    sizes = {"V": 20, "N": 2, "d_model": 16, "d_ff": 24, "h": 2, "P_drop": 0.0}
    return Transformer(**{**sizes, **options}, seed=5)


def one_by_one(Q, K, V, query_offsets, key_offsets, longest_query, longest_key, *, scale, window_size):
    """What the flash kernel computes, a sentence at a time, written out."""
    assert query_offsets.dtype == key_offsets.dtype == torch.int32
    assert longest_query >= query_offsets.diff().max()
    assert longest_key >= key_offsets.diff().max()
    outputs = []
    for b in range(len(query_offsets) - 1):
        q = Q[query_offsets[b] : query_offsets[b + 1]].transpose(0, 1)  # (h, m, d_k)
        k, v = (x[key_offsets[b] : key_offsets[b + 1]].transpose(0, 1) for x in (K, V))
        mask = {(-1, -1): None, (-1, 0): torch.ones(q.shape[1], k.shape[1], dtype=torch.bool).tril()}[window_size]
        outputs.append(scaled_dot_product_attention(q, k, v, mask, scale)[0].transpose(0, 1))
    return torch.cat(outputs)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_states_and_gradients_are_those_of_padded_rows(options, monkeypatch):
    padded = made(**options)
    packed = copy.deepcopy(padded)
    calls = []

    def counted(*arguments, **keywords):
        calls.append(1)
        return one_by_one(*arguments, **keywords)

    monkeypatch.setattr("repro.models.packing.varlen_attn", counted)
    real = TGT != PAD
    weights = torch.randn(int(real.sum()), 16, generator=torch.Generator().manual_seed(1))
    expected = padded.states(SRC, TGT)[real]
    (expected * weights).sum().backward()
    assert not calls
    monkeypatch.setattr(Transformer, "_packs", lambda self, device: True)
    found = packed.states(SRC, TGT)
    assert len(calls) == 6  # two layers, three attentions each
    assert not found[~real].any()
    torch.testing.assert_close(found[real], expected, atol=1e-5, rtol=1e-5)
    (found[real] * weights).sum().backward()
    for (name, mine), (_, theirs) in zip(packed.named_parameters(), padded.named_parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, atol=1e-4, rtol=1e-4, msg=lambda m, n=name: f"{n}: {m}")


def test_a_batch_of_padding_alone_is_not_packed(monkeypatch):
    """A rank of a data-parallel run may have no sentence left; the kernel knows no such batch."""
    monkeypatch.setattr(Transformer, "_packs", lambda self, device: True)
    nothing = torch.full((1, 1), PAD)
    assert torch.isfinite(made().states(nothing, nothing)).all()


def test_packing_is_undone():
    ids = torch.tensor([[5, 0, 7, 0], [0, 0, 0, 0], [9, 9, 9, 9]])  # padding anywhere, a row of it
    packed = Packed.of(ids)
    assert packed.offsets.tolist() == [0, 2, 2, 6]
    x = torch.randn(3, 4, 5)
    assert torch.equal(packed.unpack(packed.pack(x)), x * (ids != PAD)[..., None])


def test_where_sentences_are_packed():
    gpu, cpu = torch.device("cuda"), torch.device("cpu")
    half = made().bfloat16()
    assert half._packs(gpu)
    assert not half._packs(cpu)
    assert not made()._packs(gpu)  # float32
    assert not made(h=4).bfloat16()._packs(gpu)  # heads of width 4
    assert not made(d_k=16).bfloat16()._packs(gpu)  # beside values of width 8
    assert not made(encoder="convolution").bfloat16()._packs(gpu)
    dropping = made(attention_dropout=0.1).bfloat16()
    assert not dropping._packs(gpu)
    assert dropping.eval()._packs(gpu)
    with recorded_attention(half):
        assert not half._packs(gpu)


@pytest.mark.gpu
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_flash_kernel_agrees_with_float32(options):
    """States and gradients in bfloat16 by packed sentences, on a GPU, against padded float32 on the CPU."""
    reference = made(**options)
    model = copy.deepcopy(reference).cuda()
    real = TGT != PAD
    expected = reference.states(SRC, TGT)[real]
    expected.square().sum().backward()
    with torch.autocast("cuda", torch.bfloat16):
        assert model._packs(torch.device("cuda"))
        found = model.states(SRC.cuda(), TGT.cuda())[real.cuda()]
    torch.testing.assert_close(found.float().cpu(), expected, atol=0.05, rtol=0.05)
    found.float().square().sum().backward()
    for mine, theirs in zip(model.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(
            mine.grad.cpu(), theirs.grad, atol=0.05 * float(theirs.grad.abs().max()) + 1e-6, rtol=0.1
        )
