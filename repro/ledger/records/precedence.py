"""Which of several records counts: among one cell's attempts, and among several cells of one row and seed."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from repro.ledger.records.record import Record

T = TypeVar("T")


def that_counts(attempts: Sequence[T], record_of: Callable[[T], Record]) -> T | None:
    """The last attempt of a cell that is done, else the last one; None without any. `attempts` are in order."""
    done = [attempt for attempt in attempts if record_of(attempt).status == "done"]
    return next(iter([*done[-1:], *attempts[-1:]]), None)


def rank(record: Record, planned: bool) -> tuple[bool, int, str]:
    """The rank of a record: among several cells of one row and seed, the one with the largest rank counts.

    Cells that the grid plans come before others; then finished ones, diverged ones (a result, too) and all others; then
    the newest.
    """
    return planned, {"done": 2, "diverged": 1}.get(record.status, 0), record.started
