"""Runs a cell in its room, by the command of the commit there, and shows its progress."""

import math
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import IO

from repro.cell_directory import CURVE, attempts
from repro.data.corpus_folder import DATA_VARIABLE
from repro.errors import BadInput, Interrupted
from repro.learning_curve import readable_rows
from repro.ledger.records.metric_values import value_of
from repro.ledger.records.record import Record
from repro.paths import expanded
from repro.progress import Progress
from repro.streams import in_one_line
from repro.verification.room import Room

POLL_SECONDS = 0.2
"""Between two looks at whether the cell has ended."""
READ_SECONDS = 1.0
"""Between two looks at what it has written."""
SHOWN = 100
"""The most characters that are shown of the last line of its log."""
PATIENCE_SECONDS = 120.0
"""How long a cell that was told to stop may take to write its checkpoint."""
NAMED = "import setuptools; setuptools.setup()"
"""Writes a checkout's metadata beside its code. PEP 660 would write them into the environment, which rooms share."""

Look = Callable[[], str | None]
"""Returns why a running cell must stop; None while it may go on."""


def prepare_code(room: Room, python: Path) -> None:
    """Make the room's code importable as if it were installed, and check that it can run a cell.

    Raises:
        BadInput: one of the two fails.
    """
    if not list(room.code.glob("*.egg-info")):
        done = _asked(room, [str(python), "-c", NAMED, "--quiet", "egg_info"], room.code)
        if done.returncode:
            raise BadInput(f"the metadata of the record's code cannot be written ({_last_line(done.stderr)})")
    if _asked(room, [str(python), "-m", "repro", "cell", "--help"], room.path).returncode:
        raise BadInput(
            "the record's commit has no command `repro cell` that runs in its environment, so the record cannot be "
            "verified by its own code; `ablate repeat` runs its cell with today's code"
        )


def run_in_room(room: Room, python: Path, directory: Path, record: Record, look: Look) -> None:
    """Run or continue a cell until it ends, or until there is a reason to stop it.

    Args:
        room, python: the room, and the Python that runs the cell.
        directory: the cell's directory, with its cell file.
        record: the record to compare with; it says how many updates there are.
        look: called again and again; a reason that it returns stops the cell.

    Raises:
        BadInput: the room's code refuses the cell.
        Interrupted: stopped by a signal; the same command goes on.
    """
    with open(room.log, "ab") as log:
        begin = log.tell()
        command = [str(python), "-m", "repro", "cell", str(directory.absolute())]
        reason, status = _watched(room, command, record, look, log)
    if reason is None and status not in (0, 1):
        said = _last_line(_since(room.log, begin))
        raise BadInput(f"the record's code refuses the cell: {said.removeprefix('repro: ') or f'exit status {status}'}")


def _watched(room: Room, command: list[str], record: Record, look: Look, log: IO[bytes]) -> tuple[str | None, int]:
    """The reason why it was stopped, if any, and its exit status."""
    directory = Path(command[-1])
    total = updates_of(record)
    name = f"{record.grid or 'run'} {record.row} seed {record.seed}".replace("  ", " ")
    unit = "updates" if total else "s of the record's time"
    began = time.monotonic()
    with _stopping_cleanly() as stopped, Progress(name, total or round(record.seconds), unit) as progress:
        process = subprocess.Popen(
            command,
            cwd=room.path,
            env=_environment(room),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is passed on once, and not by the terminal, too
        )
        reason = None
        read = -math.inf
        try:
            while process.poll() is None and reason is None and not stopped.is_set():
                time.sleep(POLL_SECONDS)
                if time.monotonic() - read < READ_SECONDS:
                    continue
                read = time.monotonic()
                said = in_one_line(_last_line(_end(room.log)))[:SHOWN]
                seconds = min(int(time.monotonic() - began), round(record.seconds))
                done = last_step(directory) if total else seconds
                progress.advance(max(0, done - progress.done), said)
                reason = look()
        finally:
            _end_process(process)
    if stopped.is_set():
        raise Interrupted(f"stopped; the same command continues from what is saved in {room.path}")
    return reason, process.returncode


@contextmanager
def _stopping_cleanly() -> Iterator[threading.Event]:
    """A context in which SIGINT and SIGTERM set the event and do not end this process; only in the main thread."""
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    signals = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    before = {number: signal.signal(number, stop) for number in signals}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_process(process: "subprocess.Popen[bytes]") -> None:
    """Let a process write its checkpoint and end; then end everything that it started."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE_SECONDS)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _environment(room: Room) -> dict[str, str]:
    """The user's variables without those that tell Python where to look; the cell runs in another folder than ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GIT_", "VIRTUAL_ENV"))}
    if kept.get(DATA_VARIABLE):
        kept[DATA_VARIABLE] = str(expanded(kept[DATA_VARIABLE]).absolute())
    return {**kept, "PYTHONPATH": str(room.code.absolute()), "PYTHONNOUSERSITE": "1"}


def _asked(room: Room, command: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=folder,
        env=_environment(room),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


# ---- how far it is


def updates_of(record: Record) -> int | None:
    """How many updates a cell makes; None if it trains nothing, or if the record does not say."""
    made = value_of(record, "train.updates")
    return None if made is None else int(made)


def last_step(directory: Path) -> int:
    """The last update in the curve of a cell's last attempt; 0 if there is none."""
    return max((step for step, _ in curve(directory)), default=0)


def curve(directory: Path) -> Mapping[tuple[int, str], Mapping[str, str]]:
    """The learning curve of a cell's last attempt; read again only if it has changed."""
    found = attempts(directory)
    if not found:
        return {}
    path = found[-1] / CURVE
    try:
        status = path.stat()
    except OSError:
        return {}
    return _read_once(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=1)
def _read_once(path: Path, size: int, changed: int) -> Mapping[tuple[int, str], Mapping[str, str]]:
    return read_curve(path)


def read_curve(path: Path) -> Mapping[tuple[int, str], Mapping[str, str]]:
    """(update, split) -> column -> number as it is written; empty if there is no such file.

    An unfinished last line is ignored.
    """
    lines: dict[tuple[int, str], Mapping[str, str]] = {}
    for row in readable_rows(path):
        with suppress(TypeError, ValueError, KeyError):
            lines[int(row["step"]), row["split"]] = row
    return lines


def _end(log: Path) -> str:
    return _since(log, max(0, log.stat().st_size - 4_000))


def _since(log: Path, begin: int) -> str:
    with open(log, "rb") as file:
        file.seek(begin)
        return file.read().decode(errors="replace")


def _last_line(text: str) -> str:
    return text.strip().replace("\r", "\n").split("\n")[-1]
