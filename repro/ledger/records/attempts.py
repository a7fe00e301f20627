"""The attempts at a cell: numbered, all kept; the last good one counts.

An attempt without a record was interrupted, or killed together with the process that watched it, and is continued.
If a watching process recorded the kill or the time limit, the next attempt takes over the files, so that the work
continues from the last checkpoint. A record that cannot be read is set aside under another name.
"""

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from repro import files, locks
from repro.cell_directory import (
    DAMAGED,
    RECORD,
    STARTED,
    attempt_name,
    attempts,
    clear_attempt,
    held,
    needs_clearing,
    numbered_attempts,
)
from repro.errors import BadInput
from repro.ledger.records.precedence import that_counts
from repro.ledger.records.record import NewerFormat, Record, Status, Unreachable, read_record

CUT_SHORT: tuple[Status, ...] = ("killed", "timeout")
"""Statuses of attempts whose work the next one takes over."""


@dataclass(frozen=True)
class Attempt:
    """One attempt: its number, its directory, and whether it takes up earlier work."""

    number: int
    directory: Path
    continues: bool


def has_ended(attempt: Path) -> bool:
    """Whether an attempt has a record, be it one that cannot be read any more."""
    return (attempt / RECORD).exists() or (attempt / DAMAGED).exists()


def ended(directory: Path) -> int:
    """How many attempts have ended."""
    return sum(map(has_ended, attempts(directory)))


def records(directory: Path) -> list[Record]:
    """The records of all attempts, in order.

    Raises:
        BadInput: one of them cannot be read; see `set_aside_damaged`.
    """
    return [read_record(path) for path in attempts(directory) if (path / RECORD).exists()]


def record_that_counts(directory: Path) -> Record | None:
    """The last attempt's record that is done, else the last record there is, else None."""
    return that_counts(records(directory), lambda record: record)


def set_aside_damaged(directory: Path) -> list[str]:
    """Rename each record that cannot be read, and say so; the cell is then run again.

    Raises:
        NewerFormat, Unreachable: a record of a newer version of this project, or one that cannot be read at the moment;
            neither is damaged, and it stays where it is.
    """
    said = []
    for attempt in attempts(directory):
        if (attempt / RECORD).exists():
            try:
                read_record(attempt)
            except (NewerFormat, Unreachable):
                raise
            except BadInput as error:
                os.replace(attempt / RECORD, attempt / DAMAGED)
                said.append(f"{error}: it is now {DAMAGED}, and the cell counts as not done")
    return said


def next_attempt(directory: Path, repeat: bool = False) -> Attempt | None:
    """The attempt to work on now: the unfinished one, or a new one; None if the cell is done.

    Args:
        directory: the cell's.
        repeat: make a new attempt even if the cell is done.
    """
    numbered = numbered_attempts(directory)
    last, latest = numbered[-1] if numbered else (0, None)
    if latest is not None and not has_ended(latest):
        if len(numbered) > 1:  # a kill may have come while it took over its predecessor's work
            _take_over(numbered[-2][1], latest)
        return Attempt(last, latest, continues=True)
    record = record_that_counts(directory)
    if record is not None and record.status == "done" and not repeat:
        return None
    path = directory / attempt_name(last + 1)
    path.mkdir(parents=True)
    files.write_json(path / STARTED, {"started": time.time(), "seconds": 0.0})
    continues = latest is not None and _take_over(latest, path)
    return Attempt(last + 1, path, continues)


def clear_done(directory: Path) -> None:
    """As `clear_held`, where no process works on the cell; a place that cannot be written is left as it is."""
    if any(map(needs_clearing, attempts(directory))):
        with contextlib.suppress(locks.Locked, OSError), held(directory):
            clear_held(directory)


def clear_held(directory: Path) -> None:
    """Drop the checkpoints of attempts that are done: of those that were killed between their record and doing so.

    Whoever calls this holds the cell.
    """
    for attempt in filter(needs_clearing, attempts(directory)):
        with contextlib.suppress(BadInput):
            if read_record(attempt).status == "done":
                clear_attempt(attempt)


def _take_over(before: Path, after: Path) -> bool:
    """Move the work of an attempt that was cut short into the next one; its record and its start stay."""
    if not (before / RECORD).exists() or read_record(before).status not in CUT_SHORT:
        return False
    for entry in before.iterdir():
        if entry.name not in (RECORD, STARTED):
            os.replace(entry, after / entry.name)
    return True
