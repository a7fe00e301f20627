"""Planted records: what a grid's rows are found to be, paired by seed and corrected over the grid."""

from types import SimpleNamespace

import pytest
from scipy import stats

from repro.ledger.comparison import agreement, compare
from repro.ledger.grid import Grid, Row
from repro.ledger.published import Published

BASE = {1: 20.0, 2: 21.5, 3: 19.2, 4: 20.7, 5: 20.1, 6: 22.0}
SHIFTS = {"better": 3.0, "same": 0.0, "worse": -2.0}
NOISE = {"better": 0.3, "same": 0.05, "worse": 0.2}


def grid(**options):
    rows = [Row("base", {}, {}, None), *(Row(name, {}, {}, "base") for name in SHIFTS), Row("absent", {}, {}, "base")]
    return Grid(
        "g",
        "s",
        "",
        "f:f",
        "m",
        options.pop("better", "higher"),
        {"m": "m", "n": "n"},
        False,
        None,
        [*BASE],
        rows,
        **options,
    )


def record(value, status="done", **more):
    """Of one measurement, data and machine, unless something else is given."""
    return SimpleNamespace(
        status=status,
        metrics={"m": {"value": value, "unit": "s", "definition": "of a kind"}},
        **{"config": {}, "data": {}, "hardware": {"cpu": "a processor"}, **more},
    )


def planted():
    wobble = {seed: (-1) ** seed for seed in BASE}
    values = {
        name: {seed: base + SHIFTS[name] + NOISE[name] * wobble[seed] for seed, base in BASE.items()} for name in SHIFTS
    }
    records = {name: {seed: record(value) for seed, value in row.items()} for name, row in values.items()}
    records["base"] = {seed: record(value) for seed, value in BASE.items()}
    return values, records


def test_findings_by_paired_tests_with_holm_s_correction():
    values, records = planted()
    found = {result.name: result for result in compare(grid(margin=0.5), records)}
    p = {name: stats.ttest_rel([*row.values()], [*BASE.values()]).pvalue for name, row in values.items()}
    # Four rows are asked; the absent one counts as 1. The two small ones are corrected by 4 and 3.
    small = sorted(["better", "worse"], key=p.get)
    assert found[small[0]].finding.p_difference == pytest.approx(4 * p[small[0]])
    assert found[small[1]].finding.p_difference == pytest.approx(max(4 * p[small[0]], 3 * p[small[1]]))
    assert {name: result.finding and result.finding.decision for name, result in found.items()} == {
        "base": None,
        "better": "better",
        "same": "same",
        "worse": "worse",
        "absent": "inconclusive",
    }
    assert found["better"].difference.estimate == pytest.approx(3.0)
    assert found["better"].means == {"m": pytest.approx(sum(values["better"].values()) / 6), "n": None}


def test_lower_may_be_better():
    _, records = planted()
    found = {result.name: result for result in compare(grid(better="lower"), records)}
    assert found["better"].finding.decision == "worse"


def test_what_is_not_done_does_not_count():
    _, records = planted()
    records["better"][1] = record(99.0, "diverged")
    records["better"][2] = record(None)
    found = {result.name: result for result in compare(grid(), records)}
    assert sorted(found["better"].values) == [3, 4, 5, 6]
    assert found["better"].not_done == {"diverged": 1}
    assert found["better"].difference.n == 4
    assert found["better"].finding.decision == "inconclusive"  # under five seeds


def test_a_part_of_a_grid_is_corrected_like_the_whole():
    values, records = planted()
    part = grid().only(["base", "bet*"])
    (found,) = [result for result in compare(part, records) if result.base]
    p = stats.ttest_rel([*values["better"].values()], [*BASE.values()]).pvalue
    assert found.finding.p_difference == pytest.approx(4 * p)  # three more rows are asked, here unseen
    whole = {result.name: result for result in compare(grid(), records)}
    assert found.difference.smallest_detectable == pytest.approx(whole["better"].difference.smallest_detectable)
    assert grid().only(["*"]).left_out == []
    assert grid().only(["better"]).left_out == ["better", "same", "worse", "absent"]  # without the base


@pytest.mark.parametrize("which", ["better", "base"])
def test_lucky_runs_beside_diverged_ones_decide_nothing(which):
    _, records = planted()
    assert {result.name: result.finding for result in compare(grid(), records)}["better"].decision == "better"
    records[which][6] = record(99.0, "diverged")
    found = {result.name: result for result in compare(grid(), records)}
    assert found["better"].difference.n == 5
    assert found["better"].finding.decision == "inconclusive"
    assert found["worse"].finding.decision == ("inconclusive" if which == "base" else "worse")


@pytest.mark.parametrize(
    ("planted_record", "why"),
    [
        (record(99.0, "diverged"), "runs diverged, and those that did not decide nothing"),
        (record(None), "m has no value in some runs, and those that have one decide nothing"),
        (record(23.0, hardware={"cpu": "another"}), "m of seed 6 was measured on different machines"),
        (record(23.0, data={"files": "another copy"}), "of different copies of the same data"),
    ],
)
def test_a_row_that_is_no_match_for_its_base_stays_open(planted_record, why):
    _, records = planted()
    assert all(result.open_because is None for result in compare(grid(), records))
    records["better"][6] = planted_record
    found = {result.name: result for result in compare(grid(), records)}
    assert why in found["better"].open_because
    assert found["better"].finding.decision == "inconclusive"
    assert found["worse"].open_because is None
    assert found["worse"].finding.decision == "worse"


def test_agreement_with_a_published_column():
    _, records = planted()
    published = Published("p", "m", {"base": 10.0, "better": 11.0, "same": 10.1, "worse": 12.0})
    asked = grid(margin=0.5, published=published)
    signs, ranks = agreement(asked, compare(asked, records))
    assert (signs.signs, signs.signs_agreeing, signs.sames, signs.sames_shown, signs.missing) == (2, 1, 1, 1, 1)
    measured, theirs = [3.0, 0.0, -2.0], [1.0, 0.1, 2.0]
    assert ranks.tau == pytest.approx(stats.kendalltau(measured, theirs).statistic)
    assert agreement(grid(), compare(grid(), records)) is None
