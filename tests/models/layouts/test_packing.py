"""Where sentences are packed, by the network and the device."""

import torch

from repro.models import PackedSeq2Seq, RecurrentSeq2Seq
from repro.models.attention import recorded_attention
from tests.models.layouts.test_packed import made


def test_where_sentences_are_packed(monkeypatch):
    gpu, cpu = torch.device("cuda"), torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))
    half = made().bfloat16()
    assert half.packs(gpu)
    assert not half.packs(torch.device("meta"))
    assert not made().packs(gpu)  # float32
    assert not made(h=4).bfloat16().packs(gpu)  # heads of width 4
    assert not made(d_model=512, h=1).bfloat16().packs(gpu)  # one of width 512
    additive = made(compatibility="additive").bfloat16()
    assert not additive.packs(gpu)
    dropping = made(attention_dropout=0.1).bfloat16()
    assert not dropping.packs(gpu)
    assert dropping.eval().packs(gpu)
    for packing in (made(), half, made(h=4), dropping.train(), additive):
        assert packing.packs(cpu)
    for device in (gpu, cpu):
        assert not made(d_k=16).bfloat16().packs(device)  # beside values of width 8
        assert not made(encoder="convolution").bfloat16().packs(device)
        with recorded_attention(half):
            assert not half.packs(device)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (7, 5))
    assert not half.packs(gpu)  # older than the kernel


def test_a_recurrent_network_does_not_pack():
    assert isinstance(made(), PackedSeq2Seq)
    assert not isinstance(RecurrentSeq2Seq(V=20, d_model=16), PackedSeq2Seq)
