"""Runs tasks to their records, several at a time, whatever happens to any of them.

A worker that ends without a record was killed, ran out of time, or had its configuration refused. The launcher then
writes the record in its place, with the end of the worker's log, and goes on. If the launcher itself is killed, its
workers end with it; the next launcher continues their work.
"""

import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from types import FrameType
from typing import Literal

from repro import files
from repro.cell_directory import is_held
from repro.errors import BadInput, Interrupted, NoRoom
from repro.ledger.records.attempts import ended, records
from repro.ledger.records.record import Status
from repro.ledger.running import worker
from repro.ledger.running.machine_lock import holders
from repro.ledger.running.run import record_end
from repro.ledger.running.worker import Task, end_of_log
from repro.streams import note
from repro.trainer_devices import devices_of

POLL_SECONDS = 0.05
GRACE_SECONDS = 60.0
"""How long a worker that is told to stop may take to save a checkpoint."""
ELSEWHERE_SECONDS = 2.0
"""How often to look at a cell that another launcher runs."""

MAKE_ROOM = "make room and repeat the command"
"""The remedy for a full disk, where the message about it has none."""

Ending = Status | Literal["stopped", "elsewhere"]


@dataclass(frozen=True)
class Event:
    """Something for people to see.

    Attributes:
        kind: a task was started, a task ended, a task must wait for the machine, or time went by.
        task: which one; None when time went by.
        ending: how it ended.
        seconds: how long it took.
        holders: whom it waits for; empty where the system does not tell.
    """

    kind: Literal["started", "ended", "waits", "tick"]
    task: Task | None = None
    ending: Ending | None = None
    seconds: float = 0.0
    holders: tuple[str, ...] = ()


@dataclass
class _Running:
    task: Task
    began: float  # seconds since 1970
    slot: int
    ended_before: int  # of its attempts
    told_to_stop: float | None = None
    out_of_time: bool = False


class Launcher:
    """Runs tasks in forked processes.

    Args:
        jobs: how many at a time.
        command: what repeats the whole, for the records.
        observe: is told what happens.
        gpus: of which tasks take one each, in turns; 0: they see what there is. A task that wants several has the
            machine alone, and sees all.
    """

    def __init__(self, jobs: int, command: str, observe: Callable[[Event], None], gpus: int = 0) -> None:
        self.jobs, self.command, self.observe, self.gpus = jobs, command, observe, gpus
        self._running: dict[int, _Running] = {}
        self._asked = 0  # times a signal asked to stop
        self._no_room: str | None = None
        self._waits: Task | None = None  # the one that was last said to wait for other launchers' cells

    def run(self, tasks: Sequence[Task]) -> bool:
        """Run what is not done yet; tell whether all of it is done now.

        Raises:
            Interrupted: a signal came; every worker has saved its work.
            NoRoom: the disk is full; what ran has ended.
        """
        waiting = deque(tasks)
        elsewhere: list[Task] = []
        failures = 0
        looked = time.monotonic()
        with self._listening():
            while self._running or ((waiting or elsewhere) and not self._stopping):
                while waiting and not self._stopping and len(self._running) < self.jobs and self._start(waiting[0]):
                    waiting.popleft()
                self._enforce_limits()
                for task, ending, seconds in self._ended():
                    if ending == "elsewhere":
                        elsewhere.append(task)
                    failures += ending not in ("done", "elsewhere")
                    self.observe(Event("ended", task, ending, seconds))
                if elsewhere and not self._stopping and time.monotonic() - looked > ELSEWHERE_SECONDS:
                    looked = time.monotonic()
                    free = [task for task in elsewhere if not is_held(task.directory)]
                    elsewhere = [task for task in elsewhere if task not in free]
                    waiting.extend(free)
                self.observe(Event("tick"))
                time.sleep(POLL_SECONDS)
        if self._no_room is not None:
            raise NoRoom(self._no_room)
        if self._asked:
            raise Interrupted(
                "stopped; the same command continues: training from the last checkpoint, other cells from the start"
            )
        return failures == 0

    @property
    def _stopping(self) -> bool:
        return self._asked > 0 or self._no_room is not None

    def _start(self, task: Task) -> bool:
        """Start a task, unless it has to wait for the machine."""
        taken = {running.slot for running in self._running.values()}
        slot = next(slot for slot in range(self.jobs) if slot not in taken)
        several = self.gpus > 1 and _wants_several_gpus(task)
        environment = {"CUDA_VISIBLE_DEVICES": str(slot % self.gpus)} if self.gpus > 1 and not several else {}
        before = ended(task.directory) if task.ended_before is None else task.ended_before
        began = time.time()
        pid = worker.start(replace(task, exclusive=True) if several else task, self.command, environment)
        if pid is None:
            if not self._running and task is not self._waits:
                self._waits = task
                self.observe(Event("waits", task, holders=tuple(holders())))
            return False
        self._running[pid] = _Running(task, began, slot, before)
        self.observe(Event("started", task))
        return True

    def _enforce_limits(self) -> None:
        now = time.time()
        for pid, running in self._running.items():
            limit = running.task.minutes
            late = limit is not None and now - running.began > 60 * limit
            if running.told_to_stop is None and (late or self._asked):
                running.told_to_stop, running.out_of_time = now, late
                _signal(pid, signal.SIGTERM, group=False)
            elif running.told_to_stop is not None and now - running.told_to_stop > GRACE_SECONDS:
                _signal(pid, signal.SIGKILL, group=True)

    def _ended(self) -> Iterator[tuple[Task, Ending, float]]:
        for pid in list(self._running):
            done, status = os.waitpid(pid, os.WNOHANG)
            if not done:
                continue
            running = self._running.pop(pid)
            _signal(pid, signal.SIGKILL, group=True)  # what it started and left behind
            seconds = time.time() - running.began
            try:
                yield running.task, self._ending(running, os.waitstatus_to_exitcode(status)), seconds
            except NoRoom as error:
                self._no_room = str(error)
                yield running.task, "stopped", seconds
            except BadInput as error:  # what says whose directory it is cannot be read: this cell only
                note(error)
                yield running.task, "failed", seconds
            except OSError as error:
                said = f"{error.filename or running.task.directory} cannot be written ({error.strerror or error})"
                if files.is_full(error):
                    self._no_room = f"{said}; {MAKE_ROOM}"
                    yield running.task, "stopped", seconds
                    continue
                note(f"{said}; this cell is left out")  # its place is no fault of the others
                yield running.task, "failed", seconds

    def _ending(self, running: _Running, code: int) -> Ending:
        task = running.task
        if code == worker.DONE:
            return "done"
        if code == worker.TAKEN:
            return "elsewhere"
        if code == worker.NO_ROOM:
            said = end_of_log(task.directory).split("\n")[-1] or f"{task.directory} has no room"
            self._no_room = said if "make room" in said else f"{said}; {MAKE_ROOM}"
            return "stopped"
        if code == worker.NOT_DONE and ended(task.directory) > running.ended_before:
            return records(task.directory)[-1].status
        log = end_of_log(task.directory)
        if code in (worker.REFUSED, worker.SHUT):
            return self._write_down(running, "failed", log.split("\n")[-1] or f"{task.directory} cannot be written")
        if running.out_of_time:
            return self._write_down(running, "timeout", f"stopped after {task.minutes:g} minutes\n{log}")
        if self._asked and (code == worker.STOPPED or running.told_to_stop is not None):
            return "stopped"
        if code == worker.STOPPED:
            said = log.split("\n")[-1]  # why, which it alone knows
            return self._write_down(running, "killed", f"{said}\n{log}")
        reason = f"killed by signal {-code}" if code < 0 else f"ended with status {code} and no record"
        return self._write_down(running, "killed", f"{reason}\n{log}")

    def _write_down(self, running: _Running, status: Status, error: str) -> Ending:
        task = running.task
        repeat = task.repeat and ended(task.directory) <= running.ended_before
        record = record_end(task.cell, task.directory, status, running.began, self.command, error, repeat)
        if record is not None:
            return record.status
        if ended(task.directory) > running.ended_before or is_held(task.directory):
            return "elsewhere"
        note(f"{task.directory} did not run ({error.split(chr(10))[0]}); this cell is left out")
        return "failed"

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Take note of Ctrl-C and termination; a second one kills."""

        def ask(number: int, frame: FrameType | None) -> None:
            self._asked += 1
            if self._asked > 1:
                for pid in list(self._running):
                    _signal(pid, signal.SIGKILL, group=True)

        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            for pid in list(self._running):  # something unforeseen: leave no worker alone
                _signal(pid, signal.SIGKILL, group=True)


def _wants_several_gpus(task: Task) -> bool:
    """Whether a training is spread over more than one, or names those it wants."""
    trainer = task.cell.config.get("trainer")
    if isinstance(trainer, Mapping) and trainer.get("accelerator") == "cpu":
        return False
    devices = devices_of(task.cell.config)
    return devices.chosen or devices.count not in (1, "auto")


def _signal(pid: int, number: signal.Signals, group: bool) -> None:
    with suppress(ProcessLookupError, PermissionError):
        (os.killpg if group else os.kill)(pid, number)
