"""Sentences laid out in one buffer for a GPU, by hand."""

import pytest
import torch

from repro.models.layouts.sentences import MIN_SENTENCES, BufferFormat
from repro.models.masks import PAD
from tests.training.batches import BATCHES, batch_of


def format_of(batch):
    return BufferFormat.of(batch.src, batch.tgt, batch.capacity, batch.longest)


@pytest.mark.parametrize("lengths", BATCHES, ids=str)
def test_a_buffer_by_hand(lengths):
    batch = batch_of(lengths)
    form = format_of(batch)
    assert form.B == MIN_SENTENCES
    source, target, labels = form.read(form.write(batch.src, batch.tgt, batch.labels))
    for side, rows in ((source, batch.src), (target, batch.tgt)):
        assert len(side.ids) == len(side.places) == len(labels) == batch.capacity
        assert len(side.offsets) == form.B + 1
        begins, ends = side.offsets[:-1].tolist(), side.offsets[1:].tolist()
        assert begins[0] == 0
        assert ends[-1] == batch.capacity
        for b, (begin, end) in enumerate(zip(begins, ends, strict=True)):
            real = rows[b][rows[b] != PAD].tolist() if b < len(rows) else [PAD] * (end - begin)
            assert side.ids[begin:end].tolist() == real
            assert side.places[begin:end].tolist() == list(range(end - begin))
            assert end - begin <= batch.longest
    assert labels[labels != PAD].tolist() == batch.labels[batch.labels != PAD].tolist()
    assert torch.equal(labels != PAD, target.ids != PAD)


def test_sentences_are_rounded_up_to_a_power_of_two():
    assert format_of(batch_of([(1, 1)] * 40)).B == MIN_SENTENCES
    assert format_of(batch_of([(1, 1)] * 128, capacity=256)).B == 256  # and some of padding
    assert format_of(batch_of([(1, 1)] * 256, capacity=256)).B == 256
