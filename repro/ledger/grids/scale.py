"""A scale: the presets of its base, and the grids that its suite runs. Plain data, no torch.

    title: one line
    models: {base: model/tiny, recurrent: model/recurrent-tiny}   # what grids call them -> preset or file
    data: data/multi30k
    trainer: trainer/cpu-hour
    grids: [main, {grid: heads, rows: [one], seeds: 5}]           # what `suite` runs
    reduces: builtin                                              # the scale that this one is a shorter version of
    authority: 1                                                  # 1 is the best: whose verdict a report shows first
    seconds_per_update: 0.02                                      # of `repro.cli.calibration`, where it was timed
    like: multi30k                                                # the scale whose values stand in for missing ones

A portion of a suite may name another `scale` to run at, and its duration (`core_minutes`), so that `suite --minutes`
can skip what takes too long on a machine. A scale that reduces another inherits that scale's entries in grids and
claims, unless it has its own. A scale that is like another inherits its entries in grids only, since claims are about
the other one's data, and also its models, data, trainer and grids. So a user's own scale, which its file names
(`--scale mine.yaml`), needs only a title, `like` and its data.

Packages name the folders of their scales and grids under the entry points `repro.scales` and `repro.grids`, so that the
engine finds them without depending on those packages.
"""

import importlib
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NamedTuple

from repro.errors import BadInput, hint
from repro.json_file import is_number
from repro.paths import expanded
from repro.presets import read_yaml

KEYS = {"title", "models", "data", "trainer", "grids"}
OPTIONAL = {"reduces", "authority", "seconds_per_update", "like"}
TAKEN_OVER = ("models", "data", "trainer", "grids")
"""Keys for which the scale named by `like` stands in."""
MOST_SEEDS = 10_000
"""Of a portion, which are listed one by one."""


class Kind(NamedTuple):
    """What a key holds: whether a value is of that kind, and what it is called."""

    holds: Callable[[Any], bool]
    meant: str


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_positive(value: Any) -> bool:
    return is_number(value) and value > 0


TEXT, POSITIVE = Kind(_is_text, "text"), Kind(_is_positive, "a number above 0")

KINDS: Mapping[str, Kind] = {
    "title": Kind(_is_text, "text, in quotes if it looks like something else"),
    "models": Kind(
        lambda value: isinstance(value, dict) and "base" in value and all(map(_is_text, [*value, *value.values()])),
        "a mapping of roles to presets, base among them",
    ),
    **dict.fromkeys(("data", "trainer"), Kind(_is_text, "a preset's name, or a YAML file's")),
    "grids": Kind(lambda value: value is None or isinstance(value, list), "a list of grids"),
    "reduces": Kind(_is_text, "the name of a scale"),
    "authority": Kind(is_number, "a number, 1 for the most like the paper's own"),
    "seconds_per_update": POSITIVE,
}
"""Key of a scale -> what it holds. `like` is looked at before."""

PORTION_KINDS: Mapping[str, Kind] = {
    "grid": Kind(_is_text, "a grid's name"),
    "rows": Kind(lambda value: isinstance(value, list) and all(map(_is_text, value)), "a list of rows' names"),
    "seeds": Kind(lambda value: type(value) is int and 1 <= value <= MOST_SEEDS, f"a number from 1 to {MOST_SEEDS:,}"),
    "scale": Kind(_is_text, "the name of a scale"),
    "core_minutes": POSITIVE,
}
"""Key of a grid within a scale's `grids` -> what it holds."""


@dataclass(frozen=True)
class Portion:
    """A grid, or a part of it.

    Attributes:
        grid: its name.
        rows: which of its rows; None: all. * and ? stand for anything.
        seeds: so many seeds in place of the grid's; None: the grid's.
        scale: at which it runs; None: the one whose suite this is.
        core_minutes: how long it takes, times the cores that it uses, where the suite was timed; None: not measured.
    """

    grid: str
    rows: Sequence[str] | None = None
    seeds: int | None = None
    scale: str | None = None
    core_minutes: float | None = None


@dataclass(frozen=True)
class Scale:
    """Where and how large experiments are.

    Attributes:
        name: such as "builtin" or "multi30k".
        path: the file that says the rest.
        title: one line.
        models: role in a grid -> preset; "base" is there.
        data, trainer: presets.
        grids: what its suite runs, in order.
        reduces: the scale that it is a shorter version of.
        like: the scale whose values stand in for what its file does not say.
        inherits: the scales of which a grid's settings hold for it, too, where the grid says nothing of its own; the
            nearest is the last.
        authority: its place among scales where they disagree, 1 the most like the paper's own; None: behind all others.
        seconds_per_update: of the calibration, on the machine where its portions were timed; None: they were not.
    """

    name: str
    path: Path
    title: str
    models: Mapping[str, str]
    data: str
    trainer: str
    grids: Sequence[Portion]
    reduces: str | None = None
    authority: float | None = None
    seconds_per_update: float | None = None
    like: str | None = None
    inherits: Sequence[str] = ()


def files_of(group: str) -> dict[str, Path]:
    """Name -> YAML file, over all installed packages that name a folder under an entry point group.

    Raises:
        BadInput: two packages have a file of one name, so that nobody could say which is meant.
    """
    found: dict[str, Path] = {}
    for folder in _folders(group, tuple(sys.path)):
        for path in sorted(folder.glob("*.yaml")):
            other = found.setdefault(path.stem, path)
            if other != path and other.resolve() != path.resolve():
                raise BadInput(f"{path} has the same name as {other}; rename one of them")
    return found


@cache
def _folders(group: str, search_path: tuple[str, ...]) -> tuple[Path, ...]:
    """The folders under a group; kept, since looking reads a file of every installed package."""
    packages = [importlib.import_module(point.value) for point in entry_points(group=group)]
    return tuple(Path(folder) for package in packages for folder in package.__path__)


@cache
def grid_packages() -> frozenset[str]:
    """The installed packages that ship grids, this one among them: their functions may be imported unasked."""
    return frozenset({"repro", *(point.value.partition(".")[0] for point in entry_points(group="repro.grids"))})


def shipped_files(group: str) -> dict[str, Path]:
    """As `files_of`, of a group that this project itself names a folder under.

    Raises:
        BadInput: as `files_of`; or the installation is older than the group.
    """
    paths = files_of(group)
    if not paths:
        raise BadInput(f"this project was installed before it had {group}; install it again with: pip install -e .")
    return paths


def scale_files() -> dict[str, Path]:
    """Scale -> its file."""
    return shipped_files("repro.scales")


def read_scale(named: str) -> Scale:
    """The scale of that name, or the user's own scale in that YAML file, which gives it its name.

    Raises:
        BadInput: there is none, or its file is wrong.
    """
    files = scale_files()
    path = _scale_file(named, files)
    name, content = path.stem, read_yaml(path)
    like = _like(path, content, files)
    if like is not None:
        content = {**{key: read_yaml(like.path).get(key) for key in TAKEN_OVER}, **content}
    unknown, missing = sorted(content.keys() - KEYS - OPTIONAL, key=str), sorted(KEYS - content.keys())
    if unknown:
        raise BadInput(f"{path}: a scale has no key {unknown[0]!r}; it has {', '.join(sorted(KEYS | OPTIONAL))}")
    if missing:
        remedy = "; `like: SCALE` takes these over from another scale" if set(missing) <= set(TAKEN_OVER) else ""
        raise BadInput(f"{path} lacks {', '.join(missing)}{remedy}")
    for key, kind in KINDS.items():
        value = content.get(key)
        if not (value is None and key in OPTIONAL) and not kind.holds(value):
            raise BadInput(f"{path}: {key} is {value!r}; it must be {kind.meant}")
    reduces = content.get("reduces")
    if reduces is not None and (reduces not in files or reduces == name):
        raise BadInput(f"{path}: reduces is {reduces!r}, which is not another scale; {hint(reduces, files)}")
    inherited = [] if like is None else [*like.inherits, like.name]
    return Scale(
        name=name,
        path=path,
        title=content["title"],
        models=content["models"],
        data=content["data"],
        trainer=content["trainer"],
        grids=[_portion(path, entry) for entry in content["grids"] or []],
        reduces=reduces,
        authority=content.get("authority"),
        seconds_per_update=content.get("seconds_per_update"),
        like=None if like is None else like.name,
        inherits=[*inherited, *([] if reduces is None else [reduces])],
    )


def _scale_file(named: str, files: Mapping[str, Path]) -> Path:
    if named in files:
        return files[named]
    path = expanded(named)
    if path.suffix not in (".yaml", ".yml"):
        meant = hint(named, files, f"there are {', '.join(sorted(files))}, or give the YAML file of your own")
        raise BadInput(f"there is no scale {named!r}; {meant}")
    if not path.is_file():
        raise BadInput(f"{named} {'is not a file' if path.exists() else 'does not exist'}; name a scale's YAML file")
    if path.stem in files:
        raise BadInput(f"{named} has the same name as a shipped scale, {path.stem}; rename the file")
    if not re.fullmatch(r"[A-Za-z0-9_-]+", path.stem):
        raise BadInput(f"{named} also names the scale's folder of runs; use only letters, digits, - and _")
    return path


def _like(path: Path, content: Mapping[str, Any], files: Mapping[str, Path]) -> Scale | None:
    like = content.get("like")
    if like is None:
        return None
    if not isinstance(like, str) or like not in files:
        raise BadInput(f"{path}: like is {like!r}, which is not a shipped scale; {hint(str(like), files)}")
    return read_scale(like)


def _portion(path: Path, entry: Any) -> Portion:
    if isinstance(entry, str):
        return Portion(entry)
    if not isinstance(entry, dict) or "grid" not in entry or entry.keys() - PORTION_KINDS.keys():
        raise BadInput(f"{path}: grids must hold names, or grid, rows, seeds, scale and core_minutes; not {entry!r}")
    for key, value in entry.items():
        kind = PORTION_KINDS[key]
        if not (value is None and key != "grid") and not kind.holds(value):
            raise BadInput(f"{path}: grids: {key} is {value!r}; it must be {kind.meant}")
    return Portion(**entry)
