"""Precision and area under the curve against counting pairs and drawing ties."""

import math

import numpy as np
import pytest
import torch

from ablations.explanation.evidence import coverage, rankings, score_ranking
from tests.ablations.explanation.planted import Explaining, Planted, Uniform, a_batch


def counted(ranking: list[float], evidence: list[bool]) -> tuple[float, float]:
    """Area by all pairs; precision as the mean over all orders of ties, drawn many times."""
    planted = [s for s, e in zip(ranking, evidence, strict=True) if e]
    other = [s for s, e in zip(ranking, evidence, strict=True) if not e]
    auc = np.mean([1.0 if a > b else 0.5 if a == b else 0.0 for a in planted for b in other])
    generator, k, hits = np.random.default_rng(0), len(planted), []
    for _ in range(4000):
        order = np.lexsort((generator.random(len(ranking)), -np.array(ranking)))
        hits.append(np.mean(np.array(evidence)[order[:k]]))
    return float(np.mean(hits)), float(auc)


@pytest.mark.parametrize("values", [3, 1000])
def test_both_measures_by_counting(values: int) -> None:
    generator = np.random.default_rng(values)
    batch = a_batch([12, 7, 20], padding=2)
    ranking = torch.from_numpy(generator.integers(values, size=batch.tokens.shape).astype(float))
    evidence = torch.from_numpy(generator.random(batch.tokens.shape) < 0.4)
    found = score_ranking(ranking, evidence, batch.attendable)
    for row, places in enumerate(batch.attendable):
        precision, auc = counted(ranking[row, places].tolist(), evidence[row, places].tolist())
        assert found.precision[row].item() == pytest.approx(precision, abs=0.02)
        assert found.auc[row].item() == pytest.approx(auc)


def test_perfect_reversed_and_constant_rankings() -> None:
    evidence = torch.tensor([[False, True, True, False, False, False]])
    where = torch.ones_like(evidence)
    for ranking, precision, auc in [(evidence, 1, 1), (~evidence, 0, 0), (where, 2 / 6, 0.5)]:
        found = score_ranking(ranking.double(), evidence, where)
        assert found.precision.item() == pytest.approx(precision)
        assert found.auc.item() == pytest.approx(auc)


def test_what_is_undefined_is_said_to_be() -> None:
    where = torch.ones(2, 3, dtype=torch.bool)
    found = score_ranking(torch.rand(2, 3), torch.tensor([[False] * 3, [True] * 3]), where)
    assert math.isnan(found.precision[0])
    assert found.precision[1] == 1
    assert found.auc.isnan().all()
    assert found.summaries()["precision"].undefined == 1


class Pointed(Planted):
    """Only words of low number say anything: their weight in the decision is large, that of all others tiny."""

    def __init__(self) -> None:
        super().__init__()
        self.vectors.data[:, 0] = 0.01 * self.vectors.data[:, 0]
        self.vectors.data[:15, 0] = 3
        self.W.data[:] = 0
        self.W.data[1, 0] = 1

    def attend(self, hidden, batch):
        return Explaining.attend(self, hidden, batch)  # type: ignore[arg-type]


def test_every_measure_finds_the_only_words_that_matter_and_chance_does_not() -> None:
    batch, model = a_batch([15] * 30), Pointed()
    evidence = (batch.tokens < 15) & batch.attendable
    found = {name: score_ranking(each, evidence, batch.attendable) for name, each in rankings(model, batch).items()}
    for name, each in found.items():
        # Vectors differ in what the decision does not read, so a vector's gradient has nothing of the word's size.
        if name not in ("chance", "gradient-norm"):
            assert each.summaries()["precision"].mean > 0.8, name
            assert each.summaries()["auc"].mean > 0.8, name
    assert found["attention"].auc.nanmean() == 1
    chance = found["chance"].precision
    share = evidence.sum(dim=1) / batch.attendable.sum(dim=1)
    assert torch.allclose(chance[~chance.isnan()], share[~chance.isnan()].double())


def test_scores_take_another_attention_and_coverage_is_its_share() -> None:
    batch, other = a_batch([6, 5]), torch.tensor([[0, 0.5, 0.2, 0.2, 0.1, 0], [0, 1.0, 0, 0, 0, 0]])
    assert rankings(Uniform(), batch, other)["attention"] is other
    evidence = torch.tensor([[False, True, False, False, True, False], [False, False, True, False, False, False]])
    assert coverage(other, evidence).tolist() == [pytest.approx(0.6), 0]
