"""The curve beside a list of all combinations, made by loops that know nothing of it, on planted records."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from reports.claims.claim_file import shipped_claims
from reports.figures.explanation.models import models_at
from reports.figures.explanation.specifications import CANDIDATES, curve_of, most_disagreeing
from reports.verdicts.rules import observe
from repro.statistics.statements import ALPHA_AGAINST, ALPHA_FOR
from tests.reports.records import planted, records_of

MODELS = ("bilstm-additive", "average")
PERMUTATION = "jain2019-section4.2.1-permutation"
TAU = "jain2019-section4.1-weak-gradient"
PEAKED = ("all", "under_0.25", "under_0.5", "under_0.75", "above_0.75")
SEEDS = range(1, 6)


def metrics_of(row, seed):
    """Numbers made up from names, so that answers differ; one bin is empty, and one has fewer seeds."""
    noise = np.random.default_rng([seed, MODELS.index(row)]).normal(scale=0.02, size=100)
    values = {}
    for place, name in enumerate(["permutation.change", *(f"permutation.change.{bin_}" for bin_ in PEAKED[1:])]):
        values[name] = 0.03 * (place + MODELS.index(row)) + noise[place]
    values["permutation.matters"] = 0.3 + 0.4 * MODELS.index(row) + noise[10]
    values["permutation.change.above_0.75"] = None
    if seed == 5:
        values["permutation.change.under_0.75"] = None
    for place, (measure, group, what) in enumerate(
        itertools.product(("gradient", "leave_one_out", "measures"), ("", ".class_0", ".class_1"), ("", ".significant"))
    ):
        values[f"tau.{measure}{group}{what}"] = 0.1 * (place % 9) + 0.1 * MODELS.index(row) + noise[20 + place]
    return values


@pytest.fixture(scope="module")
def records():
    runs = []
    for row, seed in itertools.product(MODELS, SEEDS):
        data = {"corpus": "sst2", "classes": ["negative", "positive"]}
        runs.append(planted("explanation", row, seed, metrics_of(row, seed), scale="sst2", data=data))
    return records_of(runs)


@pytest.fixture(scope="module")
def models(records):
    return models_at(records, "sst2")


def answer(values, limit, stated):
    """Of one-sided t tests, by SciPy."""
    if len(values) < len(SEEDS):
        return "open"
    less, greater = (stats.ttest_1samp(values, limit, alternative=side).pvalue for side in ("less", "greater"))
    p_for, p_opposite = (less, greater) if stated == "lower" else (greater, less)
    return "holds" if p_for <= ALPHA_FOR else "false" if p_opposite <= ALPHA_AGAINST else "open"


def known(row, name, minus=None):
    found = {seed: metrics_of(row, seed).get(name) for seed in SEEDS}
    other = {seed: metrics_of(row, seed).get(minus) if minus else 0.0 for seed in SEEDS}
    return [found[seed] - other[seed] for seed in SEEDS if found[seed] is not None and other[seed] is not None]


def listed_permutation():
    for row, texts, summary, little in itertools.product(MODELS, PEAKED, ("share", "mean"), ("0.05", "0.01")):
        limit = float(little)
        if summary == "share":
            name, limit = "permutation.matters", 0.5
            values = known(row, name) if (texts, little) == ("all", "0.05") else []
        else:
            values = known(row, "permutation.change" + ("" if texts == "all" else f".{texts}"))
        yield (row, texts, summary, little), values, limit, "lower"


def listed_tau(minus):
    for row, texts, measure, summary in itertools.product(
        MODELS, ("all", "class_0", "class_1"), ("gradient", "leave_one_out"), ("mean", "significant")
    ):
        ending = {"all": "", "class_0": ".class_0", "class_1": ".class_1"}[texts]
        ending += ".significant" if summary == "significant" else ""
        options = (row, texts, measure, summary)
        if minus:
            yield options, known(row, f"tau.measures{ending}", f"tau.{measure}{ending}"), 0.0, "higher"
        else:
            yield options, known(row, f"tau.{measure}{ending}"), 0.5, "lower"


@pytest.mark.parametrize(
    ("claim", "listed", "order"),
    [
        (PERMUTATION, list(listed_permutation()), ("model", "texts", "summary", "little")),
        (TAU, list(listed_tau(minus=False)), ("model", "texts", "measure", "summary")),
        (
            "jain2019-section4.1-importance-agrees-more",
            list(listed_tau(minus=True)),
            ("model", "texts", "measure", "summary"),
        ),
    ],
)
def test_the_curve_is_the_list_of_all_combinations(claim, listed, order, models):
    curve = curve_of(claim, models)
    found = {tuple(each.options[choice] for choice in order): each for each in curve.specifications}
    there = {options: (values, limit, stated) for options, values, limit, stated in listed if values}
    assert len(found) == len(curve.specifications)
    assert found.keys() == there.keys()
    assert curve.absent == len(listed) - len(there)
    for options, (values, limit, stated) in there.items():
        assert found[options].mean.value == pytest.approx(np.mean(values))
        assert found[options].distance == pytest.approx(np.mean(values) - limit)
        assert found[options].answer == answer(values, limit, stated)
    distances = [each.distance for each in curve.specifications]
    assert distances == sorted(distances)
    assert len(set(curve.counts())) > 1  # or the plant would show nothing


def test_a_pair_in_three_disagrees(models):
    curve = curve_of(PERMUTATION, models)
    answers = [each.answer for each in curve.specifications]
    pairs = list(itertools.combinations(answers, 2))
    assert curve.disagreement == pytest.approx(sum(a != b for a, b in pairs) / len(pairs))


def test_the_claim_with_most_disagreement_comes_first(models):
    curves = most_disagreeing(models)
    assert {curve.claim for curve in curves} == CANDIDATES.keys() - {"jain2019-section4.2.2-adversarial"}
    assert [curve.disagreement for curve in curves] == sorted((it.disagreement for it in curves), reverse=True)


@pytest.mark.parametrize("claim", CANDIDATES)
def test_the_claims_own_choices_ask_what_the_claim_asks(claim, records, models):
    """The claims' files say the same metric, side and limit, and their rule measures the same."""
    [asked] = [each for each in shipped_claims() if each.id == claim]
    question = asked.test.questions["sst2"]
    candidate = CANDIDATES[claim]
    own = {
        "model": question.row,
        "texts": "all",
        **{choice: options[0] for choice, options in candidate.choices.items()},
    }
    limit = question.below if candidate.stated == "lower" else question.above
    assert candidate.metrics(own)[0] == question.metric
    if isinstance(limit, str):
        assert (candidate.metrics(own)[1], candidate.limit(own)) == (limit, 0.0)
    else:
        assert candidate.limit(own) == limit
    curve = curve_of(claim, models)
    if curve.specifications:
        [specification] = [each for each in curve.specifications if each.own]
        measured = observe(asked, question, records, 0.05).measured
        assert specification.mean.value == pytest.approx(measured.value)
        assert (specification.mean.low, specification.mean.high) == pytest.approx((measured.low, measured.high))


def test_without_spread_over_seeds_nothing_is_decided():
    same = [planted("explanation", "average", seed, {"permutation.matters": 0.0}, scale="sst2") for seed in SEEDS]
    [only] = curve_of(PERMUTATION, models_at(records_of(same), "sst2")).specifications
    assert (only.answer, only.mean.value, only.own) == ("open", 0.0, True)


def test_half_of_the_largest_divergence_is_said_in_words():
    limit = CANDIDATES["jain2019-section4.2.2-adversarial"].limit
    assert limit({"far": "half"}) == pytest.approx(math.log(2) / 2)
    assert round(limit({"far": "half"}), 2) == 0.35
