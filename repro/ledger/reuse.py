"""A cell that another grid has run already need not be run again: its record is taken over, and says from where.

Grids share cells, their bases above all. Two cells of one id give equal results, whatever grid they stand in.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from repro import files
from repro.cell_directory import held
from repro.errors import BadInput
from repro.ledger.attempts import claim, next_attempt, record_that_counts, records
from repro.ledger.record import Record
from repro.ledger.worker import Task

REUSED = "reused_from"
"""In a record's details: the directory of the cell that was run."""


def take_over(tasks: Sequence[Task], out: Path) -> list[Task]:
    """Give tasks the finished records of equal cells below `out`; the tasks for which there is none.

    Timed cells are left alone, since their result is of one time and place, and so are cells that have been
    tried here, or are to be repeated.
    """
    wanted = {task.cell.id for task in tasks if not task.exclusive and not task.repeat}
    found: dict[str, tuple[Path, Record]] = {}
    for directory in sorted(out.glob("*/*/*")):
        cell = directory.name.rpartition("-")[2]
        if cell in wanted and cell not in found:
            record = _finished(directory)
            if record is not None:
                found[cell] = directory, record
    left = []
    for task in tasks:
        source = found.get(task.cell.id) if not task.exclusive and not task.repeat else None
        if source is None or not _adopt(task, *source):
            left.append(task)
    return left


def _finished(directory: Path) -> Record | None:
    try:
        record = record_that_counts(directory)
    except BadInput:
        return None
    return record if record is not None and record.status == "done" and REUSED not in record.details else None


def _adopt(task: Task, source: Path, record: Record) -> bool:
    if task.directory == source:
        return False
    claim(task.directory, task.cell)
    try:
        with held(task.directory):
            if records(task.directory):
                return False
            attempt = next_attempt(task.directory)
            if attempt is None or attempt.continues:
                return False
            dataclasses.replace(
                record,
                grid=task.cell.grid,
                row=task.cell.row,
                scale=task.cell.scale,
                attempt=attempt.number,
                details={**record.details, REUSED: str(source)},
            ).write(attempt.directory)
    except (files.Locked, BadInput):
        return False
    return True
