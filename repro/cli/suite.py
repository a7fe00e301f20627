"""`repro suite`: every cell that a scale's suite file lists, to the last record, and what was measured.

Suite files come from packages that name their folder under the entry point group `repro.suites`.
"""

import importlib
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from repro.cli.leftovers import no_empty_directories
from repro.cli.lightning import FIT, check_training
from repro.cli.table import table
from repro.errors import BadInput
from repro.ledger.cell import Cell, merge
from repro.ledger.record import Record
from repro.ledger.run import run_cell
from repro.presets import preset_path, read_yaml
from repro.scoring.report import shown


@dataclass(frozen=True)
class Suite:
    """What a scale runs.

    Attributes:
        scale: its name.
        title: one line.
        cells: in the order they are run.
        columns: metric -> heading of the table printed in the end.
    """

    scale: str
    title: str
    cells: Sequence[Cell]
    columns: dict[str, str]


def suite_files() -> dict[str, Path]:
    """Scale -> suite file, over all installed packages that bring suites."""
    found: dict[str, Path] = {}
    for point in entry_points(group="repro.suites"):
        for folder in importlib.import_module(point.value).__path__:
            found |= {path.stem: path for path in sorted(Path(folder).glob("*.yaml"))}
    return found


def read_suite(scale: str) -> Suite:
    """The suite of a scale.

    Raises:
        BadInput: there is none, or its file is wrong.
    """
    files = suite_files()
    if scale not in files:
        raise BadInput(f"there is no suite for the scale {scale!r}; there are {', '.join(sorted(files)) or 'none'}")
    path = files[scale]
    content = read_yaml(path)
    missing = {"title", "cells", "columns"} - content.keys()
    if missing:
        raise BadInput(f"{path} lacks {', '.join(sorted(missing))}")
    cells = []
    for number, entry in enumerate(content["cells"], start=1):
        lacking = {"function", "configs", "row"} - entry.keys()
        if lacking:
            raise BadInput(f"{path}: cell {number} lacks {', '.join(sorted(lacking))}")
        layers = [read_yaml(preset_path(name)) for name in entry["configs"]]
        config = merge(*layers, *(_nested(key, value) for key, value in entry.get("set", {}).items()))
        for seed in entry.get("seeds", [1]):
            cells.append(
                Cell(
                    entry["function"],
                    merge(config, {"seed_everything": seed}),
                    grid=entry.get("grid", "main"),
                    row=entry["row"],
                    scale=scale,
                )
            )
    return Suite(scale, content["title"], cells, content["columns"])


def _nested(key: str, value: Any) -> dict[str, Any]:
    for part in reversed(key.split(".")):
        value = {part: value}
    result: dict[str, Any] = value
    return result


def run_suite(scale: str, out: Path) -> int:
    """Run what is missing of a suite, then print the table; the status is 0 if every cell is done."""
    suite = read_suite(scale)
    for cell in suite.cells:
        if cell.function == FIT:
            check_training(cell.config)
    print(f"suite {scale}: {suite.title}; {len(suite.cells)} cells", file=sys.stderr)
    records: list[Record] = []
    places: list[Path] = []
    for number, cell in enumerate(suite.cells, start=1):
        directory = out / scale / cell.grid / f"{cell.row}-seed{cell.seed}-{cell.id}"
        print(f"[{number}/{len(suite.cells)}] {cell.row}, seed {cell.seed}: {directory}", file=sys.stderr)
        prepared = Path(cell.config.get("data", {}).get("root", "prepared"))
        with no_empty_directories(directory, prepared):
            record = run_cell(cell, directory, shlex.join(["repro", "suite", "--scale", scale, "--out", str(out)]))
        if record is None:  # another rank of a distributed cell
            return 0
        records.append(record)
        places.append(directory / f"attempt-{record.attempt}")
    print(results_table(suite, records, places))
    return 0 if all(record.status == "done" for record in records) else 1


def results_table(suite: Suite, records: Sequence[Record], places: Sequence[Path]) -> str:
    """What was measured, a line a cell, and where its files are."""
    heads = ["row", "seed", "status", *suite.columns.values(), "files"]
    rows = [heads]
    for record, place in zip(records, places, strict=True):
        values = []
        for name in suite.columns:
            metric = record.metrics.get(name)
            values.append(shown(None if metric is None else metric["value"]))
        rows.append([record.row, str(record.seed), record.status, *values, str(place)])
    return table(rows)
