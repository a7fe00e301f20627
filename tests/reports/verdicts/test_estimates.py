"""How long a claim's next run takes, judged by planted records."""

from dataclasses import replace

import pytest

from reports.verdicts.estimates import core_seconds
from tests.reports.judging import QUESTION
from tests.reports.records import planted, records_of

HEADS = replace(QUESTION, grid="heads", rows=("one",), base="base")


def test_rows_times_seeds_by_records_of_the_same_grid():
    records = records_of([planted("heads", "half", seed, {"m": 1.0}, seconds=30.0) for seed in (1, 2)])
    assert core_seconds(HEADS, 5, records) == pytest.approx(2 * 5 * 30.0)
    assert core_seconds(replace(HEADS, scale="multi30k"), 5, records) is None


def test_another_grid_of_the_same_function_stands_in():
    other = planted("layers", "base", 1, {"m": 1.0}, seconds=20.0)
    counted = planted("counting", "base", 1, {"parameters": 1.0}, seconds=900.0)
    assert core_seconds(HEADS, 5, records_of([other, counted])) == pytest.approx(2 * 5 * 20.0)
    assert core_seconds(HEADS, 5, records_of([counted])) is None
