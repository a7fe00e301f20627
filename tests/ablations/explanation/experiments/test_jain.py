"""The first paper's numbers on planted models: which ranking is correlated with which, and which bound counts."""

from types import SimpleNamespace

import pytest
import torch
from scipy.stats import kendalltau

from ablations.explanation.adversary import Adversaries
from ablations.explanation.definitions import SAME_OUTPUT
from ablations.explanation.experiments.jain import adversary, correlation, permutation
from ablations.explanation.permutation import PermutationEffect

CLASSES = ["no", "yes"]


def bench(**parts: object) -> SimpleNamespace:
    """A workbench with only what the experiment looks at."""
    config = SimpleNamespace(permutations=10, adversaries=2, adversary_steps=5)
    dataset = SimpleNamespace(classes=CLASSES, has_questions=False)
    return SimpleNamespace(config=config, dataset=dataset, seed=1, views=[None], **parts)


def values(experiment, planted: SimpleNamespace) -> dict[str, float | None]:
    return {each.name: each.value for each in experiment(planted).metrics}


def test_each_tau_is_that_of_its_two_rankings() -> None:
    attention, gradient, leave_one_out = torch.rand(3, 6, 8, generator=torch.Generator().manual_seed(1))
    where = torch.ones(6, 8, dtype=torch.bool)
    where[0, 5:] = False
    predicted = torch.tensor([0, 1, 1, 0, 1, 0])
    planted = bench(
        attention=attention, gradient=gradient, leave_one_out=leave_one_out, where=where, predicted=predicted
    )
    found = values(correlation, planted)
    pairs = {
        "tau.gradient": (attention, gradient),
        "tau.leave_one_out": (attention, leave_one_out),
        "tau.measures": (gradient, leave_one_out),
    }
    for name, (one, other) in pairs.items():
        results = [kendalltau(one[i][where[i]], other[i][where[i]]) for i in range(6)]
        taus = torch.tensor([result.statistic for result in results])
        assert found[name] == pytest.approx(float(taus.mean()), abs=1e-6)
        assert found[f"{name}.class_1"] == pytest.approx(float(taus[predicted == 1].mean()), abs=1e-6)
        assert found[f"{name}.significant"] == sum(result.pvalue <= 0.05 for result in results) / 6
    assert len({round(found[name], 6) for name in pairs}) == 3


def test_shuffling_matters_above_the_bound_and_not_at_it() -> None:
    change = torch.tensor([0.0, SAME_OUTPUT, SAME_OUTPUT + 0.001, 0.5], dtype=torch.float64)
    effect = PermutationEffect(
        change=change,
        kept=torch.tensor([1.0, 0.9, 0.5, 0.2]),
        largest=torch.tensor([0.1, 0.3, 0.6, 0.9]),
        predicted=torch.tensor([0, 1, 0, 1]),
        example=torch.zeros(4, 3),
    )
    found = values(permutation, bench(results=lambda look, label: effect))
    assert found["permutation.matters"] == 0.5
    assert found["permutation.change"] == pytest.approx(float(change.mean()))
    assert found["permutation.same_class"] == pytest.approx(0.65)
    assert found["permutation.change.above_0.75"] == pytest.approx(0.5)


def test_the_text_admits_a_change_of_0_01_and_the_code_s_report_one_of_0_05() -> None:
    """Of two adversaries a text, the farther one changes the output by 0.03: only the report admits it."""
    tvd = torch.tensor([[0.005, 0.03], [0.009, 0.03], [0.2, 0.03], [0.2, 0.3]], dtype=torch.float64)
    jsd = torch.tensor([[0.2, 0.6], [0.4, 0.5], [0.6, 0.3], [0.6, 0.6]], dtype=torch.float64)
    own = torch.full((4, 3), 1 / 3, dtype=torch.float64)
    adversaries = Adversaries(
        own[:, None].expand(-1, 2, -1), jsd, tvd, own, torch.full((4,), 0.3), torch.tensor([0, 1, 0, 1])
    )
    found = values(adversary, bench(adversaries=adversaries))
    assert found["adversary.jsd"] == pytest.approx((0.2 + 0.4 + 0 + 0) / 4)
    assert found["adversary.found"] == 0.5
    assert found["adversary.report.jsd"] == pytest.approx((0.6 + 0.5 + 0.3 + 0) / 4)
    assert found["adversary.report.found"] == 0.75
    assert found["adversary.jsd.median"] == pytest.approx(0.1)
    assert found["adversary.report.tvd"] == pytest.approx(0.03 * 3 / 4)
