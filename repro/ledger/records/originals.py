"""A record whose cell is to run again: the function that made it, and the records of its row's other seeds.

The function that made a record is the one that gives its configuration the record's id.
"""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from repro import regular_file
from repro.cell_directory import CELL_FILE, RECORD
from repro.errors import BadInput
from repro.ledger.grids.cell import Cell
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.grid_content import grid_files, scales_of
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale, scale_files
from repro.ledger.records.cell_file import cell_in
from repro.ledger.records.published_cells import CELL, PublishedCells
from repro.ledger.records.record import Record, parsed_record, read_record
from repro.ledger.records.recorded_cells import (
    RecordedCells,
    RecordFile,
    cell_directories_of,
    directory_of_cell,
    newest_record,
)
from repro.paths import expanded
from repro.presets import read_yaml


@dataclass(frozen=True)
class Original:
    """A record that is to be repeated.

    Attributes:
        record, path: what it says, and its file.
        function: the function that made it, as "module:name"; None if none here gives its configuration its id.
        other_files: records of the row's other seeds with the same configuration, one a seed.
        grid: its grid as it is today; None if there is none.
        planned: whether that grid plans the cell today; None if there is no grid.
    """

    record: Record
    path: Path
    function: str | None
    other_files: tuple[RecordFile, ...] = ()
    grid: Grid | None = None
    planned: bool | None = None

    @property
    def others(self) -> tuple[Record, ...]:
        """Records of the row's other seeds."""
        return tuple(file.record for file in self.other_files)

    @property
    def cell(self) -> Cell:
        """The cell as its record has it."""
        record = self.record
        return Cell(self.function or "", record.config, record.grid, record.row, record.scale)

    @property
    def name(self) -> str:
        """Its row and seed, or its path if it has no row."""
        return f"{self.record.row} seed {self.record.seed}" if self.record.row else str(self.path)


def wants_gpu(config: Mapping[str, object]) -> bool:
    """Whether a configuration runs on a GPU, or may."""
    trainer = config.get("trainer")
    device = trainer.get("accelerator") if isinstance(trainer, Mapping) else config.get("device", "cpu")
    return device != "cpu"


def record_at(path: Path) -> RecordFile | None:
    """The record that a path names by its file, its directory or its cell's directory; None if there is none.

    Raises:
        BadInput: it cannot be read.
    """
    attempt = path.parent if path.name == RECORD else path
    if (attempt / RECORD).is_file():
        return RecordFile(read_record(attempt), attempt / RECORD)
    return newest_record(path) if path.is_dir() else None


def original_named(given: str, out: Path, published: Sequence[Path]) -> Original:
    """The record that is named by a path, by its cell's id or by the beginning of that id.

    Args:
        given: what the user typed.
        out: the directory of all runs.
        published: folders of published records.

    Raises:
        BadInput: there is none, there are several, or it cannot be read.
    """
    path = expanded(given)
    if path.is_file() and path.name not in (RECORD, CELL_FILE):  # a copy under another name
        file: RecordFile | None = RecordFile(_read_copy(path), path)
    else:
        file = record_at(path.parent if path.name == CELL_FILE else path)
    folders = PublishedCells(published)
    if file is None and ("/" in given or given.endswith(".json")):
        raise BadInput(
            f"{given} is not a record, nor the directory of a cell with a record; give one of these, or a cell's id"
        )
    file = file or record_at(directory_of_cell(given, out, folders))
    if file is None:
        raise BadInput(f"the cell {given} has no record yet, so there is nothing to verify; run it first")
    return original_alone(file, [*([out] if out.is_dir() else []), *published])


def _read_copy(path: Path) -> Record:
    """A record in a file of any name.

    Raises:
        BadInput: it is none.
    """
    try:
        return parsed_record(regular_file.read_bytes(path), path)
    except (OSError, regular_file.NotRegular) as error:
        raise BadInput(f"{path} cannot be read ({error}); give a record.json") from error


def original_alone(file: RecordFile, roots: Sequence[Path]) -> Original:
    """A single record; other seeds of its row are looked for beside it and below folders of runs.

    Raises:
        BadInput: the grid of its name cannot be read.
    """
    record = file.record
    beside = [
        place
        for place in file.path.absolute().parent.parent.parent.glob("*")
        if record.row and CELL.fullmatch(place.name)
    ]
    cells = RecordedCells([*beside, *cell_directories_of(record.grid, record.scale, roots)])
    grid = _shipped_grid(record)
    return original(file, cells, grid, planned_ids(grid, [record.seed]))


def original(file: RecordFile, cells: RecordedCells, grid: Grid | None, planned: Collection[str]) -> Original:
    """A record with the function that made it and its row's other seeds.

    Args:
        file: the record.
        cells: the recorded cells of its grid and scale.
        grid, planned: its grid as it is today, and the ids that the grid plans.
    """
    record = file.record
    function = next(
        (candidate for candidate in _functions(file, grid) if Cell(candidate, record.config).id == record.cell), None
    )
    is_planned = None if grid is None else record.cell in planned
    return Original(record, file.path, function, cells.others(record), grid, is_planned)


def planned_ids(grid: Grid | None, seeds: Sequence[int]) -> set[str]:
    """The ids of all cells that a grid would plan with these seeds."""
    return set() if grid is None else {cell.id for cell in replace(grid, seeds=seeds, base_seeds=None).cells()}


def _shipped_grid(record: Record) -> Grid | None:
    """The shipped grid that a record names, at its scale; None if there is none."""
    path = grid_files().get(record.grid)
    if path is None or record.scale not in scale_files() or record.scale not in scales_of(path):
        return None
    return read_grid(path, read_scale(record.scale))


def _functions(file: RecordFile, grid: Grid | None) -> Iterator[str]:
    """The functions that may have made a record."""
    if grid is not None:
        yield grid.function
    yield from _shipped_functions()
    for directory in file.path.parents[:2]:  # a user's own function is named in the cell file beside the runs
        with contextlib.suppress(BadInput):
            yield cell_in(directory).function


@cache
def _shipped_functions() -> Sequence[str]:
    return sorted({str(read_yaml(path).get("function")) for path in grid_files().values()})
