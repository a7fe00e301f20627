"""The records of one grid at one scale, found in any folder and read on demand."""

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from repro.cell_directory import CELL_FILE, RECORD, attempts
from repro.errors import BadInput
from repro.ledger.grids.cell import id_without_seed
from repro.ledger.grids.grid_content import grid_files
from repro.ledger.records.precedence import rank, that_counts
from repro.ledger.records.published_cells import CELL, PublishedCells, cell_directories, id_in_name
from repro.ledger.records.record import Record, read_record

RESULTS = ("done", "diverged")
"""How a cell ended whose record holds something to repeat."""


@dataclass(frozen=True)
class RecordFile:
    """A record and its file."""

    record: Record
    path: Path


class RecordedCells:
    """Cells of one grid at one scale.

    Args:
        directories: theirs; of several cells of one row and seed, those of the first folder first.
    """

    def __init__(self, directories: Iterable[Path]) -> None:
        self._places: dict[tuple[str, int], list[Path]] = {}
        for place in directories:
            row, _, seed = place.name.rpartition("-")[0].rpartition("-seed")
            self._places.setdefault((row, int(seed)), []).append(place)
        self._read: dict[Path, RecordFile | BadInput | None] = {}

    @property
    def rows(self) -> Mapping[str, Sequence[int]]:
        """Row -> the seeds of its cells, both in order."""
        seeds_of: dict[str, list[int]] = {}
        for row, seed in sorted(self._places):
            seeds_of.setdefault(row, []).append(seed)
        return seeds_of

    def best(self, row: str, seed: int, planned: Collection[str]) -> RecordFile | None:
        """The record of a row and seed that counts; None where there is none.

        Which one does is said in `repro.ledger.records.precedence`; of one cell in several folders it is the first
        folder's.

        Args:
            row, seed: which.
            planned: ids of the cells that the grid plans today.

        Raises:
            BadInput: there are some, and none can be read.
        """
        outcomes = [self._record(place) for place in self._places.get((row, seed), ())]
        readable = [outcome for outcome in outcomes if isinstance(outcome, RecordFile)]
        if not readable:
            broken = next((outcome for outcome in outcomes if isinstance(outcome, BadInput)), None)
            if broken is not None:
                raise broken
            return None
        ranks = {id(it): rank(it.record, it.record.cell in planned) for it in readable}
        best = max(readable, key=lambda it: ranks[id(it)])
        # Not its start, which a copy of the cell in another folder may have later.
        alike = (
            it for it in readable if it.record.cell == best.record.cell and ranks[id(it)][:2] == ranks[id(best)][:2]
        )
        return next(alike)

    def others(self, record: Record) -> tuple[RecordFile, ...]:
        """Finished records of the row's other seeds with the same configuration but for the seed, one a seed."""
        mine = id_without_seed(record.config)
        by_seed: dict[int, RecordFile] = {}
        for (row, seed), places in self._places.items():
            for place in places if row == record.row and seed != record.seed else ():
                read = self._record(place)
                if not isinstance(read, RecordFile) or read.record.status != "done":
                    continue
                if id_without_seed(read.record.config) == mine:
                    by_seed.setdefault(seed, read)
        return tuple(by_seed.values())

    def _record(self, place: Path) -> RecordFile | BadInput | None:
        if place not in self._read:
            try:
                self._read[place] = newest_record(place)
            except BadInput as error:
                self._read[place] = error
        return self._read[place]


def cell_directories_of(grid: str, scale: str, roots: Iterable[Path]) -> list[Path]:
    """The directories of a grid's cells at a scale, in the order of the folders of runs, then of their names."""
    folders = [root / scale / grid for root in roots if grid and scale]
    return [
        place
        for folder in folders
        for place in (sorted(folder.iterdir()) if folder.is_dir() else ())
        if CELL.fullmatch(place.name)
    ]


def directory_of_cell(given: str, out: Path, published: PublishedCells | None = None) -> Path:
    """The directory of the cell that is named by its id, the beginning of its id, or its directory.

    Args:
        given: what was typed.
        out: the directory of all runs, in which it is looked for first.
        published: where it is looked for, too.

    Raises:
        BadInput: there is none, or several.
    """
    if (Path(given) / CELL_FILE).is_file():
        return Path(given)
    below = cell_directories(out) if out.is_dir() else []
    places = [path for path in below if id_in_name(path).startswith(given)]
    places += published.named(given) if published is not None else []
    if not places:
        close = difflib.get_close_matches(given, grid_files(), n=1)
        hint = f"did you mean the grid {close[0]}?" if close else "`ablate plan GRID` shows the ids"
        raise BadInput(f"{out} holds no cell {given!r}; {hint}")
    if len({id_in_name(path) for path in places}) > 1:
        raise BadInput(f"{given!r} is the beginning of several cells' ids: {', '.join(p.name for p in places[:5])}")
    return places[0]


def newest_record(directory: Path) -> RecordFile | None:
    """The last record of a cell that is done, else its last one; None where there is none.

    Raises:
        BadInput: there are some, and none can be read.
    """
    readable, broken = [], None
    for attempt in attempts(directory):
        if (attempt / RECORD).exists():
            try:
                readable.append(RecordFile(read_record(attempt), attempt / RECORD))
            except BadInput as error:
                broken = broken or error
    if not readable and broken is not None:
        raise broken
    return that_counts(readable, lambda file: file.record)
