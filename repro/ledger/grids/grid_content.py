"""The known grids, and the content of a grid's file merged with the grids that it extends. Needs no torch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from repro.errors import BadInput, hint
from repro.ledger.grids.cell import merge
from repro.ledger.grids.scale import Scale, shipped_files
from repro.paths import expanded
from repro.presets import read_yaml

EXTENDS = "extends"
OF_ITS_OWN = ("version", "changes")
"""Keys that a grid does not take over from the one that it extends: they tell that one's history."""

FOR_THE_WHOLE = ("title", "function", "scales", *OF_ITS_OWN)
"""Keys that no scale may have of its own."""


def grid_files() -> dict[str, Path]:
    """Grid -> its file."""
    return shipped_files("repro.grids")


def grid_path(name: str) -> Path:
    """A file of that name, or else the shipped grid of that name.

    Raises:
        BadInput: neither is there.
    """
    if name.endswith((".yaml", ".yml")) and expanded(name).is_file():
        return expanded(name)
    files = grid_files()
    if name in files:
        return files[name]
    if name.endswith((".yaml", ".yml")):
        raise BadInput(
            f"{name} {'is not a file' if Path(name).exists() else 'does not exist'}; give a grid's YAML file"
        )
    raise BadInput(f"there is no grid {name!r}; {hint(name, files)}")


def grid_content(path: Path, extended_by: Sequence[Path] = ()) -> dict[str, Any]:
    """The content of a grid's file; keys that it lacks come from the grid that it extends.

    Args:
        path: the file.
        extended_by: the files that led here, each extending the next.

    Raises:
        BadInput: no mapping, an unknown grid under `extends`, or grids that extend each other.
    """
    content = read_yaml(path)
    if EXTENDS not in content:
        return content
    named = content.pop(EXTENDS)
    below = grid_beside(path, EXTENDS, named)
    way = (*extended_by, path.resolve())
    if below.resolve() in way:
        raise BadInput(f"{path}: extends {named}, which extends this one; leave extends out of one of them")
    taken = {key: value for key, value in grid_content(below, way).items() if key not in OF_ITS_OWN}
    if isinstance(taken.get("scales"), dict):  # what this file says for all scales holds at each of the other's, too
        common = {key: value for key, value in content.items() if key not in FOR_THE_WHOLE}
        for scale, block in taken["scales"].items():
            if not isinstance(block, dict | None):
                raise BadInput(f"{below}: scales.{scale} must hold keys and values, or nothing")
        taken["scales"] = {scale: merge(block or {}, common) for scale, block in taken["scales"].items()}
    return merge(taken, content)


def grid_beside(path: Path, key: str, named: object) -> Path:
    """The grid that a key of another one's file names: a file beside that one, or a shipped grid.

    Raises:
        BadInput: there is none of that name.
    """
    if not isinstance(named, str):
        raise BadInput(f"{path}: {key} is {named!r}; it must be the name of a grid, or its file")
    beside = path.parent / named
    try:
        return beside if beside.suffix in (".yaml", ".yml") and beside.is_file() else grid_path(named)
    except BadInput as error:
        raise BadInput(f"{path}: {key}: {error}") from error


def scales_of(path: Path) -> list[str]:
    """The scales that a grid's file names, in its order.

    Raises:
        BadInput: as `grid_content`; or none.
    """
    scales = grid_content(path).get("scales")
    if not isinstance(scales, dict) or not scales:
        raise BadInput(f"{path}: scales must list at least one scale, such as `builtin: {{}}`")
    return list(scales)


def runs_at(path: Path, scale: Scale) -> bool:
    """Whether a grid's file says something of a scale, or of the one that it is like.

    Raises:
        BadInput: as `scales_of`.
    """
    return not {scale.name, scale.like}.isdisjoint(scales_of(path))
