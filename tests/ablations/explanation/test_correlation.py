"""Models whose attention is their explanation by construction, or is not, or has no order."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import kendalltau

from ablations.explanation.correlation import SIGNIFICANT_P, Agreement, correlations
from ablations.explanation.importance import gradient, leave_one_out
from tests.ablations.explanation.planted import Explaining, Irrelevant, Planted, Recurrent, Uniform, a_batch

LENGTHS = [12 + i % 9 for i in range(40)]
PAIRS = [("attention", "gradient"), ("attention", "leave-one-out"), ("gradient", "leave-one-out")]


def measured(model: Planted, padding: int = 0):
    batch = a_batch(LENGTHS, padding=padding)
    with torch.no_grad():
        logits, alpha = model(batch)
    rankings = {"attention": alpha, "gradient": gradient(model, batch), "leave-one-out": leave_one_out(model, batch)}
    return correlations(rankings, batch.attendable, logits.argmax(dim=1)), rankings, batch


def of_all(found) -> dict[tuple[str, str], Agreement]:
    return {pair: each.table(2)["all"] for pair, each in found.items()}


def test_attention_that_explains_agrees_with_the_gradient_everywhere() -> None:
    found, _, _ = measured(Explaining())
    assert (found["attention", "gradient"].tau == 1).all()
    assert of_all(found)["attention", "gradient"] == Agreement(1.0, 0.0, 1.0, 40, 0)


def test_attention_that_explains_nothing_agrees_with_nothing() -> None:
    found, _, _ = measured(Irrelevant())
    agreement = of_all(found)
    assert abs(agreement["attention", "gradient"].mean) < 0.2
    assert agreement["attention", "gradient"].significant < 0.4
    assert agreement["gradient", "leave-one-out"].mean > 0.4


def test_uniform_attention_has_no_tau_and_is_said_to_have_none() -> None:
    found, _, _ = measured(Uniform())
    agreement = of_all(found)
    assert math.isnan(agreement["attention", "gradient"].mean)
    assert math.isnan(agreement["attention", "gradient"].significant)
    assert (agreement["attention", "gradient"].count, agreement["attention", "gradient"].undefined) == (0, 40)
    assert agreement["gradient", "leave-one-out"].undefined == 0


def test_the_table_is_scipys_instance_by_instance() -> None:
    found, rankings, batch = measured(Recurrent())
    assert list(found) == PAIRS
    for one, other in PAIRS:
        each = found[one, other]
        alone = [
            kendalltau(rankings[one][row, places].numpy(), rankings[other][row, places].numpy())
            for row, places in enumerate(batch.attendable)
        ]
        for name, which in [("all", [True] * 40), ("1", (each.predicted == 1).tolist())]:
            chosen = [tau for tau, wanted in zip(alone, which, strict=True) if wanted]
            assert chosen
            row = each.table(2)[name]
            assert row.mean == pytest.approx(np.mean([tau.statistic for tau in chosen]))
            assert row.deviation == pytest.approx(np.std([tau.statistic for tau in chosen]))
            assert row.significant == pytest.approx(np.mean([tau.pvalue <= SIGNIFICANT_P for tau in chosen]))
            assert row.count == len(chosen)


def test_padding_does_not_matter() -> None:
    narrow, wide = measured(Recurrent())[0], measured(Recurrent(), padding=6)[0]
    for pair in PAIRS:
        assert torch.equal(narrow[pair].tau, wide[pair].tau)
