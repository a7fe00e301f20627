"""Which trained adversary counts as the closest, and what imitation alone costs."""

import pytest
import torch

from ablations.explanation.adversarial_training import DistanceFromBase
from ablations.explanation.experiments.wiegreffe import _closest


def test_what_imitation_alone_costs_is_taken_off_the_closest_adversary() -> None:
    def point(jsd: float, tvd: float) -> DistanceFromBase:
        return DistanceFromBase(torch.tensor([jsd]), torch.tensor([tvd]), 0.5)

    curve = [(0.0, point(0.02, 0.06)), (0.001, point(0.5, 0.07)), (0.01, point(0.6, 0.3))]
    found = {each.name: each.value for each in _closest(curve)}
    assert found["adversarial.closest.tvd"] == pytest.approx(0.07)
    assert found["adversarial.closest.excess"] == pytest.approx(0.01)
    assert [each.value for each in _closest(curve[:1])] == [None] * 4
