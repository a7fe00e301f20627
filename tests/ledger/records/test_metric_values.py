"""The value of a metric in a record, and over seeds."""

import math
from typing import Any

import pytest

from repro.ledger.records.metric_values import metric_values, value_of
from tests.reports.records import metric, planted


def record(value: Any, status: str = "done", seed: int = 1) -> Any:
    return planted("heads", "one", seed, {"m": {**metric(1.0), "value": value}}, status=status)


@pytest.mark.parametrize(
    ("value", "expected"), [(1.5, 1.5), (3, 3), (0, 0), (None, None), (True, None), (math.nan, None), ("1", None)]
)
def test_the_value_is_the_recorded_number_or_none(value: Any, expected: float | None) -> None:
    found = value_of(record(value), "m")
    assert found == expected
    assert type(found) is type(expected)
    assert value_of(record(value), "another") is None


def test_over_seeds_only_what_is_done_and_has_a_value_counts() -> None:
    runs = {
        1: record(1, seed=1),
        2: record(None, seed=2),
        3: record(5.0, status="diverged", seed=3),
        4: record(2.5, seed=4),
    }
    assert metric_values(runs, "m") == {1: 1.0, 4: 2.5}
    assert metric_values(runs, "another") == {}
