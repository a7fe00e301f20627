"""The order of a grid's rows against a published column."""

import pytest

from reports.claims.claim import Question
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
