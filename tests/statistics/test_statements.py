"""Stated claims: each p value against SciPy's own test, the rule against planted cases, its errors by simulation."""

import math

import numpy as np
import pytest
from scipy import stats

from repro.statistics.agreement import rank_agreement
from repro.statistics.differences import difference
from repro.statistics.statements import (
    ALPHA_AGAINST,
    ALPHA_FOR,
    PValues,
    judge,
    stated_direction,
    stated_order,
    stated_sameness,
    stated_signs,
)

ROW = {1: 3.1, 2: 2.9, 3: 3.6, 4: 3.3, 5: 3.0}
BASE = {1: 2.0, 2: 2.2, 3: 2.1, 4: 2.9, 5: 2.4}
DIFFERENCES = np.array([ROW[seed] - BASE[seed] for seed in ROW])


@pytest.mark.parametrize(("stated", "alternative"), [("higher", "greater"), ("lower", "less")])
def test_direction_is_scipy_s_one_sided_paired_test(stated, alternative):
    found = stated_direction(difference(ROW, BASE), stated)
    opposite = {"greater": "less", "less": "greater"}[alternative]
    columns = list(ROW.values()), list(BASE.values())
    assert found.p_for == pytest.approx(stats.ttest_rel(*columns, alternative=alternative).pvalue)
    assert found.p_opposite == pytest.approx(stats.ttest_rel(*columns, alternative=opposite).pvalue)
    assert found.p_none is None


def test_none_is_two_one_sided_tests():
    found = stated_direction(difference(ROW, BASE), "higher", margin=1.5)
    above = stats.ttest_1samp(DIFFERENCES, -1.5, alternative="greater").pvalue
    below = stats.ttest_1samp(DIFFERENCES, 1.5, alternative="less").pvalue
    assert found.p_none == pytest.approx(max(above, below))


def test_sameness_and_its_opposite():
    found = stated_sameness(difference(ROW, BASE), 0.2)
    assert found.p_for == pytest.approx(stats.ttest_1samp(DIFFERENCES, 0.2, alternative="less").pvalue)
    assert found.p_opposite == pytest.approx(2 * stats.ttest_1samp(DIFFERENCES, 0.2, alternative="greater").pvalue)


def test_order_is_half_of_kendall_s_p_on_the_side_that_was_seen():
    measured, published = [1.0, 2.0, 3.0, 5.0, 4.0, 6.0], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    alternative = stats.kendalltau(measured, published, alternative="greater").pvalue
    assert stated_order(rank_agreement(measured, published)).p_for == pytest.approx(alternative)
    reversed_order = stated_order(rank_agreement(measured[::-1], published))
    assert reversed_order.p_opposite == pytest.approx(alternative)
    assert stated_order(rank_agreement([1.0, 1.0], [1.0, 2.0])) == PValues()


def test_signs_are_a_binomial_test_without_ties():
    signs = [1, 1, 1, 1, -1, 0]
    found = stated_signs(signs)
    assert found.p_for == pytest.approx(stats.binomtest(4, 5, alternative="greater").pvalue)
    assert found.p_opposite == pytest.approx(stats.binomtest(1, 5, alternative="greater").pvalue)
    assert stated_signs([0, 0]) == PValues()


def test_one_run_tests_nothing():
    once = difference({1: 1.0}, {1: 2.0})
    assert stated_direction(once, "higher", 1.0) == PValues()
    assert stated_sameness(once, 1.0) == PValues()


def test_without_spread_the_estimate_is_the_truth():
    apart = difference({1: 1.0, 2: 2.0}, {1: 0.0, 2: 1.0})
    assert stated_direction(apart, "higher") == PValues(0.0, 1.0, None)
    equal = difference({1: 1.0, 2: 2.0}, {1: 1.0, 2: 2.0})
    assert stated_direction(equal, "higher", 0.5) == PValues(1.0, 1.0, 0.0)
    assert judge({"A": stated_direction(equal, "higher", 0.5)})["A"].ground == "none"


@pytest.mark.parametrize(
    ("given", "answer", "ground"),
    [
        (PValues(0.04, 0.96), "holds", "for"),
        (PValues(0.041, 0.959), "open", "open"),
        (PValues(0.99, 0.01), "false", "opposite"),
        (PValues(0.98, 0.02), "open", "open"),
        (PValues(0.5, 0.5, 0.01), "false", "none"),
        (PValues(0.5, 0.5, 0.02), "open", "open"),
        (PValues(0.001, 0.999, 0.001), "holds", "for"),  # small, and as stated
        (PValues(), "open", "too few"),
    ],
)
def test_the_rule_by_itself(given, answer, ground):
    judged = judge({"A": given})["A"]
    assert (judged.answer, judged.ground) == (answer, ground)


def test_holm_counts_what_could_not_be_tested():
    alone = judge({"A": PValues(0.03, 0.97)})
    with_untested = judge({"A": PValues(0.03, 0.97), "B": PValues()})
    assert alone["A"].answer == "holds"
    assert with_untested["A"].answer == "open"
    assert with_untested["A"].p_for == pytest.approx(0.06)
    assert with_untested["B"].p_for is None


def test_levels_out_of_range_are_refused():
    with pytest.raises(ValueError, match="a level must lie between"):
        judge({"A": PValues(0.1, 0.9)}, alpha_for=0.6)


def directions(effects, seeds, families, generator):
    """p values for and against "higher", shape (families, rows): rows against one base, deviations of 1."""
    base = generator.normal(size=(families, 1, seeds))
    runs = np.asarray(effects)[:, None] + generator.normal(size=(families, len(effects), seeds)) - base
    above = stats.ttest_1samp(runs, 0.0, axis=-1, alternative="greater").pvalue
    return above, 1 - above


@pytest.mark.parametrize("seeds", [5, 8])
@pytest.mark.parametrize("rows", [1, 6, 20])
def test_wrong_findings_where_nothing_differs(rows, seeds):
    above, below = directions(np.zeros(rows), seeds, 1000, np.random.default_rng(23))
    wrong = 0
    for p_for, p_opposite in zip(above, below, strict=True):
        family = {str(name): PValues(*pair) for name, pair in enumerate(zip(p_for, p_opposite, strict=True))}
        wrong += any(found.answer != "open" for found in judge(family).values())
    assert wrong / 1000 <= 0.066  # at most 0.05, and 2.3 standard errors of the simulation


@pytest.mark.parametrize(
    ("seeds", "effect", "stated"), [(5, 1, 0.32), (5, 2, 0.78), (5, 3, 0.97), (8, 1, 0.51), (8, 2, 0.96)]
)
def test_the_stated_power(seeds, effect, stated):
    """Against the noncentral t distribution, and against the docstring's table."""
    expected = float(stats.nct.sf(stats.t.isf(ALPHA_FOR, seeds - 1), seeds - 1, effect * math.sqrt(seeds / 2)))
    assert expected == pytest.approx(stated, abs=0.006)
    above, _ = directions([effect], seeds, 4000, np.random.default_rng(24))
    found = float((above[:, 0] <= ALPHA_FOR).mean())
    assert found == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / 4000))


def test_both_levels_together_are_five_percent():
    assert pytest.approx(0.05) == ALPHA_FOR + ALPHA_AGAINST
