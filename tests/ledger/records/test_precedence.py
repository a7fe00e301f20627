"""One rule for which record counts, wherever records are chosen."""

from itertools import permutations
from pathlib import Path

import pytest

from reports.verdicts.records import read_records
from repro.ledger.records.precedence import rank, that_counts
from repro.ledger.records.recorded_cells import RecordedCells
from tests.reports.records import planted, write


@pytest.mark.parametrize(
    ("statuses", "counting"),
    [([], None), (["done", "failed"], 0), (["done", "done", "killed"], 1), (["failed", "diverged"], 1)],
)
def test_the_last_attempt_that_is_done_counts_or_else_the_last(statuses: list[str], counting: int | None) -> None:
    attempts = [planted("heads", "one", 1, {"m": 1.0}, status=status) for status in statuses]
    found = that_counts(attempts, lambda record: record)
    assert found is (None if counting is None else attempts[counting])


def test_ranks_are_in_this_order() -> None:
    def made(status: str, planned: bool, day: int) -> tuple[bool, int, str]:
        record = planted("heads", "one", 1, {"m": 1.0}, status=status, started=f"2026-01-0{day}T00:00:00+00:00")
        return rank(record, planned)

    right = [
        made("done", True, 1),
        made("diverged", True, 3),
        made("diverged", True, 2),
        made("failed", True, 4),
        made("done", False, 9),
        made("killed", False, 9),
    ]
    assert all(sorted(order, reverse=True) == right for order in permutations(right))


@pytest.mark.parametrize(("older", "newer", "counting"), [("done", "diverged", 0), ("diverged", "failed", 0)])
def test_a_report_and_a_repetition_choose_the_same_record(
    tmp_path: Path, older: str, newer: str, counting: int
) -> None:
    """Of two cells of one row and seed, neither of which is planned."""
    made = [
        planted(
            "mine",
            "r",
            1,
            {"m": 1.0} if status == "done" else {},
            cell=str(day) * 12,
            status=status,
            started=f"2026-01-0{day}T00:00:00+00:00",
            error=None if status == "done" else "nan",
        )
        for day, status in enumerate((older, newer), start=1)
    ]
    directories = [write(tmp_path, record).parent for record in made]
    chosen = RecordedCells(directories).best("r", 1, ())
    assert chosen is not None
    assert chosen.record == made[counting]
    assert [stored.record for stored in read_records([tmp_path]).counted] == [made[counting]]
