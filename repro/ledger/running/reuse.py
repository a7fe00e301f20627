"""A cell that another grid has already run is not run again; its record is copied with a note of its origin.

Grids share cells, above all their bases. Cells with the same id give equal results, whatever grid they belong to. The
other grid's run may be below the same directory, or published.
"""

import dataclasses
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from repro import files, locks
from repro.cell_directory import CURVE, attempt_name, held, numbered_attempts
from repro.errors import BadInput, NoRoom
from repro.ledger.records.attempts import has_ended, records
from repro.ledger.records.cell_file import assign_directory
from repro.ledger.records.published_cells import (
    FinishedCell,
    PublishedCells,
    cell_directories,
    id_in_name,
    last_finished,
)
from repro.ledger.records.record import TUNING, Record
from repro.ledger.running.worker import Task
from repro.metric_declaration import declaration_of, declared_metrics

REUSED = "reused_from"
"""In a record's details: grid, row and cell of the record that it was taken from."""


def take_over(
    tasks: Sequence[Task], out: Path, published: PublishedCells | None = None, metrics: Sequence[str] = ()
) -> list[Task]:
    """Give tasks the finished records of equal cells, of those below `out` or else of published ones.

    Timed cells are left alone, since their result is of one time and place, and so are cells that have been
    tried here, or are to be repeated.

    Args:
        tasks: cells to run.
        out: the directory of all runs.
        published: cells that others have run.
        metrics: by which the tasks' grid compares its rows. A record of before one of them was measured is left alone.

    Returns:
        The tasks for which there is none.

    Raises:
        BadInput: a published record that one of them needs cannot be used; nothing was written then.
    """
    finished = equal_cells(tasks, out, published, metrics)
    return [task for task in tasks if task.cell.id not in finished or not _adopt(task, finished[task.cell.id])]


def equal_cells(
    tasks: Sequence[Task], out: Path, published: PublishedCells | None = None, metrics: Sequence[str] = ()
) -> dict[str, FinishedCell]:
    """Id -> the finished cell that tasks of this id may take over. Nothing is written.

    Raises:
        BadInput: a published record that is needed cannot be used.
    """
    wanted = {task.cell.id: task for task in tasks if _may_adopt(task)}
    equal: dict[str, FinishedCell] = {}
    for directory in cell_directories(out) if wanted and out.is_dir() else ():
        cell = id_in_name(directory)
        if cell not in wanted or (cell in equal and origin(equal[cell].record) is None):
            continue
        if (finished := _finished(directory)) is not None and _measures(finished.record, wanted[cell], metrics):
            equal[cell] = finished  # one that was measured where it stands, rather than one that was taken over
    if published is not None:
        for cell in wanted.keys() - equal.keys():
            finished = published.equal_to(wanted[cell].cell)
            if finished is not None and _measures(finished.record, wanted[cell], metrics):
                equal[cell] = finished
    return equal


def _measures(record: Record, task: Task, metrics: Sequence[str]) -> bool:
    """Whether a record has all of these metrics, but those that such a cell never has."""
    declared = declared_metrics(task.cell.function, task.cell.config) or ()
    return all(name in record.metrics for name in metrics if declaration_of(declared, name) is not None)


def origin(record: Record) -> Mapping[str, str] | None:
    """Grid, row and cell that an adopted record was taken from; None for a record that was measured where it stands."""
    source = record.details.get(REUSED)
    if isinstance(source, str):  # earlier, the path of the cell's directory
        path = Path(source)
        return {"grid": path.parent.name, "row": path.name.rpartition("-seed")[0], "cell": id_in_name(path)}
    return source if isinstance(source, Mapping) else None


def _may_adopt(task: Task) -> bool:
    return not task.exclusive and not task.repeat


def _finished(directory: Path) -> FinishedCell | None:
    try:
        return last_finished(directory)
    except BadInput:
        return None


def _adopt(task: Task, source: FinishedCell) -> bool:
    if not _may_adopt(task) or task.directory == source.directory:
        return False
    try:
        assign_directory(task.directory, task.cell)
        with held(task.directory):
            numbered = numbered_attempts(task.directory)
            if records(task.directory) or not all(has_ended(path) for _, path in numbered):
                return False
            number = numbered[-1][0] + 1 if numbered else 1
            target = task.directory / attempt_name(number)
            files.remove_leftovers(target)
            with files.built_atomically(target) as building:
                if (source.attempt / CURVE).is_file():
                    shutil.copyfile(source.attempt / CURVE, building / CURVE)
                _adopted(task, source.record, number).write(building)
    except NoRoom:
        raise
    except (locks.Locked, BadInput):  # what is wrong with its place is said when it is run
        return False
    except OSError as error:
        if files.is_full(error):
            raise
        return False
    return True


def _adopted(task: Task, record: Record, number: int) -> Record:
    """The record as one of the task's grid, which says whose it was."""
    source = origin(record) or {"grid": record.grid, "row": record.row, "cell": record.cell}
    cell = task.cell
    details = {key: value for key, value in record.details.items() if key != TUNING}  # the other grid's
    if cell.tuning is not None:
        details[TUNING] = cell.tuning
    return dataclasses.replace(
        record,
        grid=cell.grid,
        row=cell.row,
        scale=cell.scale,
        attempt=number,
        details={**details, REUSED: dict(source)},
    )
