"""The results of trials: the best one of each row, and how long they took."""

from collections.abc import Mapping
from dataclasses import dataclass

from repro.ledger.grids.grid import ROW, Grid
from repro.ledger.grids.tuning import AXIS
from repro.ledger.records.metric_values import metric_values
from repro.ledger.records.record import Record
from repro.ledger.records.time_spent import time_spent

Records = Mapping[str, Mapping[int, Record]]
"""Row -> seed -> record."""


@dataclass(frozen=True)
class TriedRow:
    """The trials of one row.

    Attributes:
        scores: number of a trial -> the mean of the metric over its seeds; trials without a value are left out.
        ended: how many cells of the row have a record, whatever its status.
        seconds: the time that these cells took.
        best: the number of the best trial, the first of equal ones; None until every cell has ended and one trial
            has a value.
    """

    scores: Mapping[int, float]
    ended: int
    seconds: float
    best: int | None


def tried(grid: Grid, records: Records) -> dict[str, TriedRow]:
    """Row, without its trial -> the results of its trials.

    Args:
        grid: a grid of trials.
        records: the records of its rows.
    """
    of_row: dict[str, dict[int, Mapping[int, Record]]] = {}
    cells: dict[str, int] = {}
    for row in grid.rows:
        name, number = row.coordinates.get(ROW, ""), int(row.coordinates[AXIS])
        of_row.setdefault(name, {})[number] = records.get(row.name, {})
        cells[name] = cells.get(name, 0) + len(grid.seeds_of(row))
    return {name: _tried_row(grid, runs, cells[name]) for name, runs in of_row.items()}


def _tried_row(grid: Grid, runs: Mapping[int, Mapping[int, Record]], cells: int) -> TriedRow:
    all_records = [record for of_trial in runs.values() for record in of_trial.values()]
    scores = {number: mean for number, of_trial in runs.items() if (mean := _mean(of_trial, grid.metric)) is not None}
    whole = len(all_records) == cells
    order = (lambda score: -score) if grid.better == "higher" else (lambda score: score)
    best = min(scores, key=lambda number: (order(scores[number]), number)) if scores and whole else None
    return TriedRow(scores, len(all_records), sum(map(time_spent, all_records)), best)


def _mean(runs: Mapping[int, Record], metric: str) -> float | None:
    """The mean over all seeds of a trial; None if a seed has no value, for example because it diverged."""
    values = metric_values(runs, metric).values()
    return sum(values) / len(values) if values and len(values) == len(runs) else None
