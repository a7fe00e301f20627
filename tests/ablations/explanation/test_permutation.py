"""Shuffled attention against a loop, and models for which it must or cannot matter."""

import pytest
import torch

from ablations.explanation import random_draws, reference
from ablations.explanation.models.protocol import distribution
from ablations.explanation.permutation import permute
from tests.ablations.explanation.planted import Curved, Explaining, Irrelevant, Recurrent, Uniform, a_batch

LENGTHS = [9, 5, 12, 3]


@torch.no_grad()
def shares_of_the_same_class(model, batch, permutations: int, seed: int) -> list[float]:
    """Of each instance, the share of permutations that leave its class."""
    shares = []
    for instance in reference.instances(batch):
        hidden = model.encode(model.embed(instance.tokens), instance)
        alpha = model.attend(hidden, instance)
        orders = random_draws.permutations(instance, permutations, seed)[0]
        classes = [int(distribution(model.decide(hidden, alpha[:, order], instance))[0].argmax()) for order in orders]
        before = int(distribution(model.decide(hidden, alpha, instance))[0].argmax())
        shares.append(sum(each == before for each in classes) / permutations)
    return shares


@pytest.mark.parametrize("permutations", [7, 20])
@pytest.mark.parametrize("model", [Explaining(), Recurrent(classes=3), Curved()])
def test_the_changes_are_the_loops(model, permutations: int) -> None:
    batch = a_batch(LENGTHS, padding=3)
    found = permute(model, batch, permutations, seed=5)
    expected = reference.permute(model, batch, permutations, seed=5)
    assert found.change.numpy() == pytest.approx(expected.numpy(), abs=1e-7)
    assert found.change[3] == 0  # its only word
    assert found.kept.tolist() == pytest.approx(shares_of_the_same_class(model, batch, permutations, seed=5))


def test_weights_stay_the_same_ones_and_where_attention_may_go() -> None:
    batch, model = a_batch(LENGTHS, padding=3), Explaining()
    found = permute(model, batch, 5)
    alpha = model(batch)[1].detach()
    assert torch.equal(found.example.sort(dim=1).values, alpha.sort(dim=1).values)
    assert not torch.equal(found.example, alpha)
    assert (found.example[~batch.attendable] == 0).all()
    assert torch.equal(found.largest, alpha.max(dim=1).values)


@pytest.mark.parametrize("model", [Uniform(), Irrelevant()])
def test_shuffling_what_is_equal_or_unread_changes_nothing(model) -> None:
    found = permute(model, a_batch(LENGTHS), 10)
    assert found.change.max() < 1e-12
    assert (found.kept == 1).all()


def test_shuffling_matters_where_one_word_decides() -> None:
    class Pointing(Explaining):
        def attend(self, hidden, batch):
            return (super().attend(hidden, batch) ** 50).div((super().attend(hidden, batch) ** 50).sum(1, keepdim=True))

    found = permute(Pointing(), a_batch([30] * 50), 100)
    sharp = found.largest >= 0.75
    assert sharp.any()
    assert found.change[sharp].median() > 0.2
    assert (found.kept[sharp] < 1).all()
    bins = found.bins(2)
    assert bins["all"][3].summary.count == int(sharp.sum())
    assert sum(each.summary.count for name in "01" for each in bins[name]) == 50
