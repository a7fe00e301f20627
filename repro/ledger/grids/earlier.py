"""Cells that a grid planned before it was changed, from `earlier/<grid>.yaml` beside the grid's file.

    multi30k:                       # a scale
      - commit: e7bb639             # the last one that planned them
        reason: training was longer
        cells:
          base: f0c562f72eca 8a0543121ca2    # a row -> ids by seed, from seed 1

When you change a grid, add the cells that it planned until then (`ablate plan` prints the ids). Their records are then
recognised.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repro.errors import BadInput
from repro.ledger.grids.cell import ID
from repro.presets import read_yaml


@dataclass(frozen=True)
class EarlierCell:
    """One cell that is planned no more.

    Attributes:
        row, seed: of which row and seed it was.
        commit: the last that planned it.
        reason: why it is planned no more.
    """

    row: str
    seed: int
    commit: str
    reason: str


def earlier_cells(grid: Path, scale: str) -> Mapping[str, EarlierCell]:
    """Id -> cell, for a grid's file and a scale; empty where nothing was ever changed.

    Raises:
        BadInput: the list is no such list; the message names the file and the key.
    """
    path = grid.parent / "earlier" / grid.name
    if not path.is_file():
        return {}
    cells: dict[str, EarlierCell] = {}
    versions = read_yaml(path).get(scale) or []
    if not isinstance(versions, list):
        raise BadInput(f"{path}: {scale} must be a list of versions")
    for number, version in enumerate(versions):
        key = f"{path}: {scale}[{number}]"
        if not isinstance(version, dict) or version.keys() != {"commit", "reason", "cells"}:
            raise BadInput(f"{key} must have the keys commit, reason and cells only")
        if not isinstance(version["cells"], dict):
            raise BadInput(f"{key}.cells must map rows to ids")
        for name in ("commit", "reason"):
            _check_text(version[name], f"{key}.{name}")
        for row, ids in version["cells"].items():
            _check_text(ids, f"{key}.cells.{row}")
            for seed, cell in enumerate(ids.split(), start=1):
                if not ID.fullmatch(cell):
                    raise BadInput(f"{key}.cells.{row} has {cell!r}, which is not a cell id; write the ids with spaces")
                cells[cell] = EarlierCell(str(row), seed, version["commit"], version["reason"])
    return cells


def _check_text(value: Any, key: str) -> None:
    """Check that YAML has not read an id or a commit, such as 1234567890e1, as a number.

    Raises:
        BadInput: it has.
    """
    if not isinstance(value, str):
        raise BadInput(f"{key} is {value!r}, which is not text; put it in quotes")
