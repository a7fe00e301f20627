"""The order of a grid's rows against a published column."""

from dataclasses import replace

import pytest

from reports.claims.claim import Question
from repro.ledger.grids.condition import Condition
from repro.metric_declaration import MetricDeclaration
from tests.reports.judging import claim, verdict_of
from tests.reports.records import planted

ROWS = {"a": 20.0, "b": 21.0, "c": 22.0, "d": 23.0, "e": 24.0, "f": 25.0}


@pytest.mark.parametrize(
    ("measured", "word"),
    [
        ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "reproduced"),
        ([6.0, 5.0, 4.0, 3.0, 2.0, 1.0], "contradicted"),
        ([2.0, 5.0, 1.0, 6.0, 3.0, 4.0], "inconclusive"),
        ([1.0, 2.0, 3.0], "inconclusive"),
    ],
)
def test_the_order_of_rows(measured, word):
    question = Question("g", "builtin", tuple(ROWS), None, "m", "higher", published=ROWS)
    records = [planted("g", row, 1, {"m": value}) for row, value in zip(ROWS, measured, strict=False)]
    found = verdict_of(claim("order", question), *records)
    assert found.verdict == word
    assert found.command == "ablate repeat g --scale builtin"


QUALITY = MetricDeclaration("m", "higher", quality=True, low=0, high=100)
LEARNT = Condition("m", "the base has learnt too little", above=50.0)
ORDERED = Question(
    "g", "builtin", tuple(ROWS), None, "m", "higher", published=ROWS, declared=QUALITY, conditional_on="a"
)


def order_of(measured, question):
    return verdict_of(
        claim("order", question),
        *[planted("g", row, 1, {"m": value}) for row, value in zip(ROWS, measured, strict=True)],
    )


def test_the_order_of_rows_whose_base_has_learnt_nothing_decides_nothing():
    assert order_of([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], ORDERED).verdict == "reproduced"
    found = order_of([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], replace(ORDERED, conditions=(LEARNT,)))
    assert (found.verdict, "has learnt too little" in found.reason) == ("inconclusive", True)
    of_one_row = replace(ORDERED, conditions=(replace(LEARNT, rows=("b",)),))
    assert order_of([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], of_one_row).verdict == "reproduced"


def test_an_order_waits_for_the_base_that_must_have_learnt():
    question = replace(ORDERED, conditions=(LEARNT,))
    records = [planted("g", row, 1, {"m": value}) for row, value in ROWS.items() if row != "a"]
    found = verdict_of(claim("order", question), *records)
    assert (found.verdict, found.reason) == (
        "inconclusive",
        "cannot tell: a has not run, which must have learnt enough",
    )


def test_rows_at_the_ceiling_have_no_order():
    assert order_of([100.0] * 6, ORDERED).reason == "cannot tell: all rows are at the ceiling of m"


def test_a_finished_run_without_a_value_leaves_the_order_open():
    records = [planted("g", row, 1, {"m": value}) for row, value in ROWS.items()]
    records.append(planted("g", "c", 2, {"m": None}))
    found = verdict_of(claim("order", ORDERED), *records)
    assert (found.verdict, found.reason) == ("inconclusive", "m has no value in 1 of 2 runs")
