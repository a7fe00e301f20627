"""Packed sentences: the same states and gradients as padded ones; the flash kernel itself needs a GPU."""

import copy

import pytest
import torch

from repro.models import Transformer
from repro.models.dot_product_attention import MAX_KEYS_WRITTEN_OUT
from repro.models.layouts.kernel_pairing import KernelPairing
from repro.models.layouts.packed import ROW_MULTIPLE, HeadRowPairing, Packed
from repro.models.masks import PAD
from tests.models.networks import one_by_one

SRC = torch.tensor([[4, 5, 6, 7, 2], [8, 9, 2, 0, 0], [5, 2, 0, 0, 0]])
TGT = torch.tensor([[1, 4, 9, 8], [1, 7, 7, 0], [1, 0, 0, 0]])

OPTIONS = [{}, {"norm": "pre"}, {"positions": "learned", "longest": 9}, {"causal": False}, {"scale": "none"}]


ADDITIVE = {"compatibility": "additive"}


def made(**options):
    sizes = {"V": 20, "N": 2, "d_model": 16, "d_ff": 24, "h": 2, "P_drop": 0.0}
    return Transformer(**{**sizes, **options}, seed=5)


@pytest.mark.parametrize(
    ("options", "kernel"),
    [
        *((options, kernel) for options in OPTIONS for kernel in ("padded rows of heads", "flash")),
        (ADDITIVE, "padded rows of heads"),
    ],
    ids=str,
)
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
        monkeypatch.setattr("torch.nn.attention.varlen.varlen_attn", counted(one_by_one))
        monkeypatch.setattr("repro.models.layouts.packed.HeadRowPairing", KernelPairing)
    else:
        monkeypatch.setattr(HeadRowPairing, "attend", counted(HeadRowPairing.attend))
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


@pytest.mark.parametrize("options", [{}, ADDITIVE], ids=str)
def test_a_source_of_padding_alone(options):
    """Nothing to attend to counts as zero, not as what happens to lie there."""
    model = made(**options)
    src = torch.cat([SRC, torch.zeros(1, 5, dtype=torch.long)])
    tgt = torch.cat([TGT, TGT[:1]])
    expected = model.states(src, tgt)[tgt != PAD]
    torch.testing.assert_close(model.real_states(src, tgt), expected, atol=1e-5, rtol=1e-5)


def test_long_rows():
    """Beyond the length up to which attention is two products and a softmax."""
    generator = torch.Generator().manual_seed(3)
    src, tgt = (torch.randint(4, 20, (2, MAX_KEYS_WRITTEN_OUT + 5), generator=generator) for _ in range(2))
    src[1, 7:], tgt[1, 9:] = PAD, PAD
    model = made()
    expected = model.states(src, tgt)[tgt != PAD]
    torch.testing.assert_close(model.real_states(src, tgt), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("options", [{}, ADDITIVE], ids=str)
def test_in_half_precision(options):
    model = made(**options)
    expected = model.states(SRC, TGT)[TGT != PAD]
    with torch.autocast("cpu", torch.bfloat16):
        found = model.real_states(SRC, TGT)
    torch.testing.assert_close(found.float(), expected, atol=0.05, rtol=0.05)
    found.float().sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters())


@pytest.mark.parametrize("options", [{}, ADDITIVE], ids=str)
def test_weights_of_attention_are_dropped(options):
    model = made(attention_dropout=0.5, **options)
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
    assert len(packed.places) == ROW_MULTIPLE
