"""A small grid, its runs and its published records: what tests of publishing, plans and estimates share."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from repro.ledger.grids.grid import Grid, Row
from repro.ledger.running.plan import place, plan
from repro.ledger.running.publishing import publication, publish
from repro.ledger.running.run import run_cell

STEPS = "tests.ledger.functions:steps"


def small_grid(name: str = "g", seeds: Sequence[int] = (1, 2), function: str = STEPS, **config: Any) -> Grid:
    """A grid of one row, `r`."""
    row = Row("r", {"row": "r"}, {"steps": 2, "seed": 0, "seconds": 0, **config}, None)
    columns = {"total": "total"}
    return Grid(name, "s", "a stub", function, "total", "higher", columns, (), None, list(seeds), [row])


def run_all(grid: Grid, out: Path, **files: str) -> list[Path]:
    """Run every cell; each attempt also gets these files. The directories of the first attempts."""
    found = []
    for cell in grid.cells():
        directory = place(out, cell)
        assert run_cell(cell, directory, f"ablate run {grid.name} --out {out}") is not None
        for name, text in files.items():
            (directory / "attempt-1" / name.replace("__", ".")).write_text(text)
        found.append(directory / "attempt-1")
    return found


def publish_all(grid: Grid, out: Path, to: Path) -> str:
    """Publish what is done of a grid; what is said of it."""
    found = publication(plan(grid, out), to)
    publish([found], to)
    return found.summary()


def change_record(attempt: Path, /, **changes: Any) -> None:
    """Write other values into a record."""
    path = attempt / "record.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def content(root: Path) -> Mapping[str, bytes]:
    """All files below a folder."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def with_seeds(grid: Grid, *seeds: int) -> Grid:
    """The same grid with other seeds."""
    return dataclasses.replace(grid, seeds=seeds)
