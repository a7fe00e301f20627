"""Runs the cells of grids to their records, for `suite` and every other command that launches cells."""

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from repro.called_function import beside, called_function
from repro.console.grid_display import GridDisplay
from repro.console.places import in_the_way
from repro.cores import usable_cores
from repro.duration import duration
from repro.errors import BadInput
from repro.launchers import join, rank
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.grid_content import grid_path
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import Scale, read_scale
from repro.ledger.records.attempts import clear_done, record_that_counts
from repro.ledger.records.cell_file import cell_in
from repro.ledger.records.published_cells import PublishedCells
from repro.ledger.running import machine
from repro.ledger.running.launcher import Launcher
from repro.ledger.running.plan import RUN, Plan, State, plan
from repro.ledger.running.reuse import equal_cells, take_over
from repro.ledger.running.run import run_cell
from repro.ledger.running.slurm import Cluster, check_here, submit, submitted_before, watch
from repro.ledger.running.worker import Task, in_fork
from repro.streams import note

Check = Callable[[Mapping[str, Any]], None]


def default_jobs(grid: Grid) -> int:
    """As many cells at a time as have the cores for their threads; one if every cell wants the machine alone."""
    together = [row.config for row in grid.rows_of_part if not grid.runs_alone(row.name)]
    return jobs_for(together) if together else 1


def jobs_for(configs: Sequence[Mapping[str, Any]]) -> int:
    """As many cells of these configurations at a time as have the cores for their threads."""
    return max(1, usable_cores() // _threads(configs))


def _threads(configs: Sequence[Mapping[str, Any]]) -> int:
    """The most threads that one of the cells has."""
    return max((int(config.get("threads") or 1) for config in configs), default=1)


def too_many_threads(configs: Sequence[Mapping[str, Any]], jobs: int) -> str | None:
    """A warning if cells of several threads share cores: the threads of a cell wait for each other, and spin."""
    threads, cores = _threads(configs), usable_cores()
    together = min(jobs, len(configs))
    if threads == 1 or together == 1 or together * threads <= cores:
        return None
    return (
        f"{together} cells at a time have {threads} threads each, but there are only {cores} cores: this can be many "
        f"times slower than fewer cells; leave --jobs out, or give {max(1, cores // threads)}"
    )


def run_grid(
    grid: Grid,
    out: Path,
    command: str,
    jobs: int | None = None,
    states: Sequence[State] = RUN,
    stale: bool = False,
    cluster: Cluster | None = None,
    published: PublishedCells | None = None,
) -> Plan:
    """Run those cells of a grid that are in the given states; the plan as it is afterwards.

    Args:
        grid, out: what, and the directory of all runs.
        command: what repeats the whole, for the records.
        jobs: cells at a time; None: as many as have the cores for their threads.
        states: which cells are taken up.
        stale: also those that other code has made.
        cluster: run them as jobs of a Slurm cluster.
        published: cells that count as done, and whose records other grids' equal cells take over.

    Raises:
        BadInput: a configuration that cannot be run, or a published record that is needed and cannot be used; nothing
            was started then.
        Interrupted: stopped by a signal; the same command goes on.
    """
    if grid.tuned is not None and grid.tuned.open:
        raise BadInput(
            f"{grid.name} has no trial chosen for {', '.join(grid.tuned.open)}; run "
            f"`ablate run {grid.tuned.grid} --scale {grid.scale}`, and write the best trials into tuned.rows"
        )
    machine.commit()  # of the code that every worker is forked with, whatever is committed while they run
    before = plan(grid, out, published)
    asked = before.tasks(states, stale)
    for planned in before.cells:
        if planned.state == "done" and not planned.published:
            clear_done(planned.directory)
    if asked:
        check_place(out, "--out")
    tasks = take_over(asked, out, published, [measure.metric for measure in grid.measures])
    if len(tasks) < len(asked):
        note(f"{grid.name}: {len(asked) - len(tasks)} of {len(asked)} missing cells taken over from other grids")
        before = plan(grid, out, published)
    if sources := sum(planned.published for planned in before.cells):
        note(f"{grid.name} at the scale {grid.scale}: {sources} of {len(before.cells)} cells are published")
    if not tasks:
        return before
    if cluster is not None:
        check_here()
    jobs = default_jobs(grid) if jobs is None else jobs
    note(f"{grid.name} at the scale {grid.scale}: {len(tasks)} of {len(before.cells)} cells to run")
    called_function(grid.function)  # imported once, for all workers
    in_fork(lambda: check(grid, tasks))
    crowded = None if cluster is not None else too_many_threads([task.cell.config for task in tasks], jobs)
    if crowded is not None:
        note(crowded)
    estimate = before.estimate(tasks, jobs)
    expected = estimate.seconds if estimate is not None else None
    if estimate is not None and estimate.seconds:
        source = f" ({estimate.source})" if estimate.source else ""
        note(f"about {duration(estimate.seconds)} to go{source}")
    taken_up = {task.cell.id for task in tasks}
    done = sum(planned.state == "done" and planned.cell.id not in taken_up for planned in before.cells)
    with GridDisplay(f"{grid.name}, {grid.scale}", len(before.cells), done, expected, to_do=len(tasks)) as board:
        if cluster is not None:
            submitted = submitted_before(tasks)
            queued = {job.task.directory for job in submitted.values()}
            new = [task for task in tasks if task.directory not in queued]
            watch({**submitted, **submit(new, out / ".slurm", cluster, command)}, board, command)
            return plan(grid, out, published)
        Launcher(jobs, command, board, gpus=gpus()).run(tasks)
    return plan(grid, out, published)


def check_published(
    grids: Sequence[Grid], out: Path, published: PublishedCells, states: Sequence[State] = RUN, stale: bool = False
) -> None:
    """Check that every published record can be used that these grids need, before the first of them writes anything.

    Raises:
        BadInput: one cannot be used.
    """
    if published.folders:
        for grid in grids:
            equal_cells(
                plan(grid, out, published).tasks(states, stale),
                out,
                published,
                [measure.metric for measure in grid.measures],
            )


def check_place(out: Path, option: str) -> None:
    """Check that runs can be written where an option of the command line says.

    Raises:
        BadInput: a file stands in the way, or the folder is not ours to write to.
    """
    reason = in_the_way(out)
    if reason is not None:
        raise BadInput(f"runs cannot be written to {out}: {reason}; choose another {option}")


def check(grid: Grid, tasks: Sequence[Task]) -> None:
    """Look at one configuration of each row, where the called function's module can: `check_<name>` beside `<name>`.

    Raises:
        BadInput: the configuration cannot be run; says which row's.
    """
    look: Check | None = beside(grid.function, "check")
    if look is None:
        return
    for task in {task.cell.row: task for task in tasks}.values():
        try:
            look(task.cell.config)
        except BadInput as error:
            raise BadInput(f"{grid.name}, row {task.cell.row}: {error}") from error


def gpus() -> int:
    """Graphics processors of this machine that cells may share, counted without waking them."""
    if "CUDA_VISIBLE_DEVICES" in os.environ:
        return 0  # somebody has chosen already
    return len(list(machine.GPUS.iterdir())) if machine.GPUS.is_dir() else 0


def grids_of(scale: Scale, seeds: Sequence[int] | None = None) -> list[Grid]:
    """The grids that a scale's suite runs; `seeds` replaces the seeds of the suite and its grids.

    Raises:
        BadInput: one is not there or wrong.
    """
    grids = []
    for portion in scale.grids:
        own = None if portion.seeds is None else range(1, portion.seeds + 1)
        at = scale if portion.scale is None else read_scale(portion.scale)
        grid = read_grid(grid_path(portion.grid), at, own if seeds is None else seeds)
        grids.append(grid if portion.rows is None else grid.only(portion.rows))
    return grids


def nothing_to_share(directory: Path) -> bool:
    """Whether this is a further rank of a launcher's, of which the first one finds the cell done, and says so."""
    record = record_that_counts(directory) if rank() else None
    return record is not None and record.status == "done"


def run_cell_in(directory: Path) -> int:
    """Run or go on with the cell whose directory this is; the status is 0 if it is done.

    Raises:
        BadInput: it is not a cell's directory, its function cannot be called, or another process runs the cell.
        Interrupted: stopped by a signal; the same command goes on.
    """
    cell = cell_in(directory)
    join(cell.config)
    if nothing_to_share(directory):
        return 0
    called_function(cell.function)  # before anything is written for it
    record = run_cell(cell, directory, shlex.join(["repro", "cell", str(directory)]))
    return 0 if record is None or record.status == "done" else 1
