"""The second paper's numbers on planted models: what is subtracted from what, and which adversary is the closest."""

import math
from types import SimpleNamespace

import pytest
import torch

from ablations.explanation.adversarial_training import DistanceFromBase
from ablations.explanation.distances import jsd
from ablations.explanation.experiments import wiegreffe
from ablations.explanation.experiments.wiegreffe import _closest
from ablations.explanation.predictions import Predictions


def test_what_imitation_alone_costs_is_taken_off_the_closest_adversary() -> None:
    def point(jsd: float, tvd: float) -> DistanceFromBase:
        return DistanceFromBase(torch.tensor([jsd]), torch.tensor([tvd]), 0.5)

    curve = [(0.0, point(0.02, 0.06)), (0.001, point(0.5, 0.07)), (0.01, point(0.6, 0.3))]
    found = {each.name: each.value for each in _closest(curve)}
    assert found["adversarial.closest.tvd"] == pytest.approx(0.07)
    assert found["adversarial.closest.excess"] == pytest.approx(0.01)
    assert [each.value for each in _closest(curve[:1])] == [None] * 4


def predictions(probability_of_1: list[float], labels: list[int], alpha: list[list[float]]) -> Predictions:
    one = torch.tensor(probability_of_1)
    return Predictions(torch.stack([1 - one, one], dim=1), torch.tensor(alpha), torch.tensor(labels))


LABELS = [1, 1, 0, 0]
FLAT, LEFT, RIGHT = [1 / 3] * 3, [0.8, 0.1, 0.1], [0.1, 0.1, 0.8]
PERFECT = predictions([0.9, 0.8, 0.1, 0.2], LABELS, [LEFT] * 4)
HALF_FOUND = predictions([0.9, 0.1, 0.1, 0.2], LABELS, [FLAT] * 4)  # F1 is 2/3


def test_what_uniform_weights_lose_is_learned_minus_uniform(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiegreffe, "predict", lambda model, dataset, split: {"uniform": HALF_FOUND}[model])
    bench = SimpleNamespace(
        seed=1,
        dataset=SimpleNamespace(splits={"test": LABELS}),
        other=lambda seed, attention, label: attention,
        predictions=lambda split: PERFECT,
    )
    found = {each.name: each.value for each in wiegreffe.uniform(bench).metrics}
    assert found["uniform.f1"] == pytest.approx(2 / 3)
    assert found["uniform.loss"] == pytest.approx(1 / 3)


def test_gains_are_those_over_uniform_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    f1 = {"uniform": 0.6, "trained": 0.9, "base": 0.8, "adversary": 0.3}
    monkeypatch.setattr(wiegreffe, "_curve", lambda bench: [])
    monkeypatch.setattr(wiegreffe, "closest", lambda curve: (0.1, SimpleNamespace(mean_jsd=0.5)))
    monkeypatch.setattr(wiegreffe, "adversary_model", lambda bench, strength: None)
    monkeypatch.setattr(wiegreffe, "predict", lambda model, dataset, split: PERFECT)
    monkeypatch.setattr(wiegreffe, "diagnose", lambda guides, train: SimpleNamespace(f1=f1))
    config = SimpleNamespace(guide_epochs=1, guide_rate=0.1, batch_size=2)
    bench = SimpleNamespace(config=config, dataset=None, predictions=lambda split: PERFECT)
    found = {each.name: each.value for each in wiegreffe.guiding(bench).metrics}
    assert found["guides.gain.base"] == pytest.approx(0.2)
    assert found["guides.gain.adversary"] == pytest.approx(-0.3)
    assert found["guides.gain.trained"] == pytest.approx(0.3)
    assert found["guides.gain.base_over_adversary"] == pytest.approx(0.5)


def test_adversaries_are_counted_beyond_the_median_seed_and_beyond_every_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three seeds at 0, at the way to FLAT and at that to RIGHT; texts whose adversary is beyond none, one and all."""
    base = predictions([0.9, 0.8, 0.1], [1, 1, 0], [LEFT] * 3)
    others = {
        weights: predictions([0.9, 0.8, 0.1], [1, 1, 0], [row] * 3)
        for weights, row in (("same", LEFT), ("flat", FLAT), ("right", RIGHT))
    }
    flat, right = (float(jsd(torch.tensor(row), torch.tensor(LEFT))) for row in (FLAT, RIGHT))
    reached = torch.tensor([flat / 2, (flat + right) / 2, (right + math.log(2)) / 2])
    monkeypatch.setattr(wiegreffe, "predict", lambda model, dataset, split: others[model])
    bench = SimpleNamespace(
        config=SimpleNamespace(other_seeds=3, experiments=["seeds", "adversary"]),
        dataset=SimpleNamespace(classes=["no", "yes"]),
        others=list(others),
        index=torch.arange(3),
        predictions=lambda split: base,
        adversaries=SimpleNamespace(best=lambda epsilon: SimpleNamespace(jsd=reached) if epsilon == 0.01 else None),
    )
    found = {each.name: each.value for each in wiegreffe.seeds(bench).metrics}
    assert found["seeds.jsd"] == pytest.approx(flat, rel=1e-5)
    assert found["seeds.tvd"] == 0
    assert found["seeds.beyond_median"] == pytest.approx(2 / 3)
    assert found["seeds.beyond_all"] == pytest.approx(1 / 3)
