"""One cell in a process of its own, forked from a process that has imported everything and computed nothing.

Forking costs milliseconds where starting Python and importing Lightning costs seconds. Nothing may have
been computed before, since threads do not survive a fork.
"""

import fcntl
import importlib.util
import os
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn

from repro.errors import BadInput, Interrupted, NoRoom, Taken
from repro.ledger.attempts import LOG
from repro.ledger.cell import Cell
from repro.ledger.run import end_with_parent, run_cell

DONE, NOT_DONE, REFUSED, TAKEN, STOPPED, NO_ROOM = 0, 1, 2, 3, 4, 5
"""Exit statuses of a worker: its record says done, its record says otherwise, and four ways to have no record."""

END_OF_LOG = 4000
"""Characters of a log that go into a record."""


@dataclass(frozen=True)
class Task:
    """A cell to run.

    Attributes:
        cell: what is run.
        directory: where.
        exclusive: whether nothing else may run on the machine meanwhile.
        minutes: its time limit; None: none.
        repeat: run it anew even if it is done.
    """

    cell: Cell
    directory: Path
    exclusive: bool = False
    minutes: float | None = None
    repeat: bool = False


def start(task: Task, command: str, environment: dict[str, str]) -> int:
    """Fork a worker for a task and return its process id; what it prints goes to the cell's log."""
    sys.stdout.flush()
    sys.stderr.flush()
    launcher = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    _work(task, command, environment, launcher)


def _work(task: Task, command: str, environment: dict[str, str], launcher: int) -> NoReturn:
    """The forked process: never returns into the code that forked it."""
    status = NOT_DONE
    try:
        os.setpgid(0, 0)  # so that its own child processes end with it, and Ctrl-C is left to the launcher
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        end_with_parent(launcher)
        os.environ.update(environment)
        _talk_to(task.directory / LOG)
        _start_ranks_as(task.directory)
        with the_machine(alone=task.exclusive):
            status = _run(task, command)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _run(task: Task, command: str) -> int:
    try:
        record = run_cell(task.cell, task.directory, command, task.repeat)
    except (Interrupted, KeyboardInterrupt):
        return STOPPED
    except Taken:
        return TAKEN
    except NoRoom as error:
        print(error, file=sys.stderr)
        return NO_ROOM
    except BadInput as error:
        print(error, file=sys.stderr)
        return REFUSED
    return DONE if record is None or record.status == "done" else NOT_DONE


def _talk_to(log: Path) -> None:
    """Send everything that is printed from now on, by child processes too, to the end of a file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    # Whatever stood in place of the streams in the process that forked this one, a test's capture for example.
    sys.stdout = os.fdopen(1, "w", buffering=1, encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", closefd=False)
    print(f"---- {time.strftime('%Y-%m-%d %H:%M:%S')}, process {os.getpid()}", file=sys.stderr, flush=True)


def _start_ranks_as(directory: Path) -> None:
    """Let Lightning start the other ranks of a distributed cell with a command that runs this cell only."""
    sys.argv = ["repro", "cell", str(directory)]
    sys.modules["__main__"].__spec__ = importlib.util.find_spec("repro.__main__")


def end_of_log(directory: Path) -> str:
    """The last lines that a cell printed."""
    try:
        text = (directory / LOG).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text[-END_OF_LOG:].strip()


@contextmanager
def the_machine(alone: bool) -> Iterator[None]:
    """Share this machine with other cells, or have it alone, whichever launcher they belong to.

    The kernel gives the lock back when the process ends, however it ends.
    """
    with _open_lock() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield


def _open_lock() -> IO[bytes]:
    return open(Path(tempfile.gettempdir()) / f"repro-{os.getuid()}.lock", "ab")


def in_fork(work: Callable[[], None]) -> None:
    """Do something in a process of its own, so that this one has computed nothing; what it refuses is refused here.

    Raises:
        BadInput: as the work raised it.
    """
    read, write = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if not pid:
        try:
            work()
        except BadInput as error:
            os.write(write, str(error).encode())
        except BaseException:
            os.write(write, traceback.format_exc().encode())
        finally:
            os._exit(0)
    os.close(write)
    with open(read, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(pid, 0)
    if said.startswith("Traceback"):
        raise RuntimeError(said)
    if said:
        raise BadInput(said)
