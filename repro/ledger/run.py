"""Runs one cell into one directory: resumes what is unfinished, and records however it ends."""

import contextlib
import datetime
import errno
import importlib
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from repro import files
from repro.errors import BadInput, Diverged, Interrupted
from repro.ledger import machine
from repro.ledger.attempts import Attempt, claim, next_attempt, record_that_counts
from repro.ledger.cell import Cell
from repro.ledger.record import Record, Status
from repro.outcome import Outcome

ATTEMPT_VARIABLE = "REPRO_ATTEMPT"
"""Tells the other ranks of a distributed cell which directory the first rank works in."""


def run_cell(cell: Cell, directory: Path, command: str) -> Record | None:
    """Run a cell to its record, or find it done.

    Returns:
        The record that counts; None on the other ranks of a distributed cell.

    Raises:
        BadInput: the configuration cannot be run, or the directory is taken.
        Interrupted: stopped by a signal; the same command goes on.
    """
    if int(os.environ.get("LOCAL_RANK", 0)) > 0:
        _work_as_peer(cell, Path(os.environ[ATTEMPT_VARIABLE]))
        return None
    fresh = not directory.exists()
    claim(directory, cell)
    try:
        with files.directory_lock(directory / ".lock", wait=False):
            attempt = next_attempt(directory)
            if attempt is None:
                print(f"{directory} is done already", file=sys.stderr)
                return record_that_counts(directory)
            os.environ[ATTEMPT_VARIABLE] = str(attempt.directory)
            return _work(cell, attempt, command)
    except files.Locked as error:
        raise BadInput(f"{directory} is being run by {error}; wait for it or choose another --out") from error
    except BadInput:
        if fresh:
            _remove_unused(directory)
        raise
    finally:
        os.environ.pop(ATTEMPT_VARIABLE, None)


def _function(cell: Cell) -> Callable[[dict[str, Any], Path], Outcome]:
    module, _, name = cell.function.partition(":")
    function: Callable[[dict[str, Any], Path], Outcome] = getattr(importlib.import_module(module), name)
    return function


def _work_as_peer(cell: Cell, attempt: Path) -> None:
    """Work as another rank than the first of a distributed cell, which alone writes and tells how it ends."""
    _end_with_parent()
    # A stop or divergence is agreed on by all ranks. It is no failure of this one: Lightning would kill
    # the first rank, which may still be writing, when another one fails.
    with contextlib.suppress(Interrupted, Diverged):
        _function(cell)(dict(cell.config), attempt)


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, even while it waits for it."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _work(cell: Cell, attempt: Attempt, command: str) -> Record:
    began = time.time()
    status: Status = "done"
    outcome = Outcome({})
    error: str | None = None
    try:
        outcome = _function(cell)(dict(cell.config), attempt.directory)
    except (BadInput, Interrupted, KeyboardInterrupt, SystemExit):
        with contextlib.suppress(OSError):  # the disk may be full
            _note_seconds(attempt, began)
        raise
    except Diverged as reason:
        status, error = "diverged", str(reason)
    except OSError as reason:
        if reason.errno in (errno.ENOSPC, errno.EDQUOT):
            with contextlib.suppress(OSError):
                _note_seconds(attempt, began)
            where = reason.filename or attempt.directory
            raise BadInput(
                f"{where} cannot be written ({reason.strerror}); make room and repeat the command"
            ) from reason
        status, error = "failed", traceback.format_exc()
    except Exception:
        status, error = "failed", traceback.format_exc()
    commit, dirty = machine.commit()
    started, before = _started(attempt)
    record = Record(
        cell=cell.id,
        grid=cell.grid,
        row=cell.row,
        scale=cell.scale,
        seed=cell.seed,
        status=status,
        metrics=outcome.metrics,
        config=cell.config,
        data=outcome.data,
        attempt=attempt.number,
        seconds=before + time.time() - began,
        peak_memory_bytes=machine.peak_memory_bytes(),
        hardware=machine.hardware(),
        versions=machine.versions(),
        commit=commit,
        dirty=dirty,
        command=command,
        started=datetime.datetime.fromtimestamp(started, datetime.UTC).isoformat(timespec="seconds"),
        error=error,
        details=outcome.details,
    )
    path = record.write(attempt.directory)
    if outcome.after is not None:
        outcome.after()
    if error is not None:
        print(f"{status}: {error.strip().split(chr(10))[-1]} (see {path})", file=sys.stderr)
    return record


def _started(attempt: Attempt) -> tuple[float, float]:
    """When the attempt began, and how long its earlier parts worked, in seconds since 1970 and seconds."""
    try:
        content = json.loads((attempt.directory / "started.json").read_text())
        return float(content["started"]), float(content["seconds"])
    except (OSError, ValueError, KeyError):
        return time.time(), 0.0


def _note_seconds(attempt: Attempt, began: float) -> None:
    started, before = _started(attempt)
    files.write_json(attempt.directory / "started.json", {"started": started, "seconds": before + time.time() - began})


def _remove_unused(directory: Path) -> None:
    """Take away a directory in which nothing but its own set-up was written."""
    for attempt in directory.glob("attempt-*"):
        entries = {entry.name for entry in attempt.iterdir()}
        if entries - {"started.json"}:
            return
    for attempt in directory.glob("attempt-*"):
        (attempt / "started.json").unlink(missing_ok=True)
        attempt.rmdir()
    (directory / "cell.json").unlink(missing_ok=True)
    if not any(directory.iterdir()):
        directory.rmdir()
