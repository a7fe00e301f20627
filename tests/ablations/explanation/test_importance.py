"""Gradients against finite differences and closed forms, leave-one-out against a loop."""

import pytest
import torch

from ablations.explanation import reference
from ablations.explanation.importance import gradient, gradient_norm, integrated_gradients, leave_one_out, without
from ablations.explanation.models.protocol import distribution
from tests.ablations.explanation.planted import Curved, Explaining, Planted, Recurrent, a_batch

LENGTHS = [9, 5, 12, 4]
MEASURES = [gradient, gradient_norm, integrated_gradients, leave_one_out]


def slope(model: Planted, batch, row: int, place: int, along, through: bool, step: float = 1e-6):
    """Central difference of the outputs (classes) of one instance by moving one word's vector."""
    embedded = model.embed(batch.tokens).detach()
    hidden = model.encode(embedded, batch)
    alpha = model.attend(hidden, batch)
    ends = []
    for sign in (1, -1):
        moved = embedded.clone()
        moved[row, place] += sign * step * along
        hidden = model.encode(moved, batch)
        weights = model.attend(hidden, batch) if through else alpha
        ends.append(distribution(model.decide(hidden, weights, batch))[row])
    return (ends[0] - ends[1]) / (2 * step)


@pytest.mark.parametrize("through", [False, True])
@pytest.mark.parametrize("model", [Explaining(), Recurrent(), Recurrent(classes=3)])
@torch.no_grad()
def test_the_gradient_by_finite_differences(model, through: bool) -> None:
    batch = a_batch(LENGTHS)
    found = gradient(model, batch, through_attention=through)
    for row in range(2):
        places = batch.attendable[row].nonzero()[:, 0].tolist()
        predicted = model(batch)[0][row].argmax()
        by_hand = torch.stack(
            [slope(model, batch, row, t, model.embed(batch.tokens)[row, t], through)[predicted].abs() for t in places]
        )
        assert found[row, places].numpy() == pytest.approx((by_hand / by_hand.sum()).numpy(), rel=1e-5)


@torch.no_grad()
def test_the_length_of_the_gradient_by_finite_differences() -> None:
    batch, model = a_batch(LENGTHS), Recurrent()
    found = gradient_norm(model, batch)
    places = batch.attendable[0].nonzero()[:, 0].tolist()
    axes = torch.eye(model.vectors.shape[1], dtype=torch.float64)
    by_hand = torch.stack(
        [torch.stack([slope(model, batch, 0, t, axis, True)[1] for axis in axes]).norm() for t in places]
    )
    assert found[0, places].numpy() == pytest.approx((by_hand / by_hand.sum()).numpy(), rel=1e-5)


def test_with_attention_held_a_linear_models_gradient_is_weight_times_effect() -> None:
    batch, model = a_batch(LENGTHS), Explaining()
    alpha = model(batch)[1]
    effect = alpha * (model.embed(batch.tokens) @ (model.W[1] - model.W[0])).abs()
    expected = effect / effect.sum(dim=1, keepdim=True)
    assert torch.allclose(gradient(model, batch), expected)
    assert not torch.allclose(gradient(model, batch, through_attention=True), expected)


@pytest.mark.parametrize("model", [Explaining(), Recurrent(), Curved()])
def test_integrated_gradients_add_up_to_the_whole_change(model) -> None:
    batch = a_batch(LENGTHS)
    embedded = model.embed(batch.tokens)
    ends = []
    for vectors in (embedded, embedded * ~batch.attendable[..., None]):
        hidden = model.encode(vectors, batch)
        ends.append(distribution(model.decide(hidden, model.attend(hidden, batch), batch)))
    predicted = ends[0].argmax(dim=1, keepdim=True)
    change = (ends[0] - ends[1]).gather(1, predicted)[:, 0]
    found = integrated_gradients(model, batch, steps=150).sum(dim=1)
    assert found.detach().numpy() == pytest.approx(change.detach().numpy(), abs=2e-3)


@pytest.mark.parametrize("tokens", [1, 60, 100_000])
@pytest.mark.parametrize("model", [Explaining(), Recurrent(classes=3), Curved()])
def test_leave_one_out_is_the_loops(model, tokens: int) -> None:
    batch = a_batch([*LENGTHS, 3], padding=2)
    found = leave_one_out(model, batch, tokens=tokens)
    for row, expected in enumerate(reference.leave_one_out(model, batch)):
        assert found[row, : len(expected)].numpy() == pytest.approx(expected.numpy(), abs=1e-12)
    assert (found[~batch.attendable] == 0).all()
    assert (found[4] == 0).all()  # its only word


def test_a_word_is_removed_and_the_rest_moves_together() -> None:
    batch = a_batch([5, 7])
    less = without(batch, torch.tensor([0, 1, 1]), torch.tensor([1, 5, 3]))
    first, second = batch.tokens.tolist()
    assert less.tokens.tolist() == [
        [first[0], first[2], first[3], first[4], 0, 0],
        second[:5] + second[6:],
        second[:3] + second[4:],
    ]
    assert less.lengths.tolist() == [4, 6, 6]
    assert less.attendable.sum(dim=1).tolist() == [2, 4, 4]
    assert less.index.tolist() == [0, 1, 1]


@pytest.mark.parametrize("measure", MEASURES)
def test_padding_never_matters(measure) -> None:
    model = Recurrent()
    narrow, wide = measure(model, a_batch(LENGTHS)), measure(model, a_batch(LENGTHS, padding=5))
    assert torch.allclose(wide[:, : narrow.shape[1]], narrow, rtol=0, atol=1e-12)
    assert (wide[:, narrow.shape[1] :] == 0).all()
    assert wide.isfinite().all()


@pytest.mark.parametrize("measure", MEASURES)
def test_the_model_is_left_as_it_was(measure) -> None:
    model = Recurrent()
    before = [parameter.clone() for parameter in model.parameters()]
    with torch.no_grad():
        measure(model, a_batch(LENGTHS))
    assert all(torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))
    assert all(parameter.grad is None for parameter in model.parameters())
