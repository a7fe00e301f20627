"""The objective by hand, its gradient at padding, and a model that learns to look elsewhere."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ablations.explanation.adversarial_training import DistanceFromBase, closest, distance_from_base, imitate
from ablations.explanation.models.protocol import distribution
from ablations.explanation.predictions import Predictions
from tests.ablations.explanation.planted import Explaining, Planted, Recurrent, a_batch, masked_softmax

LENGTHS = [9, 5, 12, 4]


def base_of(model: Planted, batch) -> Predictions:
    with torch.no_grad():
        logits, alpha = model(batch)
    return Predictions(distribution(logits), alpha, batch.labels)


def test_the_objective_by_hand_with_instances_in_any_order() -> None:
    batch = a_batch(LENGTHS)
    base, model = base_of(Recurrent(seed=1), batch), Recurrent(seed=2)
    chosen = batch.rows(torch.tensor([2, 0]))
    with torch.no_grad():
        logits, alpha = model(chosen)
    by_hand = []
    for row, instance in enumerate([2, 0]):
        places = batch.attendable[instance]
        p, q = alpha[row][places], base.alpha[instance][places]
        away = float((p * (p / q).log()).sum())
        output = float((distribution(logits)[row, 1] - base.probabilities[instance, 1]).abs())
        by_hand.append((output / 2 - 0.3 * away, output - 0.3 * away))
    half, whole = np.mean(by_hand, axis=0)
    assert imitate(base, 0.3)(model, chosen).item() == pytest.approx(half)
    assert imitate(base, 0.3, form="whole")(model, chosen).item() == pytest.approx(whole)


def test_neither_padding_nor_a_weight_of_0_makes_the_gradient_no_number() -> None:
    batch = a_batch(LENGTHS, padding=4)
    base = base_of(Recurrent(seed=1), batch)
    base.alpha[0, 1] = 0
    model = Recurrent(seed=2)
    imitate(base, 0.001)(model, batch).backward()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in model.parameters())


class Free(nn.Module):
    """Outputs of one model under weights that are parameters of each place."""

    def __init__(self, model: Planted, n: int) -> None:
        super().__init__()
        self.model, self.classes = model, model.classes
        self.scores = nn.Parameter(torch.zeros(20, n, dtype=torch.float64))

    def forward(self, batch) -> tuple[Tensor, Tensor]:
        hidden = self.model.embed(batch.tokens).detach()
        alpha = masked_softmax(self.scores[batch.index], batch)
        return self.model.decide(hidden, alpha, batch), alpha


def test_a_larger_lambda_goes_farther_and_0_goes_back_to_the_outputs() -> None:
    batch, model = a_batch([8 + i % 5 for i in range(20)]), Explaining()
    base, found = base_of(model, batch), []
    for strength in (0.0, 0.02, 1.0):
        free = Free(model, batch.tokens.shape[1])
        optimiser = torch.optim.Adam([free.scores], lr=0.2, amsgrad=True)
        objective = imitate(base, strength)
        for _ in range(80):
            optimiser.zero_grad()
            objective(free, batch).backward()
            optimiser.step()
        found.append(distance_from_base(base, base_of(free, batch)))  # type: ignore[arg-type]
    assert found[0].mean_tvd < 0.02
    assert found[0].mean_jsd < found[1].mean_jsd < found[2].mean_jsd < math.log(2)
    assert found[1].mean_tvd < found[2].mean_tvd


def test_a_model_is_not_apart_from_itself() -> None:
    batch = a_batch(LENGTHS)
    base = base_of(Recurrent(), batch)
    found = distance_from_base(base, base)
    assert (found.mean_jsd, found.mean_tvd, found.f1) == (0, 0, base.f1)


def test_the_closest_of_those_that_are_far() -> None:
    def point(jsd: float, tvd: float) -> DistanceFromBase:
        return DistanceFromBase(torch.tensor([jsd - 0.1, jsd + 0.1]), torch.tensor([tvd, tvd]), 0.8)

    curve = [(0.1, point(0.3, 0.01)), (0.2, point(0.5, 0.03)), (0.3, point(0.6, 0.2))]
    chosen = closest(curve)
    assert chosen is not None
    assert chosen[0] == 0.2
    assert closest(curve[:1]) is None
    control = (0.0, point(0.6, 0.001))
    assert closest([control, *curve]) == chosen
    assert closest([control]) is None
