"""The rank of this process in a distributed cell, and how the other ranks learn the first one's attempt.

Lightning starts the other ranks of a local cell itself and hands them its environment. A cluster, and torchrun, start
all processes of a job at once, so there the first one leaves a note in the cell's directory.
"""

import contextlib
import os
import time
from pathlib import Path

from repro import files, launchers, regular_file
from repro.cell_directory import attempt_number
from repro.errors import BadInput, Interrupted
from repro.launchers import ATTEMPT_VARIABLE, JOB_VARIABLE


def is_first() -> bool:
    """Whether this process is the one that writes and records."""
    return launchers.rank() == 0


def share_attempt(attempt: Path) -> None:
    """Tell the other ranks which attempt the first one works on."""
    os.environ[ATTEMPT_VARIABLE] = str(attempt)
    if JOB_VARIABLE in os.environ:
        files.write_text(_note(attempt.parent), attempt.name)


def shared_attempt(directory: Path, patience_seconds: float = 600.0) -> Path:
    """The attempt that the first rank works on, once it says so.

    Raises:
        Interrupted: it never does. BadInput: its note is unreadable or names no attempt.
    """
    if JOB_VARIABLE not in os.environ:
        return Path(os.environ[ATTEMPT_VARIABLE])
    last = time.monotonic() + patience_seconds
    while time.monotonic() < last:
        with contextlib.suppress(FileNotFoundError):
            return directory / _attempt_in(_note(directory))
        time.sleep(0.5)
    raise Interrupted(f"the first task of the job never began in {directory}")


def forget_attempt(directory: Path) -> None:
    """The attempt has ended, or stops for now."""
    os.environ.pop(ATTEMPT_VARIABLE, None)
    if JOB_VARIABLE in os.environ:
        _note(directory).unlink(missing_ok=True)


def _note(directory: Path) -> Path:
    return directory / f".attempt-of-{os.environ[JOB_VARIABLE]}"


def _attempt_in(note: Path) -> str:
    try:
        name = regular_file.read_bytes(note, most_bytes=1_000).decode()
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:  # no regular file, no UTF-8
        raise BadInput(f"{note} cannot be read ({error}); remove it and restart the job") from error
    if attempt_number(name) is None:
        raise BadInput(f"{note} does not name an attempt ({name[:40]!r}); remove it and restart the job")
    return name
