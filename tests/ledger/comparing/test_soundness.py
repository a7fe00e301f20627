"""Values that must not be judged: at the end of a range, without spread, of a base that has learnt nothing."""

import math
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest

from repro.ledger.comparing.comparison import compare
from repro.ledger.comparing.soundness import at_one_end, least_error, sampling_error, unsound
from repro.ledger.grids.condition import Condition
from repro.ledger.grids.grid import Grid, Row
from repro.metric_declaration import MetricDeclaration
from tests.representatives import others_slow

SHARE = MetricDeclaration("m", "higher", quality=True, low=0, high=100)
LOSS = MetricDeclaration("m", "lower", quality=True, low=0)
COUNT = MetricDeclaration("m", exact=True)
LINES = 500


def shares(*correct, lines=LINES):
    """Seed -> record of so many correct lines."""
    return {
        seed: SimpleNamespace(
            status="done",
            metrics={
                "m": {
                    "value": 100 * right / lines,
                    "unit": "% of lines",
                    "definition": "d",
                    "details": {"lines": lines, "correct": right},
                }
            },
            config={},
            data={},
            hardware={},
        )
        for seed, right in enumerate(correct, 1)
    }


def plain(*values, **others):
    """Seed -> record of a value of which nothing else is known."""
    return {
        seed: SimpleNamespace(
            status="done",
            metrics={
                "m": {"value": value, "unit": "x", "definition": "d"},
                **{name: {"value": other, "unit": "x", "definition": "d"} for name, other in others.items()},
            },
            config={},
            data={},
            hardware={},
        )
        for seed, value in enumerate(values, 1)
    }


def trial(runs, lines):
    for record in runs.values():
        record.config = {"decoding": {"lines": lines}}
    return runs


def problem(row, base, declared=SHARE, conditions=()):
    return unsound("row", row, base, "m", declared, conditions)


@pytest.mark.parametrize(
    ("row", "base", "said"),
    [
        ([0] * 5, [0] * 5, "row and base are both at the floor of m"),
        ([0, 1, 0, 0, 1], [0] * 5, "floor"),  # a line or two are no learning
        ([500] * 5, [500, 499, 500, 500, 500], "ceiling"),
        ([1] * 5, [490] * 5, None),  # a base that has learnt beside a row at the floor
        ([500] * 5, [450, 460, 440, 455, 451], None),
        ([250] * 5, [250] * 5, None),  # equal, but of lines: the sampling error is known
        ([0], [0], "floor"),
        ([], [0] * 5, None),  # nothing to compare
    ],
)
def test_the_same_end_of_a_range_decides_nothing(row, base, said):
    found = problem(shares(*row), shares(*base))
    assert found is None if said is None else said in found


def test_a_range_is_only_known_where_it_is_declared():
    assert problem(shares(*[0] * 5), shares(*[0] * 5), None) is None
    floor = MetricDeclaration("m", low=1)
    assert "floor" in problem(plain(1.0, 1.0), plain(1.0, 1.0), floor)


def test_without_spread_nothing_is_known_of_the_error_but_of_counts():
    equal = plain(*[2.0] * 5)
    assert "does not vary over seeds" in problem(equal, plain(*[3.0] * 5), LOSS)
    assert "does not vary over seeds" in problem(equal, equal, LOSS)
    assert problem(equal, plain(3.0, 3.1, 3.0, 3.0, 3.0), LOSS) is None
    assert problem(equal, plain(*[3.0] * 5), COUNT) is None


def test_a_base_that_has_learnt_nothing_is_no_base():
    learnt = Condition("m", "the base has learnt too little", above=50.0)
    low = shares(200, 210, 190, 205, 195)
    found = problem(shares(*[400] * 5), low, SHARE, [learnt])
    assert found == "cannot tell: the base has learnt too little (m 40, not above 50)"
    assert problem(low, shares(*[400] * 5), SHARE, [learnt]) is None  # the row may have learnt nothing
    # Of what is no quality, such as the entropy at the start, learning says nothing.
    assert problem(shares(*[400] * 5), low, MetricDeclaration("m"), [learnt]) is None
    # A fall in accuracy is no quality, but where there is no accuracy there is nothing to lose.
    assert problem(shares(*[400] * 5), low, MetricDeclaration("m", needs_learning=True), [learnt]) == found


def test_conditions_may_ask_about_another_side_than_the_base():
    """A claim may compare a grid's base with a row that has learnt nothing: that is the result, not a fault."""
    condition = Condition("m", "the base has learnt too little", above=50.0)
    learnt, poor = plain(80.0, 81.0), plain(10.0, 11.0)
    assert unsound("base", learnt, poor, "m", SHARE, [condition]) is not None
    assert unsound("base", learnt, poor, "m", SHARE, [condition], learner=learnt) is None


def test_all_sides_or_none_are_at_one_end():
    full, nearly = shares(500, 500), shares(450, 452)
    assert at_one_end([full, full, full], "m", SHARE) == "ceiling"
    assert at_one_end([full, nearly, full], "m", SHARE) is None
    assert at_one_end([full, full], "m", None) is None


def test_a_condition_may_be_of_single_rows_and_compare_two_metrics():
    fits = Condition("train.nll", "no over-fitting yet", below="dev.nll", rows=("row",))
    row, over, under = plain(2.0, 2.1), plain(2.0, 2.2), plain(2.0, 2.2)
    over = plain(2.0, 2.2, **{"train.nll": 1.5, "dev.nll": 2.0})
    under = plain(2.0, 2.2, **{"train.nll": 2.5, "dev.nll": 2.0})
    assert problem(row, over, LOSS, [fits]) is None
    assert "no over-fitting yet (train.nll 2.5, not below dev.nll (2))" in problem(row, under, LOSS, [fits])
    assert unsound("another", row, under, "m", LOSS, [fits]) is None
    assert problem(row, plain(2.0, 2.2), LOSS, [fits]) is None  # made before it was measured


def test_the_sampling_error_is_that_of_a_share_drawn_towards_a_half():
    (record,) = shares(450).values()
    p = 452 / 504
    assert sampling_error(record, "m") == pytest.approx(100 * math.sqrt(p * (1 - p) / 504))
    (nothing,) = shares(0).values()
    assert 0.2 < sampling_error(nothing, "m") < 0.4
    (unknown,) = plain(3.0).values()
    assert sampling_error(unknown, "m") is None
    (looked_into,) = plain(0.5, **{"data.test": 400.0}).values()
    looked_into.metrics["m"] |= {"unit": "share", "details": {"lines": 100}}
    assert sampling_error(looked_into, "m") == pytest.approx(math.sqrt(0.25 / 104))
    del looked_into.metrics["m"]["details"]["lines"]
    assert sampling_error(looked_into, "m") == pytest.approx(math.sqrt(0.25 / 404))
    row, base = shares(*[450] * 5), shares(*[450] * 4)
    error = sampling_error(record, "m")
    assert least_error(row, base, "m") == pytest.approx(error * math.sqrt(1 / 5 + 1 / 4))
    assert least_error(plain(1.0, 2.0), plain(1.0), "m") == 0


def grid(**options):
    rows = [Row("base", {}, {}, None), Row("row", {}, {}, "base")]
    function = "tests.ledger.comparing.test_soundness:share"
    return Grid("g", "s", "", function, "m", "higher", {"m": "m"}, (), None, [1], rows, margin=2.0, **options)


def metrics_share(config):
    """What the planted function declares."""
    yield SHARE


@pytest.mark.parametrize("spread", ["pairs", "pooled"])
@pytest.mark.parametrize(
    ("row", "base", "decision"),
    [
        ([0] * 5, [0] * 5, "inconclusive"),
        ([500] * 5, [500] * 5, "inconclusive"),
        ([1, 0, 2, 1, 1], [490, 492, 488, 491, 489], "worse"),
        ([1] * 5, [490] * 5, "worse"),  # equal values, but the sampling error is known
        ([250] * 5, [250] * 5, "inconclusive"),  # 500 lines cannot show a difference below 2 points
        ([470], [440], "inconclusive"),
        ([470, 471], [440, 441], "inconclusive"),
        ([], [], "inconclusive"),
    ],
)
def test_degenerate_rows_in_a_grid(row, base, decision, spread):
    found = compare(grid(spread=spread), {"row": shares(*row), "base": shares(*base)})[1]
    assert found.finding.decision == decision
    if found.difference.smallest_detectable is not None:
        assert found.difference.smallest_detectable > 0


# By default the floor and the middle with pairs, and the ceiling with a pool.
@pytest.mark.parametrize(
    ("spread", "level"), others_slow(product(["pairs", "pooled"], [0.0, 0.002, 0.3, 0.9, 0.998, 1.0]), [0, 2, 10])
)
def test_rows_that_differ_in_nothing_are_found_different_in_at_most_5_percent(level, spread):
    """Shares of 500 lines at the floor, at the ceiling and between, some seeds better than others in the middle."""
    generator = np.random.default_rng(7)
    wrong, grids = 0, 150
    for _ in range(grids):
        spread_of_seeds = 0.03 if 0.1 < level < 0.95 else 0.0
        drawn = generator.binomial(LINES, np.clip(level + spread_of_seeds * generator.standard_normal((2, 5)), 0, 1))
        row, base = (shares(*map(int, side)) for side in drawn)
        wrong += compare(grid(spread=spread), {"row": row, "base": base})[1].finding.decision in ("better", "worse")
    assert wrong <= 0.05 * grids + 2 * math.sqrt(0.05 * 0.95 * grids)


@pytest.mark.parametrize("side", [0, 1])
def test_a_trial_run_decides_nothing(side):
    sides = [shares(0, 1, 0, 2, 1), shares(400, 410, 405, 390, 402)]
    assert problem(*sides) is None
    trial(sides[side], None)
    assert problem(*sides) is None, "all lines were translated"
    trial(sides[side], 20)
    assert problem(*sides) == "cannot tell: in a trial run, only the first 20 lines were translated"


def test_a_share_of_trees_is_known_by_its_sentences():
    of_lines = shares(450)[1]
    of_trees = SimpleNamespace(
        metrics={"m": {**of_lines.metrics["m"], "unit": "% of sentences", "details": {"sentences": 500, "count": 450}}}
    )
    assert sampling_error(of_trees, "m") == sampling_error(of_lines, "m") > 0


def test_more_correct_lines_than_there_are_say_nothing():
    assert sampling_error(shares(501)[1], "m") is None


def test_one_run_of_each_is_too_few_and_not_without_spread():
    assert unsound("row", plain(3.0), plain(2.0), "m", LOSS, []) is None
    assert "does not vary over seeds" in unsound("row", plain(3.0, 3.0), plain(2.0), "m", LOSS, [])
