"""Estimates how long cells will take, from finished cells.

Rows with finished cells of their own are estimated from these. A grid without any is estimated from cells of the same
scale that call the same function, in proportion to their updates and threads. A reused record has the seconds of its
original run: that is how long such a cell takes, though it took none here.
"""

import heapq
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

from repro.cell_directory import RECORD, attempts
from repro.errors import BadInput
from repro.ledger.grids.cell import Cell
from repro.ledger.grids.grid import Grid
from repro.ledger.records.metric_values import value_of
from repro.ledger.records.published_cells import CELL, id_in_name, last_finished
from repro.ledger.records.record import Record
from repro.ledger.records.time_spent import time_spent

MOST_RECORDS = 50
"""At most this many records of other cells are opened, the newest."""


@dataclass(frozen=True)
class Estimate:
    """What cells will take.

    Attributes:
        seconds: in all, at the requested number of jobs.
        source: the basis of the estimate, in words; empty if that is the grid's own finished cells.
    """

    seconds: float
    source: str = ""


def similar_records(grid: Grid, folders: Sequence[Path]) -> list[Record]:
    """Finished records of cells of a grid's scale that call its function, each cell once.

    Args:
        grid: whose cells are to be judged.
        folders: directories of runs and of published records.
    """
    similar: dict[str, Record] = {}
    of_others: set[Path] = set()  # grids of another function, which are opened once
    opened = 0
    for directory in _newest_first(grid.scale, folders):
        if opened == MOST_RECORDS:
            break
        if directory.parent in of_others or id_in_name(directory) in similar:
            continue
        opened += any((attempt / RECORD).exists() for attempt in attempts(directory))
        record = _finished(directory)
        if record is None:
            continue
        if Cell(grid.function, record.config).id == record.cell:
            similar[record.cell] = record
        else:
            of_others.add(directory.parent)
    return list(similar.values())


def _finished(directory: Path) -> Record | None:
    try:
        finished = last_finished(directory)
    except BadInput:
        return None
    return None if finished is None else finished.record


def _newest_first(scale: str, folders: Sequence[Path]) -> Iterator[Path]:
    """The directories of a scale's cells, by the time of their last change."""
    times: list[tuple[float, str]] = []
    for folder in folders:
        for grid in _entries(folder / scale):
            times += [(-entry.stat().st_mtime, entry.path) for entry in _entries(grid) if CELL.fullmatch(entry.name)]
    heapq.heapify(times)
    while times:
        yield Path(heapq.heappop(times)[1])


def _entries(folder: os.PathLike[str]) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if entry.is_dir()]
    except OSError:  # not there, or not ours to read: then nothing is known of it
        return []


def seconds_by_similar(configs: Sequence[Mapping[str, Any]], records: Sequence[Record]) -> float:
    """What cells of these configurations take one after the other, judged by records of other cells."""

    @cache
    def usual(updates: float | None, threads: float | None) -> float:
        return fmean(_seconds_with(record, updates, threads) for record in records)

    return sum(usual(_updates(config), _threads(config)) for config in configs)


def _seconds_with(record: Record, updates: float | None, threads: float | None) -> float:
    """What a record's cell would take with so many updates and threads: start and decoding as it did."""
    whole, measured = time_spent(record), value_of(record, "train.seconds")
    training = whole if measured is None else measured
    seconds = whole - training + training * _ratio(updates, _updates(record.config))
    return seconds * _ratio(_threads(record.config), threads)  # twice the threads, half the time


def _updates(config: Mapping[str, Any]) -> float | None:
    trainer = config.get("trainer")
    return _positive(trainer.get("max_steps")) if isinstance(trainer, Mapping) else None


def _threads(config: Mapping[str, Any]) -> float | None:
    return _positive(config.get("threads"))


def _positive(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and value > 0 else None


def _ratio(above: float | None, below: float | None) -> float:
    """1 where one of them is not known."""
    return above / below if above is not None and below is not None else 1.0


def described(grid: Grid, records: Sequence[Record]) -> str:
    """By what an estimate was made, in words."""
    cells = "cell" if len(records) == 1 else "cells"
    if any(record.grid == grid.name for record in records):
        return f"an estimate from {len(records)} other {cells}"
    return f"an estimate from {len(records)} {cells} of other grids"
