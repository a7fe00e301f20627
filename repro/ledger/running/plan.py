"""The plan of a grid: its finished cells, the remaining ones, and their cost. Needs no torch."""

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Literal

from repro.cell_directory import attempt_name, attempts, is_held
from repro.errors import BadInput
from repro.ledger.grids.cell import Cell
from repro.ledger.grids.grid import Grid
from repro.ledger.records.attempts import ended, record_that_counts
from repro.ledger.records.published_cells import CELL, PublishedCells, cell_name
from repro.ledger.records.record import NewerFormat, Record, Status
from repro.ledger.records.time_spent import time_spent
from repro.ledger.running import machine
from repro.ledger.running.estimates import Estimate, described, seconds_by_similar, similar_records
from repro.ledger.running.worker import Task

State = Status | Literal["missing", "unfinished", "running", "damaged"]

RUN: tuple[State, ...] = ("missing", "unfinished", "killed", "damaged", "running")
"""The states of cells that `run` runs. It waits for a running cell."""
RETRY: tuple[State, ...] = (*RUN, "failed", "diverged", "timeout")
"""The additional states that `retry` runs."""


def place(out: Path, cell: Cell) -> Path:
    """The directory of a cell below the directory of all runs."""
    return out / cell.scale / cell.grid / cell_name(cell)


@dataclass(frozen=True)
class Planned:
    """A cell and its state.

    Attributes:
        cell, directory: what and where.
        state: of its record, or why there is none.
        record: the one that counts, if there is one.
        stale: whether other code than this made the record.
        ended: how many attempts had ended below the directory of all runs when this was looked at.
        published: whether it is done in a folder of published records only; `directory` is there then.
    """

    cell: Cell
    directory: Path
    state: State
    record: Record | None = None
    stale: bool = False
    ended: int = 0
    published: bool = False


@dataclass(frozen=True)
class Plan:
    """A grid's cells in order, with their states.

    Attributes:
        grid, cells: what was looked at.
        others: names of directories of further cells beside them: of other seeds, or of a grid that has changed since.
        out: the directory of all runs.
        published: the cells that others have finished.
    """

    grid: Grid
    cells: Sequence[Planned]
    others: Sequence[str] = ()
    out: Path = Path("runs")
    published: PublishedCells = field(default_factory=PublishedCells)

    def count(self) -> dict[State, int]:
        """How many cells are in each state, in the order of their first appearance."""
        counts: dict[State, int] = defaultdict(int)
        for planned in self.cells:
            counts[planned.state] += 1
        return dict(counts)

    def records(self) -> dict[str, dict[int, Record]]:
        """Row -> seed -> the record that counts, where there is one; of all rows of the grid, since they are compared.

        Raises:
            BadInput, NewerFormat: as `plan`.
        """
        cells = self.cells if self.grid.part is None else plan(self.grid.whole, self.out, self.published).cells
        by_row: dict[str, dict[int, Record]] = {row.name: {} for row in self.grid.rows}
        for planned in cells:
            if planned.record is not None:
                by_row[planned.cell.row][planned.cell.seed] = planned.record
        return by_row

    def tasks(self, states: Iterable[State], stale: bool = False) -> list[Task]:
        """Cells in these states to run, and those that other code made if `stale`; all below the directory of runs."""
        wanted = set(states)
        return [
            Task(
                p.cell,
                place(self.out, p.cell) if p.published else p.directory,
                self.grid.runs_alone(p.cell.row),
                self.grid.minutes,
                stale and p.stale,
                p.ended,
            )
            for p in self.cells
            if p.state in wanted or (stale and p.stale)
        ]

    def estimate(self, tasks: Sequence[Task], jobs: int) -> Estimate | None:
        """The time that tasks will take at the given number of jobs; None: nothing is known.

        It is based on finished cells of their rows, else on those of the grid, else on similar cells elsewhere.
        """
        if not tasks:
            return Estimate(0.0)
        alone, together = ([task for task in tasks if task.exclusive is kind] for kind in (True, False))
        at_once = max(1, min(jobs, len(together)))
        known: dict[str, list[float]] = defaultdict(list)
        for planned in self.cells:
            if planned.record is not None and planned.state == "done":
                known[planned.cell.row].append(time_spent(planned.record))
        if known:
            usual = fmean(seconds for of_row in known.values() for seconds in of_row)
            seconds = [
                sum(fmean(known[task.cell.row]) if task.cell.row in known else usual for task in part)
                for part in (alone, together)
            ]
            return Estimate(seconds[0] + seconds[1] / at_once)
        similar = similar_records(self.grid, [self.out, *self.published.folders])
        if not similar:
            return None
        seconds = [seconds_by_similar([task.cell.config for task in part], similar) for part in (alone, together)]
        return Estimate(seconds[0] + seconds[1] / at_once, described(self.grid, similar))


def plan(grid: Grid, out: Path, published: PublishedCells | None = None) -> Plan:
    """Look at every cell of a grid below `out`, and at those that are not done there among published ones.

    A published cell that is done counts as done whatever became of it below `out`, unless it is running there.

    Raises:
        BadInput: the published record of a cell that is not done below `out` cannot be used.
        NewerFormat: a newer version of this project wrote a record.
    """
    published = published or PublishedCells()
    folder = out / grid.scale / grid.name
    names = set(os.listdir(folder)) if folder.is_dir() else set()
    commit, _ = machine.commit() if names or published.folders else (None, None)
    cells, others = [], set(names)
    for cell in grid.cells():
        directory = place(out, cell)
        others.discard(directory.name)
        planned = Planned(cell, directory, "missing")
        if directory.name in names:
            planned = _planned(cell, directory, commit)
        if published.folders and planned.state not in ("done", "running"):
            planned = _published(planned, published, commit) or planned
        cells.append(planned)
    return Plan(grid, cells, sorted(filter(CELL.fullmatch, others)), out, published)


def _published(planned: Planned, published: PublishedCells, commit: str | None) -> Planned | None:
    finished = published.like(planned.directory)
    if finished is None:
        return None
    stale = _is_stale(finished.record, commit)
    return Planned(planned.cell, finished.directory, "done", finished.record, stale, planned.ended, published=True)


def _planned(cell: Cell, directory: Path, commit: str | None) -> Planned:
    before = ended(directory)  # first: whatever ends from now on, somebody else has run
    if is_held(directory):
        return Planned(cell, directory, "running", ended=before)
    try:
        record = record_that_counts(directory)
    except NewerFormat:
        raise
    except BadInput:
        return Planned(cell, directory, "damaged", ended=before)
    if record is None:
        return Planned(cell, directory, "unfinished" if attempts(directory) else "missing", ended=before)
    stale = _is_stale(record, commit)
    if record.status != "done" and attempts(directory)[-1].name != attempt_name(record.attempt):
        return Planned(cell, directory, "unfinished", record, stale, before)  # tried again, and not ended yet
    return Planned(cell, directory, record.status, record, stale, before)


def _is_stale(record: Record, commit: str | None) -> bool:
    return commit is not None and (record.commit != commit or bool(record.dirty))
