"""Over data sets: enough of them, too few, and not decided yet."""

import pytest

from reports.claims.claim import Corpora
from reports.verdicts.rules.corpora import together

FIVE = Corpora(("a", "b", "c", "d", "e"), 3)


@pytest.mark.parametrize(
    ("holds", "false", "outcome"),
    [
        ("", "", "open"),
        ("ab", "", "open"),
        ("abc", "", "holds"),
        ("abc", "de", "holds"),
        ("", "ab", "open"),
        ("ab", "cd", "open"),
        ("", "abc", "false"),
        ("ab", "cde", "false"),
    ],
)
def test_enough_or_no_longer_to_be_reached(holds, false, outcome):
    assert together(FIVE, {**dict.fromkeys(holds, "holds"), **dict.fromkeys(false, "false")}).outcome == outcome


def test_open_ones_count_neither_way():
    outcomes = {**dict.fromkeys("ab", "holds"), **dict.fromkeys("cde", "open")}
    assert together(FIVE, outcomes).outcome == "open"


def test_it_says_which_are_which_and_what_is_needed():
    found = together(FIVE, {"a": "holds", "b": "holds", "d": "false"})
    assert found.holds == 2
    assert found.reason == (
        "holds on 2 of 5 data sets (a, b); does not hold on 1 (d); not decided on 2 (c, e); at least 3 are needed"
    )


def test_other_scales_say_nothing():
    assert together(Corpora(("a", "b"), 1), {"builtin": "holds"}).outcome == "open"
