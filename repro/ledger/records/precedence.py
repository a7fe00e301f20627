"""Which of several records counts: of one cell's attempts, and of several cells of one row and seed."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from repro.ledger.records.record import Record

T = TypeVar("T")


def that_counts(attempts: Sequence[T], record_of: Callable[[T], Record]) -> T | None:
    """Of the attempts of one cell, in their order, the last that is done, else the last one; None without any."""
    done = [attempt for attempt in attempts if record_of(attempt).status == "done"]
    return next(iter([*done[-1:], *attempts[-1:]]), None)


def rank(record: Record, planned: bool) -> tuple[bool, int, str]:
    """Of several cells of one row and seed, that with the largest rank counts.

    One that the grid plans comes before others; then what is done, a divergence, which is a result too, and anything
    else; then the newest.
    """
    return planned, {"done": 2, "diverged": 1}.get(record.status, 0), record.started
