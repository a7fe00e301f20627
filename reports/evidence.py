"""Reads the records under directories of runs, and finds those that a claim asks for.

    RUNS/<scale>/<grid>/<row>-seed<k>-<cell>/attempt-N/record.json     as `ablate run` and `repro suite` leave them
    RUNS/<anything>/record.json                                        as they are published

A record that cannot be read is listed, and the others count. Of several cells of one grid, row, seed and scale the one
that the grid plans today counts, else the newest; the others are listed as set aside, never mixed in. Where a grid was
changed, and some of what it plans today has run, nothing counts that it planned before.
"""

import hashlib
import json
import math
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from reports.shipped import grid_at, scales_of_grid
from repro import files
from repro.cell_directory import DAMAGED, RECORD, attempt_number
from repro.errors import BadInput
from repro.ledger.record import Record, read_record


@dataclass(frozen=True)
class Found:
    """A record and where it lies.

    Attributes:
        record: of the attempt that counts.
        path: of its file, below the directory of all runs, with / between the parts.
        directory: the attempt's, on this machine.
        planned: whether its cell is one that the grid plans today; None where there is no such grid, row or scale.
        attempts: how many attempts of the cell have a record that can be read.
    """

    record: Record
    path: str
    directory: Path = field(compare=False)
    planned: bool | None = None
    attempts: int = 1

    @property
    def run(self) -> str:
        """The name of the folder above its attempts, which is that of a single run; its cell where there is none."""
        folders = [part for part in self.path.split("/")[:-1] if attempt_number(part) is None]
        return folders[-1] if folders else self.record.cell


@dataclass(frozen=True)
class Damaged:
    """A record that cannot be read, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Evidence:
    """All records.

    Attributes:
        records: those that count, in order of scale, grid, row, seed.
        set_aside: of cells that another one of the same grid, row, seed and scale stands in place of, or that their
            grid plans no more while others that it plans are there.
        damaged: those that cannot be read.
        digest: SHA-256 over the bytes of all records, in order of their paths.
    """

    records: tuple[Found, ...]
    set_aside: tuple[Found, ...]
    damaged: tuple[Damaged, ...]
    digest: str
    index: Mapping[tuple[str, str, str], Mapping[int, Found]] = field(repr=False, compare=False, default_factory=dict)

    def of(self, scale: str, grid: str, row: str) -> Mapping[int, Found]:
        """Seed -> record of a row, done or not."""
        return self.index.get((scale, grid, row), {})


def read_evidence(directories: Sequence[Path]) -> Evidence:
    """Read everything under the directories.

    Raises:
        BadInput: a directory that is not there, or a record with a metric that says not what it is.
    """
    found: list[Found] = []
    damaged: list[Damaged] = []
    digest = hashlib.sha256()
    for root in directories:
        if not root.is_dir():
            raise BadInput(f"{root} is no directory; give one that runs were written to")
        for place in _places(root):
            _read_place(root, place, found, damaged, digest)
    kept, aside = _one_a_seed(_planned(found))
    index: dict[tuple[str, str, str], dict[int, Found]] = defaultdict(dict)
    for each in kept:
        record = each.record
        index[record.scale, record.grid, record.row][record.seed] = each
    return Evidence(tuple(kept), tuple(aside), tuple(damaged), digest.hexdigest(), dict(index))


def _places(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Directories of cells, each with its attempts, and directories that hold a record themselves; in order."""
    for folder, subfolders, names in files.walk(root):
        subfolders.sort()
        numbers = {name: attempt_number(name) for name in subfolders}
        attempts = sorted((number, name) for name, number in numbers.items() if number is not None)
        if attempts:
            subfolders[:] = [name for name, number in numbers.items() if number is None]
            yield folder, [name for _, name in attempts]
        elif RECORD in names:
            yield folder, [""]


def _read_place(
    root: Path, place: tuple[str, list[str]], found: list[Found], damaged: list[Damaged], digest: Any
) -> None:
    """The record that counts of one cell: the last that is done, else the last one there is."""
    readable: list[Found] = []
    broken: list[Damaged] = []
    for attempt in place[1]:
        directory = Path(place[0], attempt)
        path = (directory / RECORD).relative_to(root).as_posix()
        if not (directory / RECORD).exists():
            if (directory / DAMAGED).exists():
                broken.append(Damaged(path.replace(RECORD, DAMAGED), "was set aside when its cell was run again"))
            continue
        digest.update(os.fsencode(f"{path}\0") + (directory / RECORD).read_bytes())
        try:
            readable.append(Found(_checked(read_record(directory), path), path, directory))
        except BadInput as error:
            _refuse_without_definition(directory, path)
            broken.append(Damaged(path, str(error).replace(f"{directory / RECORD}", path)))
    done = [each for each in readable if each.record.status == "done"]
    if readable:
        found.append(replace((done or readable)[-1], attempts=len(readable)))
    # What was set aside and then made anew is of no interest any more.
    damaged += [each for each in broken if not done or not each.path.endswith(DAMAGED)]


def _checked(record: Record, path: str) -> Record:
    """Look at the types of what is read from a record here.

    Raises:
        BadInput: it is not as records are.
    """
    texts = {key: getattr(record, key) for key in ("cell", "grid", "row", "scale", "command", "started")}
    wrong = [key for key, value in texts.items() if not isinstance(value, str)]
    wrong += [] if type(record.seed) is int else ["seed"]
    wrong += [
        key
        for key in ("metrics", "config", "data", "hardware", "details")
        if not isinstance(getattr(record, key), dict)
    ]
    if not wrong:
        wrong = [f"metrics.{name}" for name, metric in record.metrics.items() if not _is_number(metric["value"])]
    if wrong:
        raise BadInput(f"{path} is not a record ({wrong[0]} is not what it should be); run the cell again")
    return record


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value))


def _refuse_without_definition(directory: Path, path: str) -> None:
    """A whole record with a number that does not say what it is: nothing may be built on that.

    Raises:
        BadInput: there is one.
    """
    try:
        metrics = json.loads((directory / RECORD).read_text(encoding="utf-8"))["metrics"].items()
        nameless = [name for name, metric in metrics if "value" in metric and not metric.get("definition")]
    except (ValueError, KeyError, AttributeError, TypeError):
        return
    if nameless:
        raise BadInput(f"{path}: metric {nameless[0]} has no definition; a number must say what it is")


def _planned(found: Sequence[Found]) -> list[Found]:
    """Say of each whether its grid plans its cell today."""
    seeds: dict[tuple[str, str], set[int]] = defaultdict(set)
    for each in found:
        seeds[each.record.grid, each.record.scale].add(each.record.seed)
    cells: dict[tuple[str, str, str, int], str] = {}
    for (name, scale), of_grid in seeds.items():
        if scale in scales_of_grid(name):
            for cell in replace(grid_at(name, scale), seeds=sorted(of_grid)).cells():
                cells[name, scale, cell.row, cell.seed] = cell.id
    marked = []
    for each in found:
        record = each.record
        cell_id = cells.get((record.grid, record.scale, record.row, record.seed))
        marked.append(replace(each, planned=None if cell_id is None else cell_id == record.cell))
    return marked


def _one_a_seed(found: Sequence[Found]) -> tuple[list[Found], list[Found]]:
    """For each grid, row, seed and scale the record that counts, and all others."""
    groups: dict[tuple[str, str, str, int], list[Found]] = defaultdict(list)
    alive = set()
    for each in found:
        record = each.record
        groups[record.scale, record.grid, record.row, record.seed].append(each)
        if each.planned:
            alive.add((record.scale, record.grid))
    kept, aside = [], []
    for key in sorted(groups):
        # Planned before unplanned, done before not done, the newest, and at last any order that is always the same.
        ranked = sorted(
            groups[key],
            key=lambda it: (it.planned is True, it.record.status == "done", it.record.started, it.path),
            reverse=True,
        )
        if key[1] == "fit" or not key[2]:  # runs of no grid stand for themselves
            kept += ranked
        elif ranked[0].planned is False and key[:2] in alive:
            aside += ranked
        else:
            kept.append(ranked[0])
            aside += ranked[1:]
    return kept, aside
