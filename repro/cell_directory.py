"""The names of files in a cell's directory, shared by the ledger, the experiments and the report.

    <directory>/cell.json          what is run here
    <directory>/log.txt            what a launcher's process printed
    <directory>/.lock/             there while a process works on the cell
    <directory>/attempt-1/         started.json, metrics.csv, checkpoints, hypotheses; record.json when it has ended

ledger/records/attempts.py describes the life of an attempt.
"""

import shutil
from contextlib import AbstractContextManager
from pathlib import Path

from repro import locks

CELL_FILE = "cell.json"
LOG = "log.txt"
LOCK = ".lock"
STARTED = "started.json"
AVERAGED = "averaged.ckpt"
"""The averaged weights of a training."""
CURVE = "metrics.csv"
RECORD = "record.json"
DAMAGED = "record.damaged.json"
"""A record that could not be read, set aside."""
TRAINED = "trained.json"
"""There when a training is over, and only decoding and scoring are left."""
CHECKPOINTS, MILESTONES = "checkpoints", "milestones"
"""Folders of an attempt that only resuming and scoring need."""

_ATTEMPT = "attempt-"


def attempt_name(number: int) -> str:
    """The name of an attempt's directory; attempts count from 1."""
    return f"{_ATTEMPT}{number}"


def attempt_number(name: str) -> int | None:
    """The number of the attempt whose directory has this name; None for any other name."""
    digits = name.removeprefix(_ATTEMPT)
    return int(digits) if digits != name and digits.isdecimal() else None


def numbered_attempts(directory: Path) -> list[tuple[int, Path]]:
    """The numbers and directories of all attempts, in order."""
    numbered = [(attempt_number(path.name), path) for path in directory.glob(f"{_ATTEMPT}*")]
    return sorted((number, path) for number, path in numbered if number is not None)


def attempts(directory: Path) -> list[Path]:
    """The directories of all attempts, in order."""
    return [path for _, path in numbered_attempts(directory)]


def clear_attempt(attempt: Path) -> None:
    """Remove the checkpoints of a finished training; the averaged weights are stored elsewhere.

    Raises:
        Taken: another process works on the cell now.
    """
    locks.check_may_write(attempt)
    for name in (CHECKPOINTS, MILESTONES):
        shutil.rmtree(attempt / name, ignore_errors=True)


def needs_clearing(attempt: Path) -> bool:
    """Whether something lies there that `clear_attempt` drops; whatever is no training keeps what it has written."""
    is_training = (attempt / TRAINED).is_file()
    return is_training and any((attempt / name).is_dir() for name in (CHECKPOINTS, MILESTONES))


def held(directory: Path) -> AbstractContextManager[None]:
    """Keep every other process from working on the cell.

    Raises:
        repro.locks.Locked: a living process works on it already; the message says which.
    """
    return locks.directory_lock(directory / LOCK, wait=False)


def is_held(directory: Path) -> bool:
    """Whether a living process works on the cell."""
    return locks.is_locked(directory / LOCK)
