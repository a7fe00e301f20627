"""Which grids, scales and cells a command line means."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ablations.trial import trial_of
from repro.errors import BadInput
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.grid_content import grid_files, grid_path, runs_at
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale, scale_files
from repro.ledger.records.published_cells import PublishedCells
from repro.ledger.records.recorded_cells import directory_of_cell
from repro.plain_yaml import parse_yaml

PUBLISHED = Path("reports/published")
"""Where a checkout has its published records, for commands that look there unasked."""


def grid_of(name: str, scale: str, parsed: argparse.Namespace) -> Grid:
    """A grid at a scale, with the rows and seeds that were asked for.

    Raises:
        BadInput: there is no such grid, scale or row.
    """
    return read_portion(grid_path(name), scale, parsed)


def read_portion(path: Path, scale: str, parsed: argparse.Namespace) -> Grid:
    """The rows and seeds of a grid's file that were asked for.

    Raises:
        BadInput: as `grid_of`.
    """
    grid = read_grid(path, read_scale(scale), parsed.seeds, settings_of(parsed))
    grid = grid if parsed.limit is None else trial_of(grid, parsed.limit)
    return grid if parsed.rows is None else grid.only(parsed.rows.split(","))


def settings_of(parsed: argparse.Namespace) -> dict[str, Any]:
    """Parameter -> value, as `--set` says.

    Raises:
        BadInput: no name or no value, a parameter twice, or a value that is not what it looks like.
    """
    settings: dict[str, Any] = {}
    for given in parsed.settings:
        name, separator, value = given.partition("=")
        if not name or not separator or not value.strip():
            raise BadInput(f"--set {given} must be a parameter and its value, such as --set max_steps=200")
        if name in settings:
            raise BadInput(f"--set gives {name} twice; leave one out")
        settings[name] = parse_yaml(value, f"--set {given}")
    return settings


def selected_grids(parsed: argparse.Namespace) -> list[Grid]:
    """The grids that were named, at one scale.

    Raises:
        BadInput: as `grid_of`.
    """
    return [grid_of(name, parsed.scale, parsed) for name in parsed.grids]


def published_cells(parsed: argparse.Namespace) -> PublishedCells:
    """What lies in the folders of `--from`.

    Raises:
        BadInput: one is not there, or is a file.
    """
    return PublishedCells(parsed.published)


def grids_with_runs(parsed: argparse.Namespace, folders: list[Path]) -> Iterator[Grid]:
    """The grids that were named, at each of their scales; without names, all that have cells in one of the folders.

    Raises:
        BadInput: as `grid_of`.
    """
    if parsed.scale:
        selected_grids(parsed)  # refuses grids that lack it
    paths = [grid_path(name) for name in parsed.grids] or [path for _, path in sorted(grid_files().items())]
    for named in [parsed.scale] if parsed.scale else sorted(scale_files()):
        scale = read_scale(named)
        for path in paths:
            has_runs = any((folder / scale.name / path.stem).is_dir() for folder in folders)
            if (parsed.grids or has_runs) and runs_at(path, scale):
                yield read_portion(path, named, parsed)


def cell_directory(parsed: argparse.Namespace, given: str, published: PublishedCells | None = None) -> Path:
    """The directory of the cell that is meant by its id, the beginning of it, or its directory.

    Raises:
        BadInput: there is none, or several.
    """
    return directory_of_cell(given, parsed.out, published)
