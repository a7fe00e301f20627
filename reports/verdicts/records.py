"""Reads the records under directories of runs, and finds those that a claim asks for.

    RUNS/<scale>/<grid>/<row>-seed<k>-<cell>/attempt-N/record.json     as `ablate run` and `repro suite` leave them
    RUNS/<anything>/record.json                                        as they are published

A record that cannot be read is listed, and the others count. So is one of a shipped grid's name whose cell that grid
does not plan, nor ever planned: it is of another grid, and gives no verdict. Of several cells of one grid, row, seed
and scale the one that the grid plans today counts, else the newest; the others are listed as set aside, never mixed in.
Where a grid was changed, and some of what it plans today has run, nothing counts that it planned before.
"""

import contextlib
import hashlib
import os
from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reports.catalogue import grid_at, grids, scales_of_grid
from reports.record_places import Place, places
from reports.verdicts.replaced import RowOfScale, replaced_data
from repro import regular_file
from repro.cell_directory import DAMAGED, RECORD, attempt_number
from repro.errors import BadInput
from repro.ledger.grids.cell import SINGLE, Cell, first_difference, identity
from repro.ledger.grids.earlier import EarlierCell, earlier_cells
from repro.ledger.grids.grid_content import grid_files
from repro.ledger.records.precedence import rank, that_counts
from repro.ledger.records.record import NamelessNumber, Record, parsed_record, read_record


@dataclass(frozen=True)
class StoredRecord:
    """A record and where it lies.

    Attributes:
        record: of the attempt that counts.
        path: of its file, below the directory of all runs, with / between the parts.
        directory: the attempt's, on this machine.
        planned: whether its cell is one that the grid plans today, or would with more seeds; None where there is no
            such grid or scale.
        added: whether only its seed is one that the grid does not plan.
        earlier: why the grid plans it no more, where it did so before; None where it never did, or does.
        differs: of a record of another grid, in what its configuration differs from the known one's.
        replaced: when the runs began that it stands in place of, ISO 8601: other attempts of its cell, other cells of
            its row and seed, and what its folder's `replaced.yaml` says of its row.
    """

    record: Record
    path: str
    directory: Path = field(compare=False)
    planned: bool | None = None
    added: bool = False
    earlier: str | None = None
    differs: str | None = None
    replaced: tuple[str, ...] = ()

    @property
    def run(self) -> str:
        """The name of the folder above its attempts, which is that of a single run; its cell where there is none."""
        folders = [part for part in self.path.split("/")[:-1] if attempt_number(part) is None]
        return folders[-1] if folders else self.record.cell

    @property
    def commit(self) -> str | None:
        """Of the code that made it, shortened, with " changed" where not all was committed; None where unknown."""
        return self.record.code


@dataclass(frozen=True)
class Damaged:
    """A record that cannot be read, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Records:
    """All records under directories of runs.

    Attributes:
        counted: those that count, in order of scale, grid, row, seed.
        set_aside: of cells that another one of the same grid, row, seed and scale stands in place of, or that their
            grid plans no more while others that it plans are there.
        foreign: of a known grid's name, but with a configuration that it never planned; they give no verdict.
        damaged: those that cannot be read.
        digest: SHA-256 over the bytes of all records, in order of their paths.
    """

    counted: tuple[StoredRecord, ...]
    set_aside: tuple[StoredRecord, ...]
    damaged: tuple[Damaged, ...]
    digest: str
    foreign: tuple[StoredRecord, ...] = ()
    index: Mapping[tuple[str, str, str], Mapping[int, StoredRecord]] = field(
        repr=False, compare=False, default_factory=dict
    )

    def of(self, scale: str, grid: str, row: str) -> Mapping[int, StoredRecord]:
        """Seed -> record of a row, done or not."""
        return self.index.get((scale, grid, row), {})

    def foreign_to(self, scale: str, grid: str) -> int:
        """How many records carry the name of a known grid at a scale, and have settings that it never planned."""
        return sum((stored.record.scale, stored.record.grid) == (scale, grid) for stored in self.foreign)


def read_records(directories: Sequence[Path], without: Container[Path] = ()) -> Records:
    """Read everything under the directories.

    Args:
        directories: of runs.
        without: files that are ignored.

    Raises:
        BadInput: a directory that is not there, or a record with a metric that says not what it is.
    """
    collected: list[StoredRecord] = []
    damaged: list[Damaged] = []
    digest = hashlib.sha256()
    for root in directories:
        if not root.is_dir():
            raise BadInput(f"{root} is not a folder; give one that runs were written to")
        of_rows = replaced_data(root)
        digest.update(repr(sorted(of_rows.items())).encode() if of_rows else b"")
        for place in places(root):
            _read_place(root, place, collected, damaged, digest, without, of_rows)
    marked = _planned(collected)
    foreign = [stored for stored in marked if stored.planned is False and stored.earlier is None]
    kept, aside = _one_a_seed(
        [stored for stored in marked if stored.planned is not False or stored.earlier is not None]
    )
    index: dict[tuple[str, str, str], dict[int, StoredRecord]] = defaultdict(dict)
    for stored in kept:
        record = stored.record
        # Of several runs of no grid, all of which are kept, the first ranks highest.
        index[record.scale, record.grid, record.row].setdefault(record.seed, stored)
    return Records(tuple(kept), tuple(aside), tuple(damaged), digest.hexdigest(), tuple(foreign), dict(index))


def _read_place(
    root: Path,
    place: Place,
    collected: list[StoredRecord],
    damaged: list[Damaged],
    digest: Any,
    without: Container[Path],
    of_rows: Mapping[RowOfScale, str],
) -> None:
    """The record that counts of one cell: the last that is done, else the last one there is."""
    readable: list[StoredRecord] = []
    broken: list[Damaged] = []
    for attempt in place.attempts:
        directory = Path(place.folder, attempt)
        if directory / RECORD in without:
            continue
        path = (directory / RECORD).relative_to(root).as_posix()
        if not (directory / RECORD).exists():
            if (directory / DAMAGED).exists():
                broken.append(Damaged(path.replace(RECORD, DAMAGED), "was set aside when its cell was run again"))
            continue
        raw = b""  # of what is not a file, or cannot be read
        with contextlib.suppress(OSError, regular_file.NotRegular):
            raw = regular_file.read_bytes(directory / RECORD)
        digest.update(os.fsencode(f"{path}\0") + raw)
        try:
            record = parsed_record(raw, directory / RECORD) if raw else read_record(directory)
            readable.append(StoredRecord(record, path, directory))
        except NamelessNumber as error:  # nothing may be built on that
            raise BadInput(str(error).replace(f"{directory / RECORD}", path)) from error
        except BadInput as error:
            broken.append(Damaged(path, str(error).replace(f"{directory / RECORD}", path)))
    counting = that_counts(readable, lambda stored: stored.record)
    if counting is not None:
        record = counting.record
        began = [it.record.started for it in readable if it is not counting and _has_data(it.record)]
        of_row = of_rows.get((record.scale, record.grid, record.row))
        collected.append(replace(counting, replaced=(*began, *([] if of_row is None else [of_row]))))
    is_done = counting is not None and counting.record.status == "done"
    # What was set aside and then made anew is of no interest any more.
    damaged += [entry for entry in broken if not is_done or not entry.path.endswith(DAMAGED)]


def _has_data(record: Record) -> bool:
    return bool(record.metrics) or record.status in ("done", "diverged")


def _planned(collected: Sequence[StoredRecord]) -> list[StoredRecord]:
    """Say of each whether its grid plans its cell today, or did so before."""
    seeds: dict[tuple[str, str], set[int]] = defaultdict(set)
    for stored in collected:
        seeds[stored.record.grid, stored.record.scale].add(stored.record.seed)
    planned: dict[tuple[str, str, str, int], Cell] = {}
    of_plan: set[str] = set()
    earlier: dict[str, EarlierCell] = {}
    shipped = {(name, scale) for name, scale in seeds if scale in scales_of_grid(name)}
    for name, scale in shipped:
        grid = replace(grid_at(name, scale), seeds=sorted(seeds[name, scale]), base_seeds=None)
        planned |= {(name, scale, cell.row, cell.seed): cell for cell in grid.cells()}
        of_plan |= {cell.id for cell in grid_at(name, scale).cells()}
        earlier |= earlier_cells(grids()[name], scale)
    marked = []
    for stored in collected:
        record = stored.record
        place = record.grid, record.scale
        if place not in shipped:
            marked.append(stored)
            continue
        cell = planned.get((*place, record.row, record.seed))
        # The id must be the configuration's own: a name alone proves nothing.
        genuine = Cell(grid_at(*place).function, record.config).id == record.cell
        if cell is not None and cell.id == record.cell and genuine:
            marked.append(replace(stored, planned=True, added=cell.id not in of_plan))
        elif record.cell in earlier and genuine:
            marked.append(replace(stored, planned=False, earlier=earlier[record.cell].reason))
        else:
            marked.append(replace(stored, planned=False, differs=_differs(record, cell)))
    return marked


def _differs(record: Record, cell: Cell | None) -> str:
    grid = "the shipped grid" if record.grid in grid_files() else "the grid"
    if cell is None:
        return f"{grid} has no row {record.row}"
    difference = first_difference(identity(record.config), identity(cell.config))
    if difference is None:
        return "its id is not that of its configuration"
    key, ours, theirs = difference
    return f"{key} is {ours!r}, and {theirs!r} in {grid}"


def _one_a_seed(marked: Sequence[StoredRecord]) -> tuple[list[StoredRecord], list[StoredRecord]]:
    """For each grid, row, seed and scale the record that counts, and all others."""
    groups: dict[tuple[str, str, str, int], list[StoredRecord]] = defaultdict(list)
    alive = set()
    for stored in marked:
        record = stored.record
        groups[record.scale, record.grid, record.row, record.seed].append(stored)
        if stored.planned:
            alive.add((record.scale, record.grid))
    kept, aside = [], []
    for key in sorted(groups):
        # At last by the path, so that the order is always the same.
        ranked = sorted(groups[key], key=lambda it: (rank(it.record, it.planned is True), it.path), reverse=True)
        if key[1] == SINGLE or not key[2]:  # runs of no grid stand for themselves
            kept += ranked
        elif ranked[0].planned is False and key[:2] in alive:
            aside += ranked
        else:
            first, *others = ranked
            began = [it.record.started for it in others if _has_data(it.record)]
            known = [time for it in ranked for time in it.replaced]
            kept.append(replace(first, replaced=(*began, *known)))
            aside += others
    return kept, aside


def gpus_of(record: Record) -> list[str]:
    """The GPUs that a run could use: those of its machine, none if its configuration says CPU."""
    trainer = record.config.get("trainer")
    device = trainer.get("accelerator") if isinstance(trainer, Mapping) else record.config.get("device")
    return [] if device == "cpu" else [str(gpu) for gpu in record.hardware.get("gpus") or []]


def hardware_of(record: Record) -> str:
    """What a run ran on, in a phrase."""
    hardware, gpus = record.hardware, gpus_of(record)
    cpu = f"{hardware.get('cores', '?')} cores of {hardware.get('cpu', 'an unknown processor')}"
    if not gpus:
        return cpu
    return f"{len(gpus)} {gpus[0]}, {cpu}" if len(set(gpus)) == 1 else f"{', '.join(gpus)}, {cpu}"
