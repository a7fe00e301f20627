"""Signs of planted pairs, of which some have a run that went badly."""

from pathlib import Path

import pytest

from reports.evidence import Found
from reports.lost_runs import fate, is_lost, lost_pairs, signs_of
from tests.reports.records import planted


def runs(name, values, status="done"):
    """Seed -> run; None is a run that ended well without a value, "lost" one that diverged."""
    found = {}
    for seed, value in enumerate(values, 1):
        lost = value == "lost"
        record = planted("g", "r", seed, {} if lost else {name: value}, status="diverged" if lost else status)
        found[seed] = Found(record, "p", Path())
    return found


def test_what_is_lost():
    diverged, missed, reached = runs("goal.seconds", ["lost", None, 3.0]).values()
    assert [is_lost(run, "goal.seconds") for run in (diverged, missed, reached)] == [True, True, False]
    assert not is_lost(missed, "test.bleu")  # it has no such goal
    assert not is_lost(runs("test.f1", [None])[1], "test.f1")  # without a value for a reason of its own
    (failed,) = runs("goal.seconds", [None], status="failed").values()
    assert not is_lost(failed, "goal.seconds")
    assert (fate("goal.seconds"), fate("test.bleu")) == ("diverged or missed the goal", "diverged")


@pytest.mark.parametrize(
    ("better", "stated", "signs"),
    [
        ("higher", "higher", {1: 1, 2: -1, 3: -1, 4: 1, 5: 0, 6: 0}),
        ("higher", "lower", {1: -1, 2: 1, 3: 1, 4: -1, 5: 0, 6: 0}),
        ("lower", "lower", {1: -1, 2: 1, 3: -1, 4: 1, 5: 0, 6: 0}),
        ("lower", "higher", {1: 1, 2: -1, 3: 1, 4: -1, 5: 0, 6: 0}),
    ],
)
def test_a_lost_run_is_worse_than_any(better, stated, signs):
    row = runs("test.bleu", [9.0, 7.0, "lost", 8.0, "lost", 8.0, None])
    base = runs("test.bleu", [8.0, 8.0, 8.0, "lost", "lost", 8.0, 8.0, 8.0])
    assert lost_pairs(row, base, "test.bleu") == {3, 4, 5}
    assert signs_of(row, base, "test.bleu", stated, better) == signs  # seed 7 has no value, seed 8 no row
