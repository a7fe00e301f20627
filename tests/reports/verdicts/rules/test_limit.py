"""A mean over seeds against a number, or against another metric of the same runs."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from repro.ledger.grids.condition import Condition
from repro.metric_declaration import MetricDeclaration
from tests.reports.judging import QUESTION, claim, verdict_of
from tests.reports.records import planted

TAUS = [0.31, 0.35, 0.33, 0.30, 0.36]


def limited(values=TAUS, others=None, **limit):
    question = replace(QUESTION, base=None, margin=None, **limit)
    others = others or [0.0] * len(values)
    both = zip(values, others, strict=True)
    records = [planted("g", "row", seed, {"m": one, "other": two}) for seed, (one, two) in enumerate(both, 1)]
    return verdict_of(claim("limit", question), *records)


@pytest.mark.parametrize(
    ("limit", "word", "ground"),
    [
        ({"below": 0.5}, "reproduced", "for"),
        ({"above": 0.2}, "reproduced", "for"),
        ({"above": 0.5}, "contradicted", "opposite"),
        ({"below": 0.33}, "inconclusive", "open"),
    ],
)
def test_a_mean_against_a_number(limit, word, ground):
    found = limited(**limit)
    assert (found.verdict, found.ground) == (word, ground)
    assert (found.measured.kind, found.measured.value) == ("mean", pytest.approx(0.33))


def test_a_limit_s_p_value_is_student_s():
    found = limited(below=0.36)
    assert found.p == pytest.approx(stats.ttest_1samp(TAUS, 0.36, alternative="less").pvalue)
    low, high = stats.t.interval(0.95, 4, np.mean(TAUS), stats.sem(TAUS))
    assert (found.measured.low, found.measured.high) == (pytest.approx(low), pytest.approx(high))


def test_two_metrics_of_the_same_runs_are_compared_in_pairs():
    """By run the difference is about 0.02 each time; the spread over runs is ten times as large."""
    others = [0.29, 0.331, 0.309, 0.281, 0.34]
    found = limited(others=others, above="other")
    assert found.verdict == "reproduced"
    assert found.p == pytest.approx(stats.ttest_rel(TAUS, others, alternative="greater").pvalue)
    assert "m of row minus other: +0.01" in found.reason
    assert limited(others=others, below="other").verdict == "contradicted"


def test_too_few_runs_decide_nothing_about_a_limit():
    assert limited(TAUS[:4], below=0.5).ground == "too few"


@pytest.mark.parametrize("side", ["m", "other"])
def test_a_finished_run_without_a_value_leaves_a_limit_open(side):
    """Where a search found nothing, the runs in which it found something do not speak for it."""
    question = replace(QUESTION, base=None, margin=None, above="other")
    records = [planted("g", "row", seed, {"m": one, "other": 0.1}) for seed, one in enumerate(TAUS, 1)]
    assert verdict_of(claim("limit", question), *records).verdict == "reproduced"
    nothing = planted("g", "row", 6, {"m": 0.3, "other": 0.1, side: None})
    found = verdict_of(claim("limit", question), *records, nothing)
    assert found.verdict == "inconclusive"
    assert f"{side} has no value in 1 of 6 runs" in found.reason


@pytest.mark.parametrize(("accuracy", "word"), [(90.0, "reproduced"), (3.0, "inconclusive")])
def test_a_base_that_has_learnt_nothing_leaves_a_limit_open_on_what_needs_learning(accuracy, word):
    condition = Condition("other", "the base has learnt too little", above=50.0)
    asked = {
        "below": 0.5,
        "declared": MetricDeclaration("m", "lower", needs_learning=True),
        "conditions": (condition,),
        "conditional_on": "row",
    }
    assert limited(others=[accuracy] * 5, **asked).verdict == word
    # A claim about another row than the base says what that row does, whatever it has learnt.
    assert limited(others=[accuracy] * 5, **{**asked, "conditional_on": None}).verdict == "reproduced"
