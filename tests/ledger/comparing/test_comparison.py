"""Planted records: what a grid's rows are found to be, paired by seed and corrected over the grid."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from scipy import stats

from repro import statistics
from repro.ledger.comparing.comparison import (
    agreement,
    compare,
    compare_trends,
    contradicted_direction,
    pooled_deviation,
)
from repro.ledger.grids.condition import Condition
from repro.ledger.grids.grid import Grid, Measure, Row
from repro.ledger.grids.paper_column import Published
from repro.ledger.records.metric_values import metric_values
from repro.metric_declaration import MetricDeclaration

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
        (),
        None,
        [*BASE],
        rows,
        **options,
    )


def record(value, status="done", unit="s", **more):
    """Of one measurement, data and machine, unless something else is given."""
    return SimpleNamespace(
        status=status,
        metrics={"m": {"value": value, "unit": unit, "definition": "of a kind"}},
        seconds=60.0,
        **{
            "started": "2026-01-01T00:00:00+00:00",
            "config": {},
            "data": {},
            "hardware": {"cpu": "a processor"},
            **more,
        },
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
    assert (found["better"].lacking, found["same"].lacking) == (1, 0)
    assert found["better"].difference.n == 4
    assert found["better"].finding.decision == "inconclusive"  # under five seeds


@pytest.mark.parametrize("spread", ["pairs", "pooled"])
@pytest.mark.parametrize("rows", [["base", "bet*"], ["better"], ["*"], ["same", "worse"]])
def test_a_part_of_a_grid_has_the_findings_of_the_whole(spread, rows):
    """Whoever looks at fewer rows finds neither more nor less."""
    for _, records in (planted(), pooled_records()):
        whole = grid(spread=spread)
        part = whole.only(rows)
        shown = {row.name for row in part.rows_of_part}
        assert compare(part, records) == [result for result in compare(whole, records) if result.name in shown]


def test_rows_that_have_not_run_are_corrected_for():
    values, records = planted()
    seen = {name: records[name] for name in ("base", "better")}
    (found,) = [result for result in compare(grid().only(["base", "better"]), seen) if result.base]
    p = stats.ttest_rel([*values["better"].values()], [*BASE.values()]).pvalue
    assert found.finding.p_difference == pytest.approx(4 * p)


@pytest.mark.parametrize(("seeds", "why"), [(1, "one seed decides nothing"), (4, "4 seeds decide nothing"), (5, None)])
def test_few_seeds_are_the_reason_why_a_row_is_open(seeds, why):
    _, records = planted()
    records["better"] = {seed: run for seed, run in records["better"].items() if seed <= seeds}
    found = {result.name: result for result in compare(grid(), records)}
    assert found["better"].open_because == (why and f"{why}: at least 5 are needed, of the row and of its base")
    assert (found["better"].finding.decision == "inconclusive") is (why is not None)
    assert found["worse"].open_because is None
    records["better"] = {}
    assert {result.name: result for result in compare(grid(), records)}["better"].open_because is None


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
        (record(99.0, "diverged"), "some runs diverged, so the remaining runs prove nothing"),
        (record(None), "m has no value in some runs, so the remaining runs prove nothing"),
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


def test_what_the_correction_leaves_open_is_not_counted_as_shown_to_be_the_same():
    """Within the margin by itself, but not in a grid of two metrics."""
    _, records = planted()
    records["same"] = {seed: record(value + (-1) ** seed * 0.3) for seed, value in BASE.items()}
    published = Published("p", "m", {"base": 10.0, "same": 10.0})
    by_itself = grid(margin=0.5, published=published)
    results = compare(by_itself, records)
    assert next(result for result in results if result.name == "same").finding.decision == "same"
    assert agreement(by_itself, results)[0].sames_shown == 1
    asked = grid(margin=0.5, published=published, also=[Measure("n", "higher")])
    assert agreement(asked, compare(asked, records))[0].sames_shown == 0


def test_agreement_with_a_published_column():
    _, records = planted()
    published = Published("p", "m", {"base": 10.0, "better": 11.0, "same": 10.1, "worse": 12.0})
    asked = grid(margin=0.5, published=published)
    signs, ranks = agreement(asked, compare(asked, records))
    assert (signs.signs, signs.signs_agreeing, signs.sames, signs.sames_shown, signs.missing) == (2, 1, 1, 1, 1)
    measured, theirs = [3.0, 0.0, -2.0], [1.0, 0.1, 2.0]
    assert ranks.tau == pytest.approx(stats.kendalltau(measured, theirs).statistic)
    assert agreement(grid(), compare(grid(), records)) is None


# ---- several metrics, and one deviation for all rows

WOBBLE = dict(zip(BASE, (0.5, -0.9, 0.2, 1.1, -0.6, -0.3), strict=True))


def alike(row, shift):
    """Six runs around a mean of their own, about as far apart as the base's."""
    return {seed: 20 + shift + WOBBLE[(seed + row) % 6 + 1] for seed in BASE}


def of_two_metrics(m, n):
    """Records with metrics m and n, seed by seed."""
    return {
        seed: SimpleNamespace(
            status="done",
            metrics={
                name: {"value": side[seed], "unit": "x", "definition": "of a kind"}
                for name, side in (("m", m), ("n", n))
            },
            config={},
            data={},
            hardware={},
        )
        for seed in m
    }


def pooled_records():
    shifts = {"better": 3.0, "same": 0.0, "worse": -2.0, "base": 0.0}
    rows = {name: alike(place, shift) for place, (name, shift) in enumerate(shifts.items())}
    return rows, {
        name: of_two_metrics(row, {seed: -value for seed, value in row.items()}) for name, row in rows.items()
    }


def test_rows_share_a_deviation_and_dunnett_s_correction():
    rows, records = pooled_records()
    asked = grid(margin=2.0, spread="pooled")
    found = {result.name: result for result in compare(asked, records)}
    samples = {name: [*row.values()] for name, row in rows.items()}
    ours = ["better", "same", "worse"]
    expected = stats.dunnett(*(samples[name] for name in ours), control=samples["base"], random_state=1)
    part = {result.name: result for result in compare(asked.only(["base", *ours]), records)}
    for name, statistic in zip(ours, expected.statistic, strict=True):
        difference = found[name].difference
        assert difference.estimate / difference.standard_error == pytest.approx(statistic)
        assert difference.df == 4 * 5
        # The absent row is one more question: a little larger than Dunnett's p over three.
        assert found[name].finding.p_difference == part[name].finding.p_difference
    assert found["worse"].finding.p_difference > expected.pvalue[2]
    assert found["worse"].finding.decision == "worse"
    assert found["better"].finding.decision == "better"
    assert found["absent"].finding.decision == "inconclusive"


def test_rows_that_do_not_vary_alike_are_compared_by_their_own_pairs():
    rows, records = pooled_records()
    assert pooled_deviation(records, Measure("m", "higher")) is not None
    records["worse"] = {seed: record(20 + 30 * (value - 20)) for seed, value in rows["worse"].items()}
    assert pooled_deviation(records, Measure("m", "higher")) is None
    assert compare(grid(spread="pooled"), records) == compare(grid(), records)


def test_times_of_several_machines_are_compared_by_pairs():
    """Each pair is of one machine, so their differences are sound; means over all runs are not."""
    _, records = planted()
    asked = grid(spread="pooled")
    elsewhere = {"hardware": {"cpu": "another"}}
    slow = {name: {**runs, 6: record(runs[6].metrics["m"]["value"], **elsewhere)} for name, runs in records.items()}
    assert pooled_deviation(slow, asked.measures[0]) is None
    assert all(result.difference.paired for result in compare(asked, slow) if result.name in SHIFTS)


def test_runs_that_diverged_are_not_pooled():
    _, records = pooled_records()
    asked, measure = grid(spread="pooled"), Measure("m", "higher")
    assert pooled_deviation(records, measure).rows == ("better", "same", "worse", "base")
    records["better"][6] = record(None, "diverged", unit="points")
    assert pooled_deviation(records, measure).rows == ("same", "worse", "base")
    found = {result.name: result for result in compare(asked, records)}
    assert found["better"].finding.decision == "inconclusive"
    assert found["worse"].finding.decision == "worse"


@pytest.mark.parametrize("spread", ["pairs", "pooled"])
def test_each_metric_is_tested_by_itself_and_corrected_for_both(spread):
    _, records = pooled_records()
    alone = {result.name: result for result in compare(grid(spread=spread), records)}
    both = grid(spread=spread, also=[Measure("n", "lower", 2.0)])
    m, n = ({r.name: r for r in compare(both, records, measure)} for measure in both.measures)
    for name in ("better", "worse"):
        doubled = min(1.0, 2 * alone[name].finding.p_difference)
        assert m[name].finding.p_difference == pytest.approx(doubled)
        assert n[name].finding.p_difference == pytest.approx(doubled)  # n is -m
        assert m[name].difference.estimate == pytest.approx(-n[name].difference.estimate)
        if spread == "pooled":
            assert m[name].finding.decision == n[name].finding.decision == name  # less of n is better
        assert m[name].difference.smallest_detectable > alone[name].difference.smallest_detectable


def test_a_row_that_a_metric_does_not_judge_stays_open_in_it_alone():
    _, records = pooled_records()
    asked = grid(spread="pooled", also=[Measure("n", "lower", unjudged={"better": "it sees the answer"})])
    m, n = ({r.name: r for r in compare(asked, records, measure)} for measure in asked.measures)
    assert m["better"].finding.decision == "better"
    assert n["better"].finding.decision == "inconclusive"
    assert n["better"].open_because == "it sees the answer"
    assert "better" not in pooled_deviation(records, asked.measures[1]).rows


# ---- trends


def ordered(values, **options):
    """A grid of rows that differ in N, with five runs each around the given means."""
    rows = [Row(f"N={n}", {}, {"model": {"N": n}}, None if n == 2 else "N=2") for n in values]
    asked = Grid("g", "s", "", "f:f", "m", "higher", {"m": "m"}, (), None, [1, 2, 3, 4, 5], rows, **options)
    offsets = {1: -0.3, 2: 0.1, 3: 0.2, 4: -0.1, 5: 0.1}
    records = {
        f"N={n}": {seed: record(mean + (-1) ** n * offset) for seed, offset in offsets.items()}
        for n, mean in values.items()
    }
    return asked, records


def test_a_trend_is_a_slope_over_the_parameter_s_doublings():
    values = {1: 10.0, 2: 11.0, 4: 12.0, 8: 13.0}
    asked, records = ordered(values, spread="pooled", trends={"N": [f"N={n}" for n in values]})
    (found,) = compare_trends(asked, records, asked.measures[0])
    assert found.doubling
    assert found.rows == ("N=1", "N=2", "N=4", "N=8")
    assert found.trend.slope == pytest.approx(1.0)
    assert found.p == pytest.approx(found.trend.p_two_sided)
    assert found.p < 1e-6


def test_trends_are_corrected_by_holm_and_for_the_metrics():
    values = {1: 10.0, 2: 10.1, 4: 10.2, 8: 10.3}
    names = [f"N={n}" for n in values]
    asked, records = ordered(
        values, spread="pooled", trends={"N": names, "model.N": names[1:]}, also=[Measure("m2", "higher")]
    )
    found = compare_trends(asked, records, asked.measures[0])
    expected = 2 * statistics.holm([each.trend.p_two_sided for each in found])
    assert [each.p for each in found] == pytest.approx([min(1.0, p) for p in expected])


def test_a_parameter_that_may_be_0_has_a_slope_by_its_unit():
    asked, records = ordered({0: 10.0, 1: 11.0, 2: 12.0}, spread="pooled", trends={"N": ["N=0", "N=1", "N=2"]})
    (found,) = compare_trends(asked, records, asked.measures[0])
    assert not found.doubling
    assert found.trend.slope == pytest.approx(1.0)


def test_a_trend_over_rows_that_share_no_deviation_has_each_row_s_own():
    values = {1: 10.0, 2: 11.0, 4: 12.0, 8: 13.0}
    names = [f"N={n}" for n in values]
    asked, records = ordered(values, spread="pairs", trends={"N": names})
    (found,) = compare_trends(asked, records, asked.measures[0])
    own = {name: metric_values(records[name], "m") for name in names}
    assert found.trend == statistics.trend(dict(zip(names, (0.0, 1.0, 2.0, 3.0), strict=True)), own, None)
    assert found.trend.slope == pytest.approx(1.0)


def test_a_trend_of_what_a_row_has_no_measure_of_says_so():
    values = {1: 10.0, 2: 11.0, 4: 12.0}
    also = [Measure("m", "higher", unjudged={"N=1": "no measure of it"})]
    asked, records = ordered(values, spread="pooled", trends={"N": [f"N={n}" for n in values]}, also=also)
    (found,) = compare_trends(asked, records, asked.measures[-1])
    assert (found.trend, found.p, found.open_because) == (None, None, "no measure of it")


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (record(12.0, status="diverged"), "runs diverged"),
        (record(None), "m has no value in some runs, so the remaining runs prove nothing"),
        (record(12.0, hardware={"cpu": "another"}), "m was measured on several machines"),
        (record(12.0, data={"sources": "another copy"}), "these records are of different copies of the same data"),
        (
            SimpleNamespace(**{**vars(record(12.0)), "metrics": {"m": {**record(12.0).metrics["m"], "unit": "h"}}}),
            "m is defined in 2 ways",
        ),
        (
            SimpleNamespace(**{**vars(record(1.0)), "metrics": {"m": {**record(1.0).metrics["m"], "better": "lower"}}}),
            "by these records, a lower m is better",
        ),
    ],
    ids=["diverged", "no value", "machine", "data", "unit", "direction"],
)
@pytest.mark.parametrize("spread", ["pooled", "pairs"])
def test_one_run_that_stands_against_its_row_stands_against_the_trend(spread, one, why):
    values = {1: 10.0, 2: 11.0, 4: 12.0, 8: 13.0}
    asked, records = ordered(values, spread=spread, trends={"N": [f"N={n}" for n in values]})
    assert compare_trends(asked, records, asked.measures[0])[0].open_because is None
    records["N=4"][5] = one
    (found,) = compare_trends(asked, records, asked.measures[0])
    assert (found.trend, found.p) == (None, None)
    assert found.open_because.startswith(why)


def test_times_share_no_deviation_since_a_machine_changes_its_speed():
    """Five seeds of the base alone, days later: they are no match for the row's runs."""
    _, records = planted()
    later = {seed: record(50.0 + seed, started="2026-01-09T00:00:00+00:00") for seed in range(11, 16)}
    records["base"] |= later
    assert pooled_deviation(records, grid().measures[0]) is None
    (better,) = (it for it in compare(grid(spread="pooled"), records) if it.name == "better")
    assert better.difference.n == len(BASE)
    assert better.difference.estimate == pytest.approx(3.0)


def test_fewer_than_five_seeds_of_a_row_give_a_trend_no_p():
    """Their slope is shown, and the other trends are corrected as if it had been tested."""
    values = {1: 10.0, 2: 10.1, 4: 10.2, 8: 10.3}
    names = [f"N={n}" for n in values]
    asked, records = ordered(values, spread="pooled", trends={"N": names, "model.N": names[1:]})
    del records["N=1"][5]
    few, enough = compare_trends(asked, records, asked.measures[0])
    assert few.trend.slope == pytest.approx(0.1, abs=0.05)
    assert (few.p, few.open_because) == (None, None)
    assert enough.p == pytest.approx(min(1.0, 2 * enough.trend.p_two_sided))


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        (Condition("m", "the base has learnt too little", above=50.0), "cannot tell: the base has learnt too little"),
        (Condition("m", "no over-fitting", above=50.0, rows=("N=4",)), "cannot tell: no over-fitting"),
        (Condition("m", "no over-fitting", above=50.0, rows=("N=9",)), None),
    ],
)
def test_what_stands_against_rows_stands_against_their_trend(monkeypatch, condition, why):
    quality = MetricDeclaration("m", "higher", quality=True, low=0, high=100)
    monkeypatch.setattr("repro.ledger.comparing.comparison.declared_metrics", lambda *_: [quality])
    values = {1: 10.0, 2: 11.0, 4: 12.0}
    asked, records = ordered(values, spread="pooled", trends={"N": [f"N={n}" for n in values]}, conditions=[condition])
    (found,) = compare_trends(asked, records, asked.measures[0])
    if why is None:
        assert (found.open_because, found.p is None) == (None, False)
    else:
        assert found.open_because.startswith(why)
        assert (found.trend, found.p) == (None, None)


def test_a_part_of_a_grid_says_what_it_can_of_trends():
    values = {1: 10.0, 2: 11.0, 4: 12.0, 8: 13.0}
    asked, records = ordered(values, spread="pooled", trends={"N": [f"N={n}" for n in values]})
    part = asked.only(["N=2", "N=4", "N=8"])
    (three,) = compare_trends(part, {row.name: records[row.name] for row in part.rows_of_part}, asked.measures[0])
    assert three.rows == ("N=2", "N=4", "N=8")
    alone = asked.only(["N=2"])
    (one,) = compare_trends(alone, {"N=2": records["N=2"]}, asked.measures[0])
    assert (one.rows, one.trend, one.open_because) == (("N=2",), None, None)
    assert compare_trends(part, records, asked.measures[0]) == []  # the trend is over a row that is not shown, too


def test_a_part_without_its_base_asks_nothing_of_another_row(monkeypatch):
    quality = MetricDeclaration("m", "higher", quality=True)
    monkeypatch.setattr("repro.ledger.comparing.comparison.declared_metrics", lambda *_: [quality])
    values = {1: 10.0, 2: 60.0, 4: 61.0, 8: 62.0}
    learnt = Condition("m", "the base has learnt too little", above=50.0)
    asked, records = ordered(values, spread="pooled", trends={"N": [f"N={n}" for n in values]}, conditions=[learnt])
    (whole,) = compare_trends(asked, records, asked.measures[0])
    assert whole.open_because is None
    part = asked.only(["N=1", "N=4", "N=8"])
    (found,) = compare_trends(part, {row.name: records[row.name] for row in part.rows_of_part}, asked.measures[0])
    assert found.open_because is None


def test_a_trend_over_rows_at_the_ceiling_is_none(monkeypatch):
    share = MetricDeclaration("m", "higher", quality=True, low=0, high=100)
    monkeypatch.setattr("repro.ledger.comparing.comparison.declared_metrics", lambda *_: [share])
    values = {1: 100.0, 2: 100.0, 4: 100.0}
    asked, records = ordered(values, spread="pooled", trends={"N": [f"N={n}" for n in values]})
    records = {name: {seed: record(100.0) for seed in runs} for name, runs in records.items()}
    (found,) = compare_trends(asked, records, asked.measures[0])
    assert found.open_because == "cannot tell: all rows are at the ceiling of m"


def test_a_direction_that_records_deny_is_named_in_whole_sentences():
    denied = SimpleNamespace(metrics={"m": {"better": "lower"}})
    assert contradicted_direction([denied], "m", None) == (
        "by these records, a lower m is better; by the grid or claim, neither side of m is better"
    )
    assert contradicted_direction([denied], "m", "lower") is None


def test_d_k_that_is_left_to_the_model_is_d_model_over_h():
    rows = [
        Row(name, {}, {"d_model": 64, "h": 4, "d_k": d_k}, None) for name, d_k in (("B1", 4), ("B2", 8), ("base", None))
    ]
    asked = Grid(
        "g",
        "s",
        "",
        "f:f",
        "m",
        "higher",
        {},
        (),
        None,
        [1],
        rows,
        spread="pooled",
        trends={"d_k": ["B1", "B2", "base"]},
    )
    records = {
        name: {seed: record(mean + wobble) for seed, wobble in enumerate((-0.1, 0.0, 0.1))}
        for name, mean in (("B1", 1.0), ("B2", 2.0), ("base", 3.0))
    }
    (found,) = compare_trends(asked, records, asked.measures[0])
    assert found.trend.slope == pytest.approx(1.0)


def test_a_difference_that_is_the_same_in_every_pair_decides_nothing():
    """Metrics in coarse steps have such differences by chance, and a t test would be sure of them."""
    base = {seed: 150.0 + 50 * (seed % 3) for seed in range(1, 6)}
    sides = {
        name: {seed: record(value + more) for seed, value in base.items()} for name, more in (("row", 50), ("base", 0))
    }
    made = grid()
    made = replace(made, rows=[made.rows[0], Row("row", {}, {}, "base")])
    found = compare(made, sides)[1]
    assert found.finding.decision == "inconclusive"
    assert found.open_because == "cannot tell: the difference in m does not vary over seeds, so its error is unknown"
    sides["row"][5] = record(base[5] + 51)
    assert compare(made, sides)[1].finding.decision == "better"
