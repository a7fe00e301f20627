"""Divergence between seeds, and how adversaries compare with it."""

import numpy as np
import pytest
import torch

from ablations.explanation.distances import LARGEST_JSD, jsd
from ablations.explanation.predictions import Predictions
from ablations.explanation.seed_variance import seed_variance


def predictions(seed: int, instances: int = 6, n: int = 5, sharp: float = 1.0) -> Predictions:
    generator = np.random.default_rng(seed)
    alpha = torch.from_numpy(generator.dirichlet(np.full(n, 1 / sharp), instances))
    ones = torch.from_numpy(generator.random(instances))
    return Predictions(torch.stack([1 - ones, ones], dim=1), alpha, torch.arange(instances) % 2)


def test_the_median_over_seeds_is_numpys() -> None:
    base, others = predictions(0), [predictions(seed) for seed in range(1, 5)]
    found = seed_variance(base, others)
    by_hand = np.median([jsd(base.alpha, each.alpha).numpy() for each in others], axis=0)
    assert found.median_jsd.numpy() == pytest.approx(by_hand)
    outputs = np.median([(each.probabilities - base.probabilities)[:, 1].abs().numpy() for each in others], axis=0)
    assert found.median_tvd.numpy() == pytest.approx(outputs)
    assert torch.equal(found.largest, base.alpha.max(dim=1).values)
    assert sum(each.summary.count for each in found.bins(2)["all"]) == 6


def test_equal_models_do_not_differ_and_every_adversary_is_beyond_them() -> None:
    base = predictions(0)
    found = seed_variance(base, [base, base, base])
    assert found.jsd.abs().max() < 1e-12
    beside = found.compare_with(torch.full((6,), 0.5))
    assert (beside.seeds.mean, beside.beyond_median, beside.beyond_all) == (pytest.approx(0, abs=1e-12), 1, 1)


def test_an_adversary_may_be_beyond_the_median_and_not_beyond_all() -> None:
    base = predictions(0)
    opposite = Predictions(base.probabilities, torch.nn.functional.pad(base.alpha, (5, 0)), base.labels)
    wide = Predictions(base.probabilities, torch.nn.functional.pad(base.alpha, (0, 5)), base.labels)
    found = seed_variance(wide, [wide, wide, opposite])
    assert found.jsd[2].numpy() == pytest.approx(np.full(6, LARGEST_JSD))
    beside = found.compare_with(torch.full((6,), 0.3))
    assert (beside.beyond_median, beside.beyond_all) == (1, 0)
