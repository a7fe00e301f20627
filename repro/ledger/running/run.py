"""Runs one cell in one directory: resumes unfinished work, and records every ending."""

import contextlib
import dataclasses
import datetime
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from repro import files, json_file, locks
from repro.called_function import called_function
from repro.cell_directory import CELL_FILE, STARTED, attempts, held
from repro.errors import BadInput, Diverged, Interrupted, NoRoom, Taken
from repro.ledger.grids.cell import Cell
from repro.ledger.records.attempts import (
    Attempt,
    clear_held,
    ended,
    next_attempt,
    record_that_counts,
    records,
    set_aside_damaged,
)
from repro.ledger.records.cell_file import assign_directory, remove_unfinished
from repro.ledger.records.record import TUNING, Record, Status, within_range, wrong_key
from repro.ledger.running import machine, ranks
from repro.metric_declaration import declared_metrics, with_declarations
from repro.outcome import Outcome
from repro.parent_process import end_with_parent
from repro.streams import note

MOST_SECONDS = 1e11
"""Since 1970, as no calendar here goes beyond the year 5000."""


def run_cell(
    cell: Cell, directory: Path, command: str, repeat: bool = False, ended_before: int | None = None
) -> Record | None:
    """Run a cell to its record, or find it done; `repeat` runs it anew even then.

    Args:
        cell, directory: what is run, and where.
        command: what repeats it.
        repeat: run it anew even if it is done.
        ended_before: how many of its attempts had ended when it was chosen. If more have ended since, another launcher
            has run it, and its record is what comes of it. None: it is run all the same.

    Returns:
        The record that counts, or that the other launcher made; None on the other ranks of a distributed cell.

    Raises:
        BadInput: the configuration cannot be run; Taken: another process runs the cell; NoRoom: the disk is full.
        Interrupted: stopped by a signal; the same command goes on.
    """
    if not ranks.is_first():
        _work_as_peer(cell, ranks.shared_attempt(directory))
        return None
    machine.commit()  # noted now: what is committed while the cell runs is not what it runs with
    existed = directory.exists()
    fresh = not existed or (directory.is_dir() and not any(directory.iterdir()))  # and if it is refused, again
    assign_directory(directory, cell)
    try:
        with held(directory), _assigned(directory, cell, fresh):
            remove_unfinished(directory)
            for said in set_aside_damaged(directory):
                note(said)
            recorded = records(directory)
            if recorded and ended_before is not None and ended(directory) > ended_before:
                note(f"{directory} was run by another launcher in the meantime")
                return recorded[-1]
            attempt = next_attempt(directory, repeat)
            if attempt is None:
                note(f"{directory} is already done")
                clear_held(directory)
                return record_that_counts(directory)
            ranks.share_attempt(attempt.directory)
            return _work(cell, attempt, command)
    except locks.Locked as error:
        raise Taken(f"{directory} is being run by {error}; wait for it or choose another --out") from error
    except BadInput:
        if not existed:
            with contextlib.suppress(OSError):  # not empty: there is work in it, or another process has come
                directory.rmdir()
        raise
    finally:
        ranks.forget_attempt(directory)


def _work_as_peer(cell: Cell, attempt: Path) -> None:
    """Work as another rank than the first of a distributed cell, which alone writes and tells how it ends."""
    end_with_parent()
    # A stop or divergence is agreed on by all ranks. It is no failure of this one: Lightning would kill
    # the first rank, which may still be writing, when another one fails.
    with contextlib.suppress(Interrupted, Diverged):
        called_function(cell.function)(dict(cell.config), attempt)


def _work(cell: Cell, attempt: Attempt, command: str) -> Record:
    began = time.time()
    status: Status = "done"
    outcome = Outcome({})
    error: str | None = None
    try:
        if attempt.continues:
            _note_killed_part(attempt)
        given: object = called_function(cell.function)(dict(cell.config), attempt.directory)
        if not isinstance(given, Outcome):
            raise TypeError(f"{cell.function} gave {type(given).__name__}, but is declared to return an Outcome")
        outcome = given
    except Taken:
        raise
    except (BadInput, Interrupted, KeyboardInterrupt, SystemExit):
        with contextlib.suppress(OSError, Taken):  # the disk may be full
            _note_seconds(attempt, began)
        raise
    except Diverged as reason:
        status, error = "diverged", str(reason)
    except OSError as reason:
        if files.is_full(reason):
            with contextlib.suppress(OSError, Taken):
                _note_seconds(attempt, began)
            where = reason.filename or attempt.directory
            raise NoRoom(f"{where} cannot be written ({reason.strerror}); make room and repeat the command") from reason
        status, error = "failed", traceback.format_exc()
    except Exception:
        status, error = "failed", traceback.format_exc()
    record, wrong = _record_or_fault(cell, attempt, status, began, command, outcome, error)
    if record is None:  # what no reader would take for a record must not become one
        status, error = "failed", f"{cell.function} gave {wrong}, which is not what it should be in a record"
        outcome = Outcome({})
        record = _record(cell, attempt, status, began, command, outcome, error)
    locks.check_may_write(attempt.directory)  # or the other process's record would be an unexpected one here
    try:
        path = record.write(attempt.directory)
    except OSError as reason:
        if files.is_full(reason):
            raise NoRoom(
                f"{attempt.directory} has no room for the record; make room and repeat the command"
            ) from reason
        raise
    if outcome.after is not None:
        outcome.after()
    if error is not None:
        note(f"{status}: {error.strip().split(chr(10))[-1]} (see {path})")
    return record


def record_end(
    cell: Cell, directory: Path, status: Status, began: float, command: str, error: str, repeat: bool = False
) -> Record | None:
    """Record how a cell ended that could not do so itself: killed, out of time, or refused.

    Args:
        cell, directory: as for `run_cell`.
        status: what is recorded.
        began: when its process was started, seconds since 1970.
        command: what repeats it.
        error: what went wrong, and the end of its log.
        repeat: whether it was to be run anew even if it is done.

    Returns:
        The record; None if the cell turns out to be done, or another process has taken it up.
    """
    assign_directory(directory, cell)
    try:
        with held(directory):
            set_aside_damaged(directory)
            attempt = next_attempt(directory, repeat)
            if attempt is None:
                return None
            record = _record(cell, attempt, status, began, command, Outcome({}), error)
            record = dataclasses.replace(record, peak_memory_bytes=0)  # that of its process is not known any more
            locks.check_may_write(attempt.directory)
            record.write(attempt.directory)
            return record
    except (locks.Locked, Taken):
        return None


def _record_or_fault(
    cell: Cell, attempt: Attempt, status: Status, began: float, command: str, outcome: Outcome, error: str | None
) -> tuple[Record | None, str]:
    """The record; or None, and what the function gave that can stand in none."""
    try:
        record = _record(cell, attempt, status, began, command, outcome, error)
        wrong = wrong_key(vars(record))
        files.json_text(dataclasses.asdict(record))
    except (AttributeError, LookupError, TypeError, ValueError) as fault:
        return None, f"metrics, data or details that cannot be written ({fault})"
    return (record, "") if wrong is None else (None, wrong)


def _record(
    cell: Cell, attempt: Attempt, status: Status, began: float, command: str, outcome: Outcome, error: str | None
) -> Record:
    commit, dirty = machine.commit()
    started, before, until = _started(attempt)
    return Record(
        cell=cell.id,
        grid=cell.grid,
        row=cell.row,
        scale=cell.scale,
        seed=cell.seed,
        status=status,
        metrics=within_range(with_declarations(outcome.metrics, declared_metrics(cell.function, cell.config))),
        config=cell.config,
        data=outcome.data,
        attempt=attempt.number,
        seconds=before + time.time() - max(began, until),
        peak_memory_bytes=machine.peak_memory_bytes(),
        hardware=machine.hardware(),
        versions=machine.versions(),
        commit=commit,
        dirty=dirty,
        command=command,
        started=datetime.datetime.fromtimestamp(started, datetime.UTC).isoformat(timespec="seconds"),
        error=error,
        details={**outcome.details, **({} if cell.tuning is None else {TUNING: cell.tuning})},
    )


def _started(attempt: Attempt) -> tuple[float, float, float]:
    """When the attempt began, how many seconds its earlier parts worked, and when the last of them ended.

    Times are seconds since 1970; the last one is 0 if no part has noted its end.
    """
    now = time.time()
    try:
        content = json_file.read_json(attempt.directory / STARTED)
        times = float(content["started"]), float(content["seconds"]), float(content.get("until", 0))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return now, 0.0, 0.0
    return times if all(0 <= number <= MOST_SECONDS for number in times) else (now, 0.0, 0.0)


def _note_seconds(attempt: Attempt, began: float) -> None:
    """Keep the time of a part that ends without a record; who watched it may write one afterwards.

    Raises:
        Taken: the cell is another process's now.
    """
    started, before, _ = _started(attempt)
    now = time.time()
    noted = {"started": started, "seconds": before + now - began, "until": now}
    files.write_json(attempt.directory / STARTED, noted)


def _note_killed_part(attempt: Attempt) -> None:
    """Keep the time of an earlier part that could not note its own: until it last wrote a file here."""
    started, before, until = _started(attempt)
    last = min(time.time(), max(_written(attempt.directory), default=0.0))
    lost = last - max(started, until)
    if lost > 0:
        files.write_json(attempt.directory / STARTED, {"started": started, "seconds": before + lost, "until": last})


def _written(directory: Path) -> Iterator[float]:
    """When the files of an attempt were written, in seconds since 1970, but for its start."""
    for path in directory.rglob("*"):
        with contextlib.suppress(OSError):
            if path.name != STARTED and path.is_file():
                yield path.stat().st_mtime


@contextlib.contextmanager
def _assigned(directory: Path, cell: Cell, fresh: bool) -> Iterator[None]:
    """A directory that is held and is this cell's; where it is fresh, a run that is refused leaves nothing in it."""
    assign_directory(directory, cell)  # again: one that was refused may have taken the cell file away since
    try:
        yield
    except Taken:  # another process has taken the cell over: what lies there now is its own
        raise
    except BadInput:
        if fresh:
            _remove_unused(directory)
        raise


def _remove_unused(directory: Path) -> None:
    """Take away what a run has set up where it wrote nothing else."""
    for attempt in attempts(directory):
        entries = {entry.name for entry in attempt.iterdir()}
        if entries - {STARTED}:
            return
    for attempt in attempts(directory):
        (attempt / STARTED).unlink(missing_ok=True)
        attempt.rmdir()
    (directory / CELL_FILE).unlink(missing_ok=True)
