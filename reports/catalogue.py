"""The grids, scales and published tables as they are installed; each file is looked for and read once a process.

Grids and scales of one's own are known beside them for as long as `own_files` lasts. A scale that a grid names and that
is not known has no place here: it is as if the grid did not name it.
"""

import math
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from repro.errors import BadInput
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.grid_content import grid_files, runs_at, scales_of
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.paper_column import published_files
from repro.ledger.grids.scale import Scale, read_scale, scale_files
from repro.presets import preset_path, read_yaml
from repro.streams import note

_OWN: dict[str, Path] = {}
"""Grid of one's own -> its file."""
_OWN_SCALES: dict[str, Path] = {}
"""Scale of one's own -> its file."""

OF_A_GRID = frozenset({"extends", "function", "rows", "axes", "scales"})
"""Keys of which a grid's file has one, and a file of claims or of a scale none."""


@contextmanager
def own_files(grids: Sequence[Path], scales: Sequence[Path] = ()) -> Iterator[None]:
    """While it lasts, these grids and scales are known beside the installed ones; their files are read anew each time.

    Args:
        grids: YAML files, and folders whose grids are meant.
        scales: YAML files.

    Raises:
        BadInput: nothing lies there, a scale cannot be used, or a name is taken.
    """
    own, own_scales = _own_grids(grids), _own_scales(scales)
    if not own and not own_scales:
        yield
        return
    _set_own(own, own_scales)
    try:
        _note_unknown_scales()
        yield
    finally:
        _set_own({}, {})


def _set_own(grid_paths: Mapping[str, Path], scale_paths: Mapping[str, Path]) -> None:
    for known, files in ((_OWN, grid_paths), (_OWN_SCALES, scale_paths)):
        known.clear()
        known.update(files)
    for kept in (grids, scales, grid_at, scales_of_grid, with_shorter, needs_gpu, _scale):
        kept.cache_clear()


def _note_unknown_scales() -> None:
    for path in _OWN.values():
        unknown = [scale for scale in scales_of(path) if scale not in scales()]
        if unknown:
            them = "it" if len(unknown) == 1 else "them"
            note(
                f"{path}: not known here: {', '.join(unknown)}; no claim is judged there, and --scales FILE adds {them}"
            )


def yaml_files_in(path: Path) -> list[Path]:
    """The YAML files of a folder, or the file itself."""
    return sorted([*path.glob("*.yaml"), *path.glob("*.yml")]) if path.is_dir() else [path]


def _own_scales(paths: Sequence[Path]) -> dict[str, Path]:
    by_name: dict[str, Path] = {}
    for path in paths:
        name = read_scale(str(path)).name
        if path.suffix not in (".yaml", ".yml"):
            raise BadInput(f"the scale {path} is known without --scales, which takes the YAML file of your own")
        if by_name.setdefault(name, path).resolve() != path.resolve():
            raise BadInput(f"{path}: there is already a scale {name}, {by_name[name]}; give the file another name")
    return by_name


def _own_grids(paths: Sequence[Path]) -> dict[str, Path]:
    by_name: dict[str, Path] = {}
    for given in paths:
        files = yaml_files_in(given)
        if given.is_dir():
            files = [path for path in files if OF_A_GRID & read_yaml(path).keys()]
        if not files:
            raise BadInput(f"{given} holds no grid; --grids takes the YAML files of grids, or folders of them")
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


def scale_as_typed(scale: str) -> str:
    """What a command takes for a scale: its name, or the file of one's own."""
    return str(_OWN_SCALES.get(scale, scale))


@cache
def grids() -> Mapping[str, Path]:
    """Grid -> its file."""
    return {**grid_files(), **_OWN}


@cache
def scales() -> Mapping[str, Path]:
    """Scale -> its file."""
    return {**scale_files(), **_OWN_SCALES}


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
    """The known scales that a grid's file names, and those of one's own that are like one; none without such a grid."""
    if name not in grids():
        return ()
    path = grids()[name]
    named = [scale for scale in scales_of(path) if scale in scales()]
    return (*named, *(scale for scale in _OWN_SCALES if scale not in named and runs_at(path, _scale(scale))))


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
    return read_scale(str(_OWN_SCALES.get(name, name)))
