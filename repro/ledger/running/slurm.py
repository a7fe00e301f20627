"""Cells as jobs of a Slurm cluster, through submitit: one array per size of job, requeued where it was cut short.

A job runs what `repro cell DIRECTORY` runs. Before its time is over, and when it is preempted, submitit requeues it,
and it goes on from its last checkpoint. Jobs outlive whoever submitted them; nothing but their records counts.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repro import files, regular_file
from repro.errors import BadInput, Interrupted, NoRoom
from repro.ledger.records.attempts import ended, records
from repro.ledger.records.cell_file import assign_directory, cell_in
from repro.ledger.records.record import Record
from repro.ledger.running.launcher import Ending, Event
from repro.ledger.running.ranks import JOB_VARIABLE
from repro.ledger.running.run import record_end, run_cell
from repro.ledger.running.worker import Task
from repro.streams import note
from repro.trainer_devices import devices_of

POLL_SECONDS = 5.0
ENDED_STATES = frozenset(
    (
        *("BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED"),
        *("REVOKED", "TIMEOUT"),
    )
)
"""Of a job that squeue still shows after its end (squeue's manual, "job state codes"). In any other state, such as
COMPLETING, REQUEUED or SPECIAL_EXIT, a job may still write its record, or run again."""
JOB_FILE = ".slurm-job"
"""In a cell's directory: the id of the job that was last submitted for it, and how many attempts had ended before."""


def check_here() -> None:
    """Check that jobs can be submitted from here.

    Raises:
        BadInput: Slurm's commands are not there.
    """
    if shutil.which("sbatch") is None:
        raise BadInput("sbatch is not found; run this where Slurm is installed, or leave out --cluster slurm")


@dataclass(frozen=True)
class Job:
    """A cell that was handed to Slurm.

    Attributes:
        task: the cell.
        ended_before: how many of its attempts had ended then; a record that the job makes comes after these.
    """

    task: Task
    ended_before: int

    def record(self) -> Record | None:
        """What the job recorded, if it did."""
        recorded = records(self.task.directory)
        return recorded[-1] if ended(self.task.directory) > self.ended_before and recorded else None


@dataclass(frozen=True)
class Cluster:
    """What jobs ask the cluster for.

    Attributes:
        partition: Slurm's; None: the cluster's default.
        minutes: time limit of a job where the grid gives none; a requeued one has it anew.
        at_once: jobs of an array that run at a time.
        memory_gb: a job's memory; None: the cluster's default.
        extra: further options of sbatch, as name -> value.
    """

    partition: str | None = None
    minutes: float = 24 * 60
    at_once: int = 256
    memory_gb: float | None = None
    extra: Mapping[str, str] | None = None


class CellJob:
    """What is pickled and called within a job; a requeued job calls it again."""

    def __init__(self, directory: Path, command: str, repeat: bool = False) -> None:
        self.directory, self.command, self.repeat = directory, command, repeat

    def __call__(self) -> str:
        """Run or go on with the cell; says how it ended, since a job's own status is not what counts."""
        os.environ[JOB_VARIABLE] = f"{os.environ['SLURM_JOB_ID']}-{os.environ.get('SLURM_RESTART_COUNT', '0')}"
        try:
            record = run_cell(cell_in(self.directory), self.directory, self.command, self.repeat)
        except (BadInput, Interrupted) as error:
            note(error)
            return str(error)
        return "" if record is None else record.status

    def checkpoint(self) -> Any:
        """The job that submitit submits on requeueing: the same one again, which continues this one's work."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(CellJob(self.directory, self.command))


def submit(tasks: Sequence[Task], folder: Path, cluster: Cluster, command: str) -> dict[str, Job]:
    """Hand tasks to Slurm as arrays of equal jobs; a cell whose directory cannot be used is left out, with a word.

    Args:
        tasks: the cells.
        folder: where submitit keeps scripts and logs.
        cluster: what to ask for.
        command: what repeats the whole, for the records.

    Returns:
        Job id -> job.

    Raises:
        BadInput: Slurm refuses a job, or a task does not say how many devices it wants; NoRoom: the disk is full.
    """
    import submitit

    by_size: dict[tuple[int, int, int, bool, float], list[Task]] = {}
    for task in filter(_assigned, tasks):
        by_size.setdefault(_size(task, cluster), []).append(task)
    jobs: dict[str, Job] = {}
    for (devices, gpus, threads, exclusive, minutes), equal in by_size.items():
        executor = submitit.SlurmExecutor(folder=folder, max_num_timeout=1000, python=sys.executable)
        options: dict[str, Any] = {
            "job_name": f"{equal[0].cell.grid}-{equal[0].cell.scale}",
            "time": max(1, round(minutes)),
            "nodes": 1,
            "ntasks_per_node": devices,
            "cpus_per_task": threads,
            "array_parallelism": cluster.at_once,
            "stderr_to_stdout": True,
        }
        if gpus:
            options["gpus_per_node"] = gpus
        if exclusive:
            options["exclusive"] = True
        if cluster.partition:
            options["partition"] = cluster.partition
        if cluster.memory_gb:
            options["mem"] = f"{cluster.memory_gb:g}GB"
        if cluster.extra:
            options["additional_parameters"] = dict(cluster.extra)
        executor.update_parameters(**options)
        calls = [CellJob(task.directory.resolve(), command, task.repeat) for task in equal]
        before = [ended(task.directory) for task in equal]  # a short job may end before all are handed over
        try:
            with executor.batch():
                submitted = [executor.submit(call) for call in calls]
        except (submitit.core.utils.FailedJobError, subprocess.CalledProcessError) as error:
            raise BadInput(f"Slurm refuses the job: {str(error).strip().splitlines()[-1]}") from error
        for handed, task, ended_before in zip(submitted, equal, before, strict=True):
            job = Job(task, ended_before)
            jobs[handed.job_id] = job
            try:
                files.write_text(task.directory / JOB_FILE, f"{handed.job_id} {job.ended_before}")
            except OSError as error:  # it is watched all the same
                note(f"{task.directory / JOB_FILE} cannot be written ({error.strerror}); job {handed.job_id} goes on")
    return jobs


def _assigned(task: Task) -> bool:
    """Make a task's directory its cell's; where that cannot be, say so: the place of one is no fault of the others.

    Raises:
        NoRoom: the disk is full.
    """
    try:
        assign_directory(task.directory, task.cell)
        said = f"{task.directory} may not be written to"
        usable = os.access(task.directory, os.W_OK | os.X_OK)
    except NoRoom:
        raise
    except (BadInput, OSError) as error:
        said, usable = str(error), False
    if not usable:
        note(f"{said}; this cell is left out")
    return usable


def submitted_before(tasks: Sequence[Task]) -> dict[str, Job]:
    """Job id -> job, for those tasks whose job is still in Slurm's queue."""
    known = {}
    for task in tasks:
        with contextlib.suppress(OSError, ValueError):
            name, ended_before = regular_file.read_bytes(task.directory / JOB_FILE).decode().split()
            known[name] = Job(task, int(ended_before))
    return {job: known[job] for job in job_states(list(known))} if known else {}


def _size(task: Task, cluster: Cluster) -> tuple[int, int, int, bool, float]:
    """Tasks, GPUs, cores a task, whether alone on the node, minutes.

    Raises:
        BadInput: the task wants all devices of a node, and does not say how many.
    """
    count = devices_of(task.cell.config).count
    if count == "all":
        raise BadInput(
            f"{task.directory.name}: trainer.devices is -1, but Slurm must be told how many a job gets; give a number"
        )
    devices = 1 if count == "auto" else count
    trainer = task.cell.config.get("trainer") or {}
    gpus = devices if trainer.get("accelerator") in ("gpu", "cuda") else 0
    threads = max(1, int(task.cell.config.get("threads") or 1))
    minutes = cluster.minutes if task.minutes is None else task.minutes
    return devices, gpus, threads, task.exclusive, minutes


def watch(jobs: Mapping[str, Job], observe: Callable[[Event], None], command: str) -> bool:
    """Wait until all jobs have ended, and record those that could not do so themselves.

    Returns:
        Whether every cell is done.

    Raises:
        Interrupted: by Ctrl-C; NoRoom: a record has no room on the disk. The jobs go on.
    """
    began = {name: time.time() for name in jobs}
    left, running = dict(jobs), set[str]()
    all_done = True
    try:
        while left:
            states = job_states(list(left))
            for name, job in list(left.items()):
                if states.get(name) == "RUNNING" and name not in running:
                    running.add(name)
                    began[name] = time.time()
                    observe(Event("started", job.task))
                if name in states:
                    continue
                ending = _ending(name, job, began[name], command)
                all_done &= ending == "done"
                observe(Event("ended", job.task, ending, time.time() - began[name]))
                del left[name]
            observe(Event("tick"))
            if left:
                time.sleep(POLL_SECONDS)
    except KeyboardInterrupt as stop:
        raise Interrupted("no longer watching; the jobs go on, and the same command watches them again") from stop
    return all_done


def _ending(name: str, job: Job, began: float, command: str) -> Ending:
    """How a job ended that has left the queue; what it could not record itself is recorded here."""
    task = job.task
    try:
        record = job.record()
        if record is None:
            error = f"job {name} is gone"
            record = record_end(task.cell, task.directory, "killed", began, command, error, task.repeat)
    except NoRoom:
        raise
    except BadInput as error:
        note(error)
        return "failed"
    except OSError as error:
        said = f"{error.filename or task.directory} cannot be written ({error.strerror or error})"
        if files.is_full(error):
            raise NoRoom(f"{said}; make room: the jobs go on, and the same command watches them again") from error
        note(f"{said}; this cell is left out")
        return "failed"
    return "elsewhere" if record is None else record.status


def job_states(jobs: Sequence[str]) -> dict[str, str]:
    """Those of the jobs that have not ended -> their states in Slurm's queue.

    Raises:
        BadInput: Slurm does not answer.
    """
    arrays = sorted({job.split("_")[0] for job in jobs})
    command = ["squeue", "-h", "-r", "-j", ",".join(arrays), "-o", "%i %T"]
    for patience in (1, 5, 20, 0):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0 or "Invalid job id" in done.stderr:
            asked = frozenset(jobs)
            lines = (line.split() for line in done.stdout.split("\n") if line)
            return {job: state for job, state in lines if job in asked and state not in ENDED_STATES}
        time.sleep(patience)
    raise BadInput(f"squeue fails ({done.stderr.strip()}); the jobs go on, and the same command watches them again")
