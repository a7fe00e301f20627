"""One cell in a process of its own, forked from a process that has imported everything and computed nothing.

Forking costs milliseconds where starting Python and importing Lightning costs seconds. Nothing may have
been computed before, since threads do not survive a fork.
"""

import gc
import importlib.util
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from repro import files
from repro.cell_directory import LOG
from repro.errors import BadInput, Interrupted, NoRoom, Taken
from repro.ledger.grids.cell import Cell
from repro.ledger.running.machine_lock import take_machine
from repro.ledger.running.run import run_cell
from repro.parent_process import end_with_parent
from repro.streams import note

DONE, NOT_DONE, REFUSED, TAKEN, STOPPED, NO_ROOM, BROKEN, SHUT = range(80, 88)
"""Exit statuses of a worker: its record says done, its record says otherwise, and six ways to have no record.

SHUT: the cell's directory cannot be written. The worker has said so, to its log if that can be.

None of them is one that a library may end a process with.
"""

STOPPING = (signal.SIGINT, signal.SIGTERM)

LOG_HEAD = "---- "
"""The beginning of a line in a log that names the process which writes from there on."""

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
        ended_before: how many of its attempts had ended when it was planned; None: nobody has looked.
    """

    cell: Cell
    directory: Path
    exclusive: bool = False
    minutes: float | None = None
    repeat: bool = False
    ended_before: int | None = None


def start(task: Task, command: str, environment: dict[str, str]) -> int | None:
    """Fork a worker for a task; what it prints goes to the cell's log.

    Returns:
        Its process id; None if the task has to wait for this machine, see `machine_lock`.
    """
    machine = take_machine(alone=task.exclusive)
    if machine is None:
        return None
    sys.stdout.flush()
    sys.stderr.flush()
    launcher = os.getpid()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)  # a worker must not lose one to our own handlers
    try:
        pid = os.fork()
        if not pid:
            _work(task, command, environment, launcher)
        return pid
    finally:  # there may be no process left to have
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.close(machine)  # the worker has it now


def _work(task: Task, command: str, environment: dict[str, str], launcher: int) -> NoReturn:
    """The forked process: never returns into the code that forked it."""
    gc.freeze()  # imports are no garbage, and looking through them once costs a cell a fifth of a second
    status = BROKEN
    try:
        os.setpgid(0, 0)  # so that its own child processes end with it, and Ctrl-C is left to the launcher
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        end_with_parent(launcher)
        os.environ.update(environment)
        try:
            _talk_to(task.directory / LOG)
        except OSError as error:  # the launcher, which tries to write the end down, says why it cannot
            os._exit(NO_ROOM if files.is_full(error) else SHUT)
        _start_ranks_as(task.directory)
        status = _run(task, command)
    except OSError as error:
        status = NO_ROOM if files.is_full(error) else SHUT
        note(f"{error.filename or task.directory} cannot be used ({error.strerror or error})")
    except BaseException:
        note(traceback.format_exc().rstrip())
    finally:
        try:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError):  # the log's disk may be full
                    stream.flush()
        finally:
            os._exit(status)


def _run(task: Task, command: str) -> int:
    try:
        record = run_cell(task.cell, task.directory, command, task.repeat, task.ended_before)
    except Interrupted as error:
        note(error)
        return STOPPED
    except KeyboardInterrupt:
        note("told to stop by another process")
        return STOPPED
    except Taken:
        return TAKEN
    except NoRoom as error:
        note(error)
        return NO_ROOM
    except BadInput as error:
        note(error)
        return REFUSED
    return DONE if record is None or record.status == "done" else NOT_DONE


def _talk_to(log: Path) -> None:
    """Send everything that is printed from now on, by child processes too, to the end of a file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    # Not waiting for the reader of a pipe, should there be one in the log's place.
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o666)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    # Whatever stood in place of the streams in the process that forked this one, a test's capture for example.
    how: dict[str, Any] = {"buffering": 1, "encoding": "utf-8", "errors": "backslashreplace", "closefd": False}
    sys.stdout, sys.stderr = os.fdopen(1, "w", **how), os.fdopen(2, "w", **how)
    note(f"{LOG_HEAD}{time.strftime('%Y-%m-%d %H:%M:%S')}, process {os.getpid()}")


def _start_ranks_as(directory: Path) -> None:
    """Let Lightning start the other ranks of a distributed cell with a command that runs this cell only."""
    sys.argv = ["repro", "cell", str(directory)]
    sys.modules["__main__"].__spec__ = importlib.util.find_spec("repro.__main__")


def end_of_log(directory: Path) -> str:
    """The last lines that a cell printed."""
    path = directory / LOG
    try:
        if not path.is_file():
            return ""
        with open(path, "rb") as file:
            file.seek(max(0, path.stat().st_size - 4 * END_OF_LOG))  # a character has at most four bytes
            text = file.read(4 * END_OF_LOG).decode(errors="replace")
    except OSError:
        return ""
    return text[-END_OF_LOG:].strip()


def in_fork(work: Callable[[], None]) -> None:
    """Check configurations in a separate process, so that this one has computed nothing.

    Raises:
        BadInput: as the work raised it; or the work failed, and its traceback has been said.
    """
    read, write = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if not pid:
        gc.freeze()
        try:
            work()
        except BadInput as error:
            os.write(write, str(error).encode(errors="backslashreplace"))
            os._exit(REFUSED)
        except BaseException:
            os.write(write, traceback.format_exc().encode(errors="backslashreplace"))
            os._exit(BROKEN)
        else:
            os._exit(DONE)
        finally:
            os._exit(BROKEN)  # unless it has ended
    os.close(write)
    with open(read, "rb") as pipe:
        said = pipe.read().decode()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code == REFUSED:
        raise BadInput(said)
    if code == BROKEN:
        said = said.rstrip("\n")
        note(said)
        reason = said.rpartition("\n")[2]
        raise BadInput(f"checking the configuration failed, so nothing was started: {reason}; correct what it names")
    if code != DONE:
        how = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
        raise BadInput(f"checking the configuration {how}, so nothing was started; is there enough memory?")
