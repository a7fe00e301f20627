"""Which records `ablate repeat` means, and the cells that make them anew.

In a grid, each row and seed means the record of the cell that the grid plans today, else the newest one. The record's
own configuration is run, so the grid may have changed since, or be unknown here.
"""

import argparse
import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ablations.selection import cell_directory, published_cells
from repro.errors import BadInput
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.grid_content import grid_files, grid_path
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale
from repro.ledger.records.originals import Original, original, original_alone, planned_ids, record_at
from repro.ledger.records.recorded_cells import RecordedCells, cell_directories_of


@dataclass(frozen=True)
class Originals:
    """The records that a command line names.

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
    alone = record_at(Path(given))
    if alone is None and cell_directories_of(given, scale, roots):
        return _of_grid(parsed, given, scale, roots, None)
    alone = alone or record_at(cell_directory(parsed, given, published_cells(parsed)))
    for option in ("rows", "seeds", "scale"):
        if getattr(parsed, option) is not None:
            raise BadInput(f"--{option} chooses among the cells of a grid, but {given} is not a grid; leave it out")
    if alone is None:
        raise BadInput(f"the cell {given} has no record yet, so there is nothing to repeat; run it first")
    return Originals([original_alone(alone, roots)])


def _of_grid(parsed: argparse.Namespace, name: str, scale: str, roots: Sequence[Path], grid: Grid | None) -> Originals:
    cells = RecordedCells(cell_directories_of(name, scale, roots))
    seeds_of = {row.name: grid.seeds_of(row) for row in grid.rows} if grid is not None else {}
    rows = list(dict.fromkeys([*seeds_of, *cells.rows]))
    patterns = ["*"] if parsed.rows is None else parsed.rows.split(",")
    for pattern in patterns:
        if rows and not fnmatch.filter(rows, pattern):
            raise BadInput(f"grid {name} has no row {pattern!r}; it has {', '.join(rows)}")
    every_seed = {seed for seeds in (*seeds_of.values(), *cells.rows.values(), parsed.seeds or ()) for seed in seeds}
    planned = planned_ids(grid, sorted(every_seed))
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
                chosen.append(original(best, cells, grid, planned))
    if not chosen and not unreadable:
        below = " and ".join(map(str, roots or [parsed.out]))
        raise BadInput(
            f"there are no such records of {name} at the scale {scale} below {below}; make them with `ablate run`, "
            "or give their folder with --from"
        )
    return Originals(chosen, unreadable, missing, sorted(others))
