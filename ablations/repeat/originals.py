"""Which records `ablate repeat` means, and the cells that make them anew.

Of a grid it is, for each row and seed, the record of the cell that the grid plans today, else the newest one. What is
run anew is a record's own configuration, so that the grid may have changed since, or be unknown here. The function that
made a record is the one which gives this configuration the record's id.
"""

import argparse
import contextlib
import fnmatch
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from ablations.repeat.records import RecordedCells, RecordFile, cell_directories_of, newest_record
from ablations.selection import cell_directory, published_cells
from repro.cell_directory import RECORD
from repro.errors import BadInput
from repro.ledger.attempts import claimed_cell
from repro.ledger.cell import Cell
from repro.ledger.grid import Grid
from repro.ledger.grid_content import grid_files, grid_path, scales_of
from repro.ledger.grid_file import read_grid
from repro.ledger.published_cells import CELL
from repro.ledger.record import Record, read_record
from repro.ledger.scale import read_scale, scale_files
from repro.presets import read_yaml


@dataclass(frozen=True)
class Original:
    """A record that is to be repeated.

    Attributes:
        record, path: what it says, and its file.
        function: what made it, as "module:name"; None where no function here gives its configuration its id.
        others: records of the row's other seeds with the same configuration, one a seed.
        grid: the one of its name as it is today; None where there is none.
        planned: whether that grid plans the cell today; None where there is none.
    """

    record: Record
    path: Path
    function: str | None
    others: tuple[Record, ...] = ()
    grid: Grid | None = None
    planned: bool | None = None

    @property
    def cell(self) -> Cell:
        """The cell as its record has it."""
        record = self.record
        return Cell(self.function or "", record.config, record.grid, record.row, record.scale)

    @property
    def name(self) -> str:
        """Its row and seed, or where it lies if it has no row."""
        return f"{self.record.row} seed {self.record.seed}" if self.record.row else str(self.path)


@dataclass(frozen=True)
class Originals:
    """What a command line means.

    Attributes:
        originals: the records, row by row, seed by seed.
        unreadable: sentences on records that cannot be read, and in whose place there is no other.
        missing: how many cells that were asked for have no record.
        other_seeds: seeds that the same rows have records of, and that were not asked for.
    """

    originals: Sequence[Original]
    unreadable: Sequence[str] = ()
    missing: int = 0
    other_seeds: Sequence[int] = ()


def originals(parsed: argparse.Namespace) -> Originals:
    """The records that are meant by a grid's name or file, by a cell's id or directory, or by a record's path.

    Raises:
        BadInput: there is no such grid, row, cell or record, or it cannot be read.
    """
    given, scale = parsed.what, parsed.scale or "builtin"
    roots = [*([parsed.out] if parsed.out.is_dir() else []), *published_cells(parsed).folders]
    if given in grid_files() or given.endswith((".yaml", ".yml")):
        path = grid_path(given)
        named = read_grid(path, read_scale(scale))
        return _of_grid(parsed, path.stem, named.scale, roots, named)
    alone = _at(Path(given))
    if alone is None and cell_directories_of(given, scale, roots):
        return _of_grid(parsed, given, scale, roots, None)
    alone = alone or _at(cell_directory(parsed, given, published_cells(parsed)))
    for option in ("rows", "seeds", "scale"):
        if getattr(parsed, option) is not None:
            raise BadInput(f"--{option} chooses among the cells of a grid, and {given} is none; leave it out")
    if alone is None:
        raise BadInput(f"the cell {given} has no record yet, so that there is nothing to repeat; run it first")
    record = alone.record
    beside = [
        place
        for place in alone.path.absolute().parent.parent.parent.glob("*")
        if record.row and CELL.fullmatch(place.name)
    ]
    cells = RecordedCells([*beside, *cell_directories_of(record.grid, record.scale, roots)])
    grid = _shipped_grid(record)
    return Originals([_original(alone, cells, grid, _planned_ids(grid, [record.seed]))])


def _at(path: Path) -> RecordFile | None:
    """The record that a path means: its file, its directory or that of its cell; None where there is none.

    Raises:
        BadInput: it cannot be read.
    """
    attempt = path.parent if path.name == RECORD else path
    if (attempt / RECORD).is_file():
        return RecordFile(read_record(attempt), attempt / RECORD)
    return newest_record(path) if path.is_dir() else None


def _of_grid(parsed: argparse.Namespace, name: str, scale: str, roots: Sequence[Path], grid: Grid | None) -> Originals:
    cells = RecordedCells(cell_directories_of(name, scale, roots))
    seeds_of = {row.name: grid.seeds_of(row) for row in grid.rows} if grid is not None else {}
    rows = list(dict.fromkeys([*seeds_of, *cells.rows]))
    patterns = ["*"] if parsed.rows is None else parsed.rows.split(",")
    for pattern in patterns:
        if rows and not fnmatch.filter(rows, pattern):
            raise BadInput(f"grid {name} has no row {pattern!r}; it has {', '.join(rows)}")
    every_seed = {seed for seeds in (*seeds_of.values(), *cells.rows.values(), parsed.seeds or ()) for seed in seeds}
    planned = _planned_ids(grid, sorted(every_seed))
    chosen: list[Original] = []
    unreadable: list[str] = []
    missing, others = 0, set()
    for row in (row for row in rows if any(fnmatch.fnmatchcase(row, pattern) for pattern in patterns)):
        recorded_seeds = cells.rows.get(row, ())
        seeds = parsed.seeds or seeds_of.get(row, recorded_seeds)
        others |= set(recorded_seeds) - set(seeds)
        for seed in seeds:
            try:
                best = cells.best(row, seed, planned)
            except BadInput as error:
                unreadable.append(str(error))
                continue
            missing += best is None
            if best is not None:
                chosen.append(_original(best, cells, grid, planned))
    if not chosen and not unreadable:
        below = " and ".join(map(str, roots or [parsed.out]))
        raise BadInput(
            f"there are no such records of {name} at the scale {scale} below {below}; make them with `ablate run`, "
            "or name their folder by --from"
        )
    return Originals(chosen, unreadable, missing, sorted(others))


def _original(file: RecordFile, cells: RecordedCells, grid: Grid | None, planned: Collection[str]) -> Original:
    record = file.record
    function = next(
        (candidate for candidate in _functions(file, grid) if Cell(candidate, record.config).id == record.cell), None
    )
    is_planned = None if grid is None else record.cell in planned
    return Original(record, file.path, function, cells.others(record), grid, is_planned)


def _planned_ids(grid: Grid | None, seeds: Sequence[int]) -> set[str]:
    """The ids of all cells that a grid would plan with these seeds."""
    return set() if grid is None else {cell.id for cell in replace(grid, seeds=seeds, base_seeds=None).cells()}


def _shipped_grid(record: Record) -> Grid | None:
    """The shipped grid of a record's name, at its scale; None where there is none."""
    path = grid_files().get(record.grid)
    if path is None or record.scale not in scale_files() or record.scale not in scales_of(path):
        return None
    return read_grid(path, read_scale(record.scale))


def _functions(file: RecordFile, grid: Grid | None) -> Iterator[str]:
    """What may have made a record."""
    if grid is not None:
        yield grid.function
    yield from _shipped_functions()
    for directory in file.path.parents[:2]:  # somebody's own is named beside the runs
        with contextlib.suppress(BadInput):
            yield claimed_cell(directory).function


@cache
def _shipped_functions() -> Sequence[str]:
    return sorted({str(read_yaml(path).get("function")) for path in grid_files().values()})
