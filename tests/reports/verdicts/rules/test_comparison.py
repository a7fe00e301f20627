"""A row against its base: what is shown, what is not, and what is never compared."""

from dataclasses import replace

import pytest

from repro.ledger.grids.condition import Condition
from repro.metric_declaration import MetricDeclaration
from tests.reports.judging import BASE, LOW, QUESTION, claim, compared, verdict_of
from tests.reports.records import metric, planted, runs_of


@pytest.mark.parametrize(
    ("rule", "row", "word", "ground"),
    [
        ("worse", LOW, "reproduced", "for"),
        ("better", LOW, "contradicted", "opposite"),
        ("same", LOW, "contradicted", "opposite"),
        ("worse", [90.2, 90.3, 89.9, 90.1, 90.1], "contradicted", "none"),
        ("better", [90.2, 90.3, 89.9, 90.1, 90.1], "contradicted", "none"),
        ("same", [90.2, 90.3, 89.9, 90.1, 90.1], "reproduced", "for"),
        ("worse", [70.0, 95.0, 88.0, 99.0, 84.0], "inconclusive", "open"),
        ("same", [70.0, 95.0, 88.0, 99.0, 84.0], "inconclusive", "open"),
        ("worse", LOW[:4], "inconclusive", "too few"),
    ],
)
def test_comparisons(rule, row, word, ground):
    found = compared(rule, row)
    assert (found.verdict, found.ground) == (word, ground)
    assert found.family == 1


def test_less_is_better_of_a_perplexity():
    assert compared("better", LOW, better="lower").verdict == "reproduced"
    assert compared("worse", LOW, better="lower").verdict == "contradicted"


def test_without_a_margin_no_difference_counts_as_none():
    assert compared("worse", [90.2, 90.3, 89.9, 90.1, 90.1], margin=None).verdict == "inconclusive"


def test_a_swapped_row_is_reported():
    """The plant: somebody filed the base's records under the row, and the row's under the base."""
    assert compared("worse", BASE, LOW).verdict == "contradicted"


def test_pairs_are_of_one_seed():
    """By seed the difference is 1 each time; by order it would be noise."""
    base = {1: 10.0, 2: 50.0, 3: 90.0, 4: 30.0, 5: 70.0}
    row = {seed: value - 1 - 0.01 * seed for seed, value in reversed(base.items())}
    found = verdict_of(claim("worse"), *runs_of("g", "row", "m", row), *runs_of("g", "base", "m", base))
    assert found.verdict == "reproduced"


def test_a_test_of_sameness_has_no_smallest_effect():
    assert compared("same", [90.2, 90.3, 89.9, 90.1, 90.1]).smallest_effect is None
    assert compared("worse", [90.2, 90.3, 89.9, 90.1, 90.1]).smallest_effect is not None


@pytest.mark.parametrize(
    ("rule", "by", "word", "ground"),
    [
        ("worse", 9.0, "reproduced", "for"),
        ("worse", 11.0, "contradicted", "opposite"),
        ("better", 9.0, "contradicted", "opposite"),
        ("worse", 9.6, "inconclusive", "open"),
    ],
)
def test_a_direction_may_be_stated_with_its_least_size(rule, by, word, ground):
    """LOW lies 9.7 below BASE, with a standard error of 0.1."""
    found = compared(rule, LOW, margin=None, by=by)
    assert (found.verdict, found.ground) == (word, ground)
    assert f"stated: at least {by:g}" in found.reason
    assert found.measured == compared(rule, LOW).measured
    assert found.smallest_effect is None


@pytest.mark.parametrize("rule", ["better", "worse"])
def test_times_of_cells_that_did_not_run_alone_decide_nothing(rule):
    records = [
        planted("g", row, seed, {"m": metric(value, "tokens/s", "d")})
        for row, values in (("row", LOW), ("base", BASE))
        for seed, value in enumerate(values, 1)
    ]
    assert verdict_of(claim(rule), *records).verdict in ("reproduced", "contradicted")
    found = verdict_of(claim(rule, replace(QUESTION, alone=False)), *records)
    assert (found.verdict, found.reason) == (
        "inconclusive",
        "m depends on what else ran on the machine, and these cells did not run alone",
    )
    assert compared(rule, LOW, alone=False).verdict in ("reproduced", "contradicted")  # no times


def test_conditions_ask_about_the_side_that_is_the_grid_s_base():
    """The base of the claim may be the poor one: a claim that a model learns where another does not."""
    quality = MetricDeclaration("m", "higher", quality=True)
    learnt = Condition("m", "the base has learnt too little", above=50.0)
    asked = {"declared": quality, "conditions": (learnt,)}
    assert compared("better", BASE, [value / 3 for value in LOW], **asked).verdict == "inconclusive"
    assert compared("better", BASE, [value / 3 for value in LOW], conditional_on="row", **asked).verdict == "reproduced"


@pytest.mark.parametrize("rule", ["better", "same"])
@pytest.mark.parametrize("side", ["row", "base"])
def test_a_finished_run_without_a_value_leaves_a_comparison_open(rule, side):
    shift = 9 if rule == "better" else 0.1
    row = [value + shift + seed / 9 for seed, value in enumerate(BASE)]
    records = [*runs_of("g", "row", "m", row), *runs_of("g", "base", "m", BASE)]
    assert verdict_of(claim(rule), *records).verdict == "reproduced"
    found = verdict_of(claim(rule), *records, planted("g", side, 9, {"m": None}))
    assert (found.verdict, found.reason) == ("inconclusive", "m has no value in 1 of 6 runs")


def test_a_difference_that_is_the_same_in_every_pair_decides_nothing():
    """Metrics in coarse steps have such differences by chance: a sign test would give 1 in 32, a t test 0."""
    base = [150.0, 200.0, 150.0, 250.0, 200.0]
    found = compared("better", [value + 50 for value in base], base)
    assert found.verdict == "inconclusive"
    assert "the difference in m does not vary over seeds" in found.reason
    assert compared("same", list(base), base).verdict == "reproduced"  # every pair is equal in everything
