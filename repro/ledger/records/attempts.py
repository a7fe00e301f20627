"""The attempts at a cell: numbered, all kept; the last good one counts.

An attempt without a record was interrupted, or killed together with whoever watched it, and is continued.
Where somebody watched and recorded the kill or the time limit, the next attempt takes over its files, so
that the work goes on from the last checkpoint. A record that cannot be read is set aside under another name.
"""

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repro import files, json_file, locks
from repro.cell_directory import (
    CLAIM,
    DAMAGED,
    LOCK,
    LOG,
    RECORD,
    STARTED,
    attempt_name,
    attempts,
    clear_attempt,
    held,
    needs_clearing,
    numbered_attempts,
)
from repro.errors import BadInput, NoRoom
from repro.ledger.grids.cell import Cell, first_difference, identity
from repro.ledger.records.record import NewerFormat, Record, Status, Unreachable, read_record

CLAIM_SECONDS = 60.0
"""After so long, nobody is still writing a claim, which takes milliseconds."""

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
    all_records = records(directory)
    done = [record for record in all_records if record.status == "done"]
    return done[-1] if done else all_records[-1] if all_records else None


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


def claim(directory: Path, cell: Cell) -> None:
    """Make `directory` this cell's, or see that it is.

    Raises:
        BadInput: it holds another run, or files that are no run of this project; NoRoom: the disk is full.
    """
    path = directory / CLAIM
    if path.exists():
        owner = _claim(path, "choose another --out")
        if owner["cell"] == cell.id:
            return
        raise BadInput(
            f"{directory} holds another run (cell {owner['cell']}, this is {cell.id}"
            f"{_differing(owner.get('identity', {}), identity(cell.config))}); choose another --out"
        )
    if directory.exists() and not directory.is_dir():
        raise BadInput(f"{directory} is a file; choose another --out")
    own = (LOCK, LOG, f".{CLAIM}.")  # the last: what a kill in the middle of the line below leaves
    if directory.is_dir() and any(not entry.name.startswith(own) for entry in directory.iterdir()):
        if path.exists():  # another launcher has claimed it since
            return claim(directory, cell)
        raise BadInput(f"{directory} holds files that are not of a run; choose another --out")
    content = {
        "cell": cell.id,
        "function": cell.function,
        "grid": cell.grid,
        "row": cell.row,
        "scale": cell.scale,
        "identity": identity(cell.config),
        "config": cell.config,
        **({} if cell.tuning is None else {"tuning": cell.tuning}),
    }
    try:
        files.write_json(path, content)
    except OSError as error:
        said = f"{directory} cannot be written ({error.strerror})"
        if files.is_full(error):
            raise NoRoom(f"{said}; make room and repeat the command") from error
        raise BadInput(f"{said}; choose another --out") from error


def remove_old_claims(directory: Path) -> None:
    """Remove what kills left of claims that were being written; whoever calls this holds the cell."""
    for leftover in directory.glob(f".{CLAIM}.*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > CLAIM_SECONDS:  # else another launcher may be writing it
                leftover.unlink()


def claimed_cell(directory: Path) -> Cell:
    """The cell whose directory this is.

    Raises:
        BadInput: it is not a cell's, or what says so is damaged.
    """
    path = directory / CLAIM
    if not path.exists():
        raise BadInput(f"{directory} is not a cell's directory; give one that holds a {CLAIM}")
    content = _claim(path, f"remove {directory} and run its cell again")
    place = content["grid"], content["row"], content["scale"]
    return Cell(content["function"], content["config"], *place, content.get("tuning"))


def _claim(path: Path, remedy: str) -> dict[str, Any]:
    """What says whose a directory is.

    Raises:
        BadInput: it is damaged, or cannot be read.
    """
    try:
        content = json_file.read_json(path)
    except json_file.NotReadable as error:
        raise BadInput(f"{path} is damaged ({error}); {remedy}") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); {remedy}") from error
    texts = ("cell", "function", "grid", "row", "scale")
    if not isinstance(content, dict) or not all(isinstance(content.get(key), str) for key in texts):
        raise BadInput(f"{path} is damaged (it names no cell); {remedy}")
    try:
        int(Cell(content["function"], content["config"]).seed)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadInput(f"{path} is damaged (it holds no configuration with a seed); {remedy}") from error
    return content


def _differing(before: Any, now: Any) -> str:
    difference = first_difference(before, now)
    return "" if difference is None else f", {difference[0]} is {difference[1]!r} there and {difference[2]!r} here"


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
