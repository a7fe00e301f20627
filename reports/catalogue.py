"""The grids, scales and published tables as they are installed; each file is looked for and read once a process.

Grids of one's own are known beside them for as long as `own_grids` lasts.
"""

import math
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from repro.errors import BadInput
from repro.ledger.grid import Grid
from repro.ledger.grid_content import grid_files, scales_of
from repro.ledger.grid_file import read_grid
from repro.ledger.published import published_files
from repro.ledger.scale import Scale, read_scale, scale_files
from repro.presets import preset_path, read_yaml

_OWN: dict[str, Path] = {}
"""Grid of one's own -> its file."""


@contextmanager
def own_grids(paths: Sequence[Path]) -> Iterator[None]:
    """While it lasts, these grids are known beside the installed ones; their files are read anew each time.

    Args:
        paths: YAML files, and folders whose YAML files are meant.

    Raises:
        BadInput: nothing lies there, or a grid has the name of another one.
    """
    own = _own_files(paths)
    if not own:
        yield
        return
    _set_own(own)
    try:
        yield
    finally:
        _set_own({})


def _set_own(files: Mapping[str, Path]) -> None:
    _OWN.clear()
    _OWN.update(files)
    for known in (grids, grid_at, scales_of_grid):
        known.cache_clear()


def grid_files_in(path: Path) -> list[Path]:
    """The YAML files of a folder, or the file itself."""
    return sorted(path.glob("*.yaml")) if path.is_dir() else [path]


def _own_files(paths: Sequence[Path]) -> dict[str, Path]:
    by_name: dict[str, Path] = {}
    for given in paths:
        files = grid_files_in(given)
        if not files:
            raise BadInput(f"{given} holds no YAML file; --grids takes grids, or folders of them")
        for path in files:
            if not path.is_file():
                raise BadInput(f"{path} does not exist; --grids takes the YAML files of grids, or folders of them")
            other = {**grids(), **by_name}.get(path.stem)
            if other is not None and other.resolve() != path.resolve():
                raise BadInput(f"{path}: there is already a grid {path.stem}, {other}; give the file another name")
            if other is None:
                by_name[path.stem] = path
    return by_name


def as_typed(grid: str) -> str:
    """What a command takes for a grid: its name, or the file of one's own."""
    return str(_OWN[grid]) if grid in _OWN else grid


@cache
def grids() -> Mapping[str, Path]:
    """Grid -> its file."""
    return {**grid_files(), **_OWN}


@cache
def scales() -> Mapping[str, Path]:
    """Scale -> its file."""
    return scale_files()


@cache
def tables() -> Mapping[str, Path]:
    """Published table -> its file."""
    return published_files()


@cache
def table(name: str) -> Mapping[str, Any]:
    """A published table as its file has it: columns, labels and rows."""
    return read_yaml(tables()[name])


@cache
def grid_at(name: str, scale: str) -> Grid:
    """A grid at a scale.

    Raises:
        BadInput: there is none of that name, or not at that scale.
    """
    if name not in grids():
        raise BadInput(f"there is no grid {name!r}; the grids are {', '.join(sorted(grids()))}")
    return read_grid(grids()[name], _scale(scale))


@cache
def scales_of_grid(name: str) -> tuple[str, ...]:
    """The scales that a grid's file names; none if there is no such grid."""
    return tuple(scales_of(grids()[name])) if name in grids() else ()


@cache
def with_shorter(named: tuple[str, ...]) -> tuple[str, ...]:
    """Scales, and behind them those that are shorter versions of one of them; names of no scale are kept."""
    return named + tuple(name for name in sorted(scales()) if name not in named and is_shorter(name, named))


def is_shorter(scale: str, of: Container[str]) -> bool:
    """Whether a scale is a shorter version of one of those."""
    return _scale(scale).reduces in of


@cache
def needs_gpu(scale: str) -> bool:
    """Whether a scale's trainer asks for a GPU."""
    trainer = read_yaml(preset_path(_scale(scale).trainer)).get("trainer")
    return isinstance(trainer, Mapping) and trainer.get("accelerator") in ("gpu", "cuda")


def title_of_scale(scale: str) -> str:
    """What a scale runs on, in one line."""
    return _scale(scale).title


def by_authority(names: Iterable[str], first: Sequence[str] = ()) -> list[str]:
    """Scales from the most to the least authoritative; those in `first`, in its order, come before all others."""
    names = set(names)
    others = sorted(names - set(first), key=lambda name: (_authority(name), name))
    return [name for name in first if name in names] + others


def _authority(name: str) -> float:
    """A scale's place as its file has it; behind all others where it has none, or is not installed here."""
    place = _scale(name).authority if name in scales() else None
    return math.inf if place is None else place


@cache
def _scale(name: str) -> Scale:
    return read_scale(name)
