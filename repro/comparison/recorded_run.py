"""Finds the runs that paths name: a record, the folder of a run or attempt, or a folder with exactly one below it."""

import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from repro import files
from repro.cell_directory import CELL_FILE, RECORD, attempt_name, attempts
from repro.errors import BadInput
from repro.ledger.grids.cell import TRAINING
from repro.ledger.records.attempts import record_that_counts
from repro.ledger.records.cell_file import cell_in
from repro.ledger.records.record import Record, read_record

MOST_RUNS = 8
"""As many curves as readers tell apart."""


@dataclass(frozen=True)
class RecordedRun:
    """A run that has ended.

    Attributes:
        letter: what tables call it, from A.
        record: its record.
        directory: where its record lies, with its learning curve and translations.
        function: what the cell called; None where nothing says.
    """

    letter: str
    record: Record
    directory: Path
    function: str | None


def recorded_runs(paths: Sequence[Path]) -> list[RecordedRun]:
    """One run for each path, in order.

    Raises:
        BadInput: too few or too many; a path that names no run, several, or one that has not ended; one run twice.
    """
    if not 2 <= len(paths) <= MOST_RUNS:
        raise BadInput(f"give 2 to {MOST_RUNS} runs to compare, not {len(paths)}")
    runs: list[RecordedRun] = []
    for letter, path in zip(string.ascii_uppercase, paths, strict=False):
        directory = _directory(path)
        before = next((it for it in runs if it.directory.resolve() == directory.resolve()), None)
        if before is not None:
            raise BadInput(f"{path} is the same as {before.directory}; name different runs")
        record = read_record(directory)
        runs.append(RecordedRun(letter, record, directory, _function(directory, record)))
    return runs


def _directory(path: Path) -> Path:
    """The directory of the record that a path names."""
    if path.is_file():
        if path.name != RECORD:
            raise BadInput(f"{path} is not a {RECORD}; give one, or the folder of a run")
        return path.parent
    if not path.is_dir():
        raise BadInput(f"{path} does not exist; give the folder of a run, or its {RECORD}")
    runs = list(islice(_runs_below(path), 2))
    if not runs:
        raise BadInput(f"{path} holds no run; give the folder of a run, or its {RECORD}")
    if len(runs) > 1:
        raise BadInput(f"{path} holds several runs, such as {runs[0]} and {runs[1]}; name one of them")
    if (runs[0] / RECORD).is_file():
        return runs[0]
    counts = record_that_counts(runs[0])
    if counts is None:
        raise BadInput(f"{runs[0]} has not ended; there is no {RECORD} to compare yet")
    return runs[0] / attempt_name(counts.attempt)


def _runs_below(folder: Path) -> Iterator[Path]:
    """Folders of runs and of single records, in the order of their names; none within another."""
    for place, below, names in files.walk(folder):
        if RECORD in names or CELL_FILE in names or attempts(Path(place)):
            below.clear()
            yield Path(place)
        below.sort()


def _function(directory: Path, record: Record) -> str | None:
    for place in (directory, directory.parent):
        if (place / CELL_FILE).is_file():
            return cell_in(place).function
    return TRAINING if {"model", "trainer"} <= record.config.keys() else None
