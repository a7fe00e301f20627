"""What has been done of a grid, what is left, and what the rest will cost. Needs no torch."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Literal

from repro.cell_directory import attempt_name, attempts, is_held
from repro.errors import BadInput
from repro.ledger import machine
from repro.ledger.attempts import ended, record_that_counts
from repro.ledger.cell import Cell
from repro.ledger.grid import Grid
from repro.ledger.record import Record, Status
from repro.ledger.worker import Task

State = Status | Literal["missing", "unfinished", "running", "damaged"]

RUN: tuple[State, ...] = ("missing", "unfinished", "killed", "damaged", "running")
"""What `run` takes up. A running cell is waited for."""
RETRY: tuple[State, ...] = (*RUN, "failed", "diverged", "timeout")
"""What `retry` takes up beside that."""


CELL = re.compile(r".+-seed\d+-[0-9a-f]{12}")
"""What directories of cells are called."""


def place(out: Path, cell: Cell) -> Path:
    """The directory of a cell below the directory of all runs."""
    return out / cell.scale / cell.grid / f"{cell.row}-seed{cell.seed}-{cell.id}"


@dataclass(frozen=True)
class Planned:
    """A cell and what has become of it.

    Attributes:
        cell, directory: what and where.
        state: of its record, or why there is none.
        record: the one that counts, if there is one.
        stale: whether other code than this made the record.
        ended: how many attempts had ended when this was looked at.
    """

    cell: Cell
    directory: Path
    state: State
    record: Record | None = None
    stale: bool = False
    ended: int = 0


@dataclass(frozen=True)
class Plan:
    """A grid's cells in order, with their states.

    Attributes:
        grid, cells: what was looked at.
        others: names of directories of further cells beside them: of other seeds, or of a grid that has changed since.
    """

    grid: Grid
    cells: Sequence[Planned]
    others: Sequence[str] = ()

    def count(self) -> dict[State, int]:
        """How many cells are in each state, in the order of their first appearance."""
        counts: dict[State, int] = defaultdict(int)
        for planned in self.cells:
            counts[planned.state] += 1
        return dict(counts)

    def records(self) -> dict[str, dict[int, Record]]:
        """Row -> seed -> the record that counts, where there is one."""
        found: dict[str, dict[int, Record]] = {row.name: {} for row in self.grid.rows}
        for planned in self.cells:
            if planned.record is not None:
                found[planned.cell.row][planned.cell.seed] = planned.record
        return found

    def tasks(self, states: Iterable[State], stale: bool = False) -> list[Task]:
        """Cells in these states to run, and those that other code made if `stale`."""
        wanted = set(states)
        return [
            Task(p.cell, p.directory, self.grid.exclusive, self.grid.minutes, stale and p.stale, p.ended)
            for p in self.cells
            if p.state in wanted or (stale and p.stale)
        ]

    def seconds_left(self, tasks: Sequence[Task], jobs: int) -> float | None:
        """What tasks will take, so many at a time, judged by finished cells of their rows; None: nothing is known."""
        known: dict[str, list[float]] = defaultdict(list)
        for planned in self.cells:
            if planned.record is not None and planned.state == "done":
                known[planned.cell.row].append(planned.record.seconds)
        if not known or not tasks:
            return None if tasks else 0.0
        usual = fmean(seconds for of_row in known.values() for seconds in of_row)
        total = sum(fmean(known[task.cell.row]) if task.cell.row in known else usual for task in tasks)
        return total / (1 if self.grid.exclusive else max(1, min(jobs, len(tasks))))


def plan(grid: Grid, out: Path) -> Plan:
    """Look at every cell of a grid below `out`."""
    folder = out / grid.scale / grid.name
    there = set(os.listdir(folder)) if folder.is_dir() else set()
    commit, _ = machine.commit() if there else (None, None)
    cells = []
    for cell in grid.cells():
        directory = place(out, cell)
        if directory.name in there:
            cells.append(_planned(cell, directory, commit))
        else:
            cells.append(Planned(cell, directory, "missing"))
    others = there - {each.directory.name for each in cells}
    return Plan(grid, cells, sorted(filter(CELL.fullmatch, others)))


def _planned(cell: Cell, directory: Path, commit: str | None) -> Planned:
    before = ended(directory)  # first: whatever ends from now on, somebody else has run
    if is_held(directory):
        return Planned(cell, directory, "running", ended=before)
    try:
        record = record_that_counts(directory)
    except BadInput:
        return Planned(cell, directory, "damaged", ended=before)
    if record is None:
        return Planned(cell, directory, "unfinished" if attempts(directory) else "missing", ended=before)
    stale = commit is not None and (record.commit != commit or bool(record.dirty))
    if record.status != "done" and attempts(directory)[-1].name != attempt_name(record.attempt):
        return Planned(cell, directory, "unfinished", record, stale, before)  # tried again, and not ended yet
    return Planned(cell, directory, record.status, record, stale, before)
