"""Reviews turned around: a bag of words cannot notice, a recurrent model does."""

import dataclasses

import pytest
import torch
from torch import Tensor

from ablations.explanation.data.dataset import Batch
from ablations.explanation.reordering import compare_orders
from tests.ablations.explanation.planted import Explaining, Recurrent, Uniform, a_batch

LENGTHS = [9, 5, 12, 4]


def turned(batch: Batch) -> tuple[Batch, Tensor]:
    """Words in opposite order between the special ones."""
    at = torch.arange(batch.tokens.shape[1]).expand_as(batch.tokens)
    places = torch.where(batch.attendable, batch.lengths[:, None] - 1 - at, at)
    return dataclasses.replace(batch, tokens=batch.tokens.gather(1, places)), places


def test_a_bag_of_words_cannot_notice() -> None:
    batch = a_batch(LENGTHS)
    found = compare_orders(Explaining(), batch, *turned(batch))
    assert found.share_that_stays == 1
    assert found.tvd.max() < 1e-14
    assert found.jsd.abs().max() < 1e-14
    assert torch.allclose(found.tau[found.tau.isfinite()], torch.ones(()).double())
    assert torch.allclose(found.moved, found.own)


def test_weights_are_matched_by_word() -> None:
    batch, model = a_batch(LENGTHS), Recurrent()
    reordered, places = turned(batch)
    found = compare_orders(model, batch, reordered, places)
    alpha = model(reordered)[1]
    for row, length in enumerate(LENGTHS):
        assert torch.equal(found.moved[row, 1 : length - 1], alpha[row, 1 : length - 1].flip(0))
    assert torch.allclose(found.moved.sum(dim=1), torch.ones(4).double())
    assert found.tvd.max() > 0.01
    assert found.summaries()["jsd"].mean > 0.001
    assert found.summaries()["tau"].count == 4


def test_uniform_weights_have_no_order_to_keep() -> None:
    batch = a_batch(LENGTHS)
    found = compare_orders(Uniform(), batch, *turned(batch))
    assert found.summaries()["tau"].undefined == 4
    assert found.jsd.max() < 1e-14


def test_places_that_lead_to_other_words_are_refused() -> None:
    batch = a_batch(LENGTHS)
    reordered, places = turned(batch)
    with pytest.raises(ValueError, match="same words"):
        compare_orders(Explaining(), batch, reordered, places.roll(1, dims=1))
