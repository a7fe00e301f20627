"""Whether a record that fits its schema is consistent: its id, seed, metrics, code, machine, times and files.

Each check is a function from a record to its findings; CHECKS lists them in the order of their sentences. What the
schema checks is not checked again here.
"""

import datetime
import gzip
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reports.catalogue import grids, scales_of_grid
from reports.checking.finding import Finding, fault, shown, warning
from reports.checking.schema import dotted
from reports.claims.metrics import UNITS
from repro import files, json_file
from repro.cell_directory import attempt_number
from repro.errors import BadInput
from repro.ledger.grids.cell import SINGLE, TRAINING, Cell
from repro.ledger.grids.grid_content import grid_content
from repro.ledger.records.published_cells import CELL, id_in_name
from repro.metric_declaration import MetricDeclaration, declaration_of, declared_metrics

ROUNDING = 1e-8
"""How far a number may be beyond its limit, as a share of the limit: sums of floating-point numbers may be."""
RANGED = ("share", "probability", "0 or 1", "tau", "JSD")
"""Units whose differences have another unit, so that every number with one of these has the unit's range."""
CLOCKS_APART = datetime.timedelta(days=1)
"""How far the clock of another machine may be ahead."""
MOST_TEXT = 64 * 2**20
"""Bytes of translations that are counted."""
MOST_NAME = 100
"""The longest name, in characters, of a file that is looked for beside a record."""
DIGEST = re.compile(r"[0-9a-f]{64}")
PLACE = re.compile(r"(?:^|(?<=[\s=:,'\"(\[]))(?:(?:/[^/\s,'\")\]]+){2,}|[A-Za-z]:\\[^\s,'\"]+)")
"""An absolute path, of this machine or another."""
SPLIT = re.compile(r"[A-Za-z0-9_-]{1,100}")
"""The name of a split, where it may be part of a file's name."""
NEEDED_VERSIONS = ("python", "torch")


@dataclass(frozen=True)
class Given:
    """A record that fits its schema.

    Attributes:
        content: what its file holds.
        file: the file's name, for the sentences.
        directory: where the file lies.
        function: the function that made it, "module:name"; None if its grid is not installed.
    """

    content: Mapping[str, Any]
    file: str
    directory: Path
    function: str | None


def function_of(grid: str) -> str | None:
    """The function that the cells of a grid call; None if the grid is not installed.

    Raises:
        BadInput: the grid's file names none, nor does one that it extends.
    """
    if grid == SINGLE:
        return TRAINING
    if grid not in grids():
        return None
    function = grid_content(grids()[grid]).get("function")
    if not isinstance(function, str):
        raise BadInput(f"{grids()[grid]}: function is missing; write one")
    return function


def check_record(given: Given) -> Iterator[Finding]:
    """Everything that is wrong with a single record."""
    for check in CHECKS:
        yield from check(given)


def _identity(given: Given) -> Iterator[Finding]:
    content, function = given.content, given.function
    if function is None:
        yield warning(
            given.file,
            "grid",
            f"is {shown(content['grid'])}, which is not installed here, so the id and the metrics were not checked; "
            "--grids adds grids",
        )
        return
    if content["grid"] != SINGLE and content["scale"] not in scales_of_grid(content["grid"]):
        yield warning(
            given.file, "scale", f"is {shown(content['scale'])}, and {content['grid']} has no cells at that scale here"
        )
    try:
        cell = Cell(function, content["config"])
        expected = cell.id
    except BadInput as error:
        yield fault(given.file, "config", f"has no id: {error}")
        return
    if content["cell"] != expected:
        yield fault(
            given.file,
            "cell",
            f"is {shown(content['cell'])}, but the configuration gives {expected!r}; one of the two was changed",
        )


def _seed(given: Given) -> Iterator[Finding]:
    config = given.content["config"]
    key = next((key for key in ("seed_everything", "seed") if key in config), None)
    if key is not None and config[key] != given.content["seed"]:
        yield fault(given.file, "seed", f"is {given.content['seed']}, but config.{key} is {shown(config[key])}")


def _status(given: Given) -> Iterator[Finding]:
    content = given.content
    done = content["status"] == "done"
    if done and not content["metrics"]:
        yield fault(given.file, "metrics", "is empty, but status is 'done'; a finished run has at least one metric")
    if done and content.get("error"):
        yield fault(given.file, "error", "is not null, but status is 'done'; one of the two is wrong")
    if not done and not content.get("error"):
        yield warning(given.file, "error", f"is missing or empty, but status is {content['status']!r}")


def _metrics(given: Given) -> Iterator[Finding]:
    declared = None
    if given.function is not None:
        try:
            declared = declared_metrics(given.function, given.content["config"])
        except BadInput:  # it asks settings that are of another kind
            yield fault(given.file, "config", f"is not one that {given.function} takes")
    for name, metric in given.content["metrics"].items():
        key = f"metrics.{name}"
        yield from _interval(given.file, key, metric)
        if metric["unit"].startswith("BLEU") and metric["value"] is not None and not metric.get("signature"):
            yield fault(given.file, f"{key}.signature", "is missing; a BLEU means nothing without its signature")
        declaration = declaration_of(declared or (), name)
        if declaration is not None:
            yield from _declared(given, key, metric, declaration)
        elif declared is not None:
            yield warning(
                given.file, key, f"is not among the metrics that {given.function} declares for this configuration"
            )
        low, high = _range(metric["unit"], declaration)
        yield from _within(given.file, f"{key}.value", metric["value"], low, high)


def _declared(given: Given, key: str, metric: Mapping[str, Any], declaration: MetricDeclaration) -> Iterator[Finding]:
    """Where a metric differs from what its function declares."""
    for name, expected in (("better", declaration.better), ("quality", declaration.quality)):
        if name in metric and metric[name] != expected:
            yield fault(
                given.file, f"{key}.{name}", f"is {_json(metric[name])}; {given.function} declares {_json(expected)}"
            )
    if declaration.unit is not None and not re.fullmatch(declaration.unit, metric["unit"]):
        meant = " or ".join(repr(unit.replace("\\", "")) for unit in declaration.unit.split("|"))
        yield fault(given.file, f"{key}.unit", f"is {shown(metric['unit'])}; {given.function} measures it in {meant}")


def _range(unit: str, declaration: MetricDeclaration | None) -> tuple[float | None, float | None]:
    """The declared range; else the one that the unit states, as in `BLEU, 0 to 100`; else that of published figures."""
    if declaration is not None and (declaration.low, declaration.high) != (None, None):
        return declaration.low, declaration.high
    stated = re.search(r"(\d+) to (\d+)$", unit)
    if stated:
        return float(stated[1]), float(stated[2])
    return UNITS[unit] if unit in RANGED else (None, None)


def _within(file: str, key: str, value: float | None, low: float | None, high: float | None) -> Iterator[Finding]:
    if value is None:
        return
    slack = ROUNDING * max(abs(low or 0), abs(high or 0), 1)
    if (low is not None and value < low - slack) or (high is not None and value > high + slack):
        ends = (
            f"at least {low:g}" if high is None else f"at most {high:g}" if low is None else f"from {low:g} to {high:g}"
        )
        yield fault(file, key, f"is {value:g}; it must be {ends}")


def _interval(file: str, key: str, metric: Mapping[str, Any]) -> Iterator[Finding]:
    interval, value = metric.get("interval"), metric["value"]
    if interval is None:
        return
    low, high = interval
    if low > high:
        yield fault(file, f"{key}.interval", f"is [{low:g}, {high:g}]; its lower end must come first")
    elif value is not None and not low - ROUNDING * abs(low) <= value <= high + ROUNDING * abs(high):
        yield warning(file, f"{key}.interval", f"is [{low:g}, {high:g}], but the value {value:g} is outside")


def _updates(given: Given) -> Iterator[Finding]:
    trainer = given.content["config"].get("trainer")
    planned = trainer.get("max_steps") if isinstance(trainer, Mapping) else None
    made = given.content["metrics"].get("train.updates", {}).get("value")
    if planned is not None and json_file.is_number(planned) and made is not None and 0 <= planned < made:
        yield fault(
            given.file,
            "metrics.train.updates.value",
            f"is {made:g}, but config.trainer.max_steps allows only {planned:g}",
        )


def _code(given: Given) -> Iterator[Finding]:
    content = given.content
    if content["commit"] is None:
        yield warning(given.file, "commit", "is null, so it is not known which code ran")
    elif content["dirty"]:
        yield warning(given.file, "dirty", "is true: the code had uncommitted changes")
    for name in NEEDED_VERSIONS:
        if name not in content["versions"]:
            yield warning(given.file, f"versions.{name}", "is missing")


def _times(given: Given) -> Iterator[Finding]:
    started = started_of(given.content)
    if started is None:
        yield fault(given.file, "started", f"is {shown(given.content['started'])}, which is not a date")
    elif started > datetime.datetime.now(datetime.UTC) + CLOCKS_APART:
        yield fault(given.file, "started", f"is {shown(given.content['started'])}, which is in the future")


def started_of(content: Mapping[str, Any]) -> datetime.datetime | None:
    """When a record's attempt began; None if its text is not a time."""
    try:
        return datetime.datetime.fromisoformat(content["started"])
    except ValueError:
        return None


def _memory(given: Given) -> Iterator[Finding]:
    held, of = given.content["peak_memory_bytes"], given.content["hardware"]["memory_bytes"]
    if of is not None and held > of:
        yield warning(given.file, "peak_memory_bytes", f"is {held:,}, but the machine has only {of:,}")


def _folder(given: Given) -> Iterator[Finding]:
    """The folders' names, if they are in the form that a launcher gives."""
    content, folder = given.content, given.directory.name
    number, cell = attempt_number(folder), given.directory.parent
    if number is None:
        return
    if number != content["attempt"]:
        yield fault(given.file, "attempt", f"is {content['attempt']}, but its folder is {folder}")
    if CELL.fullmatch(cell.name) and id_in_name(cell) != content["cell"]:
        yield fault(given.file, "cell", f"is {shown(content['cell'])}, but its folder is {shown(cell.name)}")


def _digests(given: Given) -> Iterator[Finding]:
    for key, name, digest in digests_in(given.content):
        if not (isinstance(digest, str) and DIGEST.fullmatch(digest)):
            yield fault(given.file, key, f"is {shown(digest)}; it must be a SHA-256 of 64 hexadecimal digits")
            continue
        beside = given.directory / Path(name).name if 0 < len(name) <= MOST_NAME else None
        if beside is not None and beside.is_file() and files.sha256(beside) != digest:
            yield fault(
                given.file, key, f"is not the digest of {beside.name} next to the record; one of the two was changed"
            )


def digests_in(content: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Key, file name and digest of every SHA-256 in a record's data; the name is empty if the data give none."""
    level: list[tuple[tuple[Any, ...], Any]] = [(("data",), content["data"])]
    while level:
        path, value = level.pop(0)
        if isinstance(value, Mapping):
            of_files = path == ("data", "files")
            for name, inner in value.items():
                if name == "sha256" and not isinstance(inner, Mapping):
                    yield dotted((*path, name)), str(value.get("name", "")), inner
                elif of_files and not isinstance(inner, Mapping | list):
                    yield dotted((*path, name)), str(name), inner
                else:
                    level.append(((*path, name), inner))
        elif isinstance(value, list):
            level += [((*path, place), inner) for place, inner in enumerate(value)]


def _translations(given: Given) -> Iterator[Finding]:
    """Check that files of translations beside a record have as many lines as its scores counted."""
    for name, metric in given.content["metrics"].items():
        split, _, score = name.partition(".")
        lines = (metric.get("details") or {}).get("lines")
        if score not in ("bleu", "exact_match") or type(lines) is not int or not SPLIT.fullmatch(split):
            continue
        path = given.directory / f"hypotheses.{split}.txt"
        for found in (path, path.with_name(f"{path.name}.gz")):
            if not found.is_file():
                continue
            counted = _lines_in(found)
            if counted is None:
                yield fault(given.file, "", f"has {found.name} next to it, which cannot be read; copy it again")
            elif counted != lines:
                yield fault(
                    given.file, f"metrics.{name}.details.lines", f"is {lines:,}, but {found.name} has {counted:,} lines"
                )


def _lines_in(path: Path) -> int | None:
    try:
        with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
            return file.read(MOST_TEXT).count(b"\n")
    except (OSError, EOFError, zlib.error):
        return None


def _machine_paths(given: Given) -> Iterator[Finding]:
    """The first absolute path in a record: it reveals something of a machine, and nobody else can use it."""
    level: list[tuple[tuple[Any, ...], Any]] = [((key,), given.content[key]) for key in ("command", "config", "data")]
    while level:
        path, value = level.pop(0)
        if isinstance(value, Mapping):
            level += [((*path, name), inner) for name, inner in value.items()]
        elif isinstance(value, list):
            level += [((*path, place), inner) for place, inner in enumerate(value)]
        elif isinstance(value, str) and (found := PLACE.search(value)):
            yield warning(
                given.file,
                dotted(path),
                f"contains an absolute path, {shown(found[0])}; `ablate publish` shortens paths of a grid's cells",
            )
            return


def _json(value: Any) -> str:
    return "null" if value is None else repr(value) if isinstance(value, str) else str(value).lower()


CHECKS: tuple[Callable[[Given], Iterator[Finding]], ...] = (
    _identity,
    _folder,
    _seed,
    _status,
    _metrics,
    _updates,
    _code,
    _times,
    _memory,
    _digests,
    _translations,
    _machine_paths,
)
