"""A record: what one attempt at a cell measured, as `record.json`, written once."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from repro import files, json_file, regular_file
from repro.cell_directory import RECORD
from repro.errors import BadInput

Status = Literal["done", "failed", "diverged", "timeout", "killed"]

FORMAT = 1
"""The version of the layout of `record.json` that this code writes, and the newest that it reads."""


MOST_NUMBER = 1e70
"""No number of a record is larger: so the fourth powers that tests of differences take are numbers, too."""

TUNING = "tuning"
"""The key in a record's details that states how many trials chose its row, in which grid and by which metric."""

Check = Callable[[Any], bool]


class NewerFormat(BadInput):
    """A record that a newer version of this project wrote: whole, but not for this one to judge."""


class NamelessNumber(BadInput):
    """A record with a number that does not say what it is."""


class Unreachable(BadInput):
    """A record that cannot be read at the moment; it may or may not be damaged."""


@dataclass(frozen=True)
class Record:
    """The content of `record.json`.

    Attributes:
        cell: the cell's id.
        grid, row, scale: where the cell belongs.
        seed: its seed.
        status: how the attempt ended.
        metrics: name -> value, unit, definition (and signature, interval, ... where there are any).
        config: the full resolved configuration.
        data: which data: the prepared store's name, corpus, counts, vocabulary, sources with sha256.
        attempt: its number, from 1.
        seconds: wall time of the attempt, over all its parts where it was resumed.
        peak_memory_bytes: of the main process; 0 where it was killed and the peak is unknown.
        hardware, versions: what it ran on and with.
        commit, dirty: the code; None where it did not run from a checkout.
        command: the command that repeats it.
        started: when the attempt began, ISO 8601 in UTC.
        error: for an attempt that is not done: what went wrong, and the end of its log.
        details: further measurements with a structure of their own.
        format: the version of this layout; records that do not say are of the first.
    """

    cell: str
    grid: str
    row: str
    scale: str
    seed: int
    status: Status
    metrics: Mapping[str, Mapping[str, Any]]
    config: Mapping[str, Any]
    data: Mapping[str, Any]
    attempt: int
    seconds: float
    peak_memory_bytes: int
    hardware: Mapping[str, Any]
    versions: Mapping[str, str]
    commit: str | None
    dirty: bool | None
    command: str
    started: str
    error: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    format: int = FORMAT

    def __post_init__(self) -> None:
        if self.status not in get_args(Status):
            raise ValueError(f"status is {self.status!r}; it must be one of {', '.join(get_args(Status))}")
        for name, metric in self.metrics.items():
            missing = NEEDED - metric.keys()
            if missing:
                raise ValueError(f"metric {name} lacks {', '.join(sorted(missing))}")

    @property
    def code(self) -> str | None:
        """The code that made it, as `code_of` writes it."""
        return code_of(self.commit, self.dirty)

    @property
    def reason(self) -> str:
        """The error in one line; empty without one.

        A watching process writes the reason in front of the log; a traceback has it at the end.
        """
        lines = (self.error or "").strip().split("\n")
        return lines[0] if self.status in ("killed", "timeout") else lines[-1]

    def write(self, directory: Path) -> Path:
        """Write `record.json` atomically; never over another one."""
        path = directory / RECORD
        if path.exists():
            raise FileExistsError(f"{path} exists already; a record is written only once")
        files.write_json(path, asdict(self))
        return path


def code_of(commit: str | None, dirty: bool | None) -> str | None:
    """A commit, shortened, with " changed" where not all of it was committed; None where it is not known."""
    return None if commit is None else f"{commit[:12]}{' changed' if dirty else ''}"


def read_record(directory: Path) -> Record:
    """The record of an attempt's directory, looked at throughout.

    Raises:
        BadInput: missing, or not a record: no regular file, no JSON, or something in it is not what it should be.
        NewerFormat: a newer version of this project wrote it.
        NamelessNumber: a number in it does not say what it is.
        Unreachable: it cannot be read at the moment, which says nothing about it.
    """
    path = directory / RECORD
    try:
        return parsed_record(regular_file.read_bytes(path), path)
    except FileNotFoundError as error:
        raise BadInput(f"{path} does not exist; the attempt has not ended") from error
    except regular_file.NotRegular as error:
        raise _no_record(path, str(error)) from error
    except OSError as error:
        raise Unreachable(f"{path} cannot be read ({error.strerror}); check the file and repeat the command") from error


def parsed_record(raw: bytes, path: Path) -> Record:
    """The record that a file holds, whose bytes have been read.

    Raises:
        BadInput, NewerFormat, NamelessNumber: as `read_record`.
    """
    try:
        content = json_file.parsed(raw)
        if not isinstance(content, dict):
            raise ValueError("it is not a mapping")
        version = content.get("format", 1)
        if type(version) is not int or version < 1:
            raise ValueError(f"format is {version!r}; it must be a number from 1")
        if version > FORMAT:
            raise NewerFormat(
                f"{path} was written by a newer version (format {version}, this reads {FORMAT}); update attention-repro"
            )
        known = {f.name for f in fields(Record)}
        missing = {f.name for f in fields(Record) if f.default is MISSING and f.default_factory is MISSING}
        if missing := missing - content.keys():
            raise ValueError(f"it lacks {', '.join(sorted(missing))}")
        content = {key: value for key, value in content.items() if key in known}
        wrong = wrong_key(content)
        nameless = wrong is not None and _nameless(content["metrics"])
        if nameless:
            raise NamelessNumber(f"{path}: metric {nameless} has no definition; a number needs one")
        if wrong is not None:
            raise ValueError(f"{wrong} is not what it should be")
        return Record(**content)
    except (TypeError, ValueError, RecursionError, MemoryError) as error:
        raise _no_record(path, str(error)) from error


def wrong_key(content: Mapping[str, Any]) -> str | None:
    """The first key of a record's content whose value is of another type, or beyond its range; None if all are right.

    Args:
        content: a value for every attribute of `Record`, but for those that have a default.
    """
    for key, is_right in RIGHT.items():
        if key in content and not is_right(content[key]):
            return key
    hardware = content["hardware"]
    for key, is_right in RIGHT_HARDWARE.items():
        if key in hardware and not is_right(hardware[key]):
            return f"hardware.{key}"
    for name, metric in content["metrics"].items():
        if not _is_mapping(metric):
            return f"metrics.{name}"
        if missing := NEEDED - metric.keys():
            return f"metrics.{name}.{min(missing)}"
        for key, value in metric.items():
            if key in RIGHT_METRIC and not RIGHT_METRIC[key](value):
                return f"metrics.{name}.{key}"
        if metric["value"] is not None and not metric["definition"].strip():
            return f"metrics.{name}.definition"
    return None


def within_range(metrics: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """A record's metrics, where numbers that no record may hold have become none, with the reason."""
    result = {}
    for name, metric in metrics.items():
        result[name] = dict(metric)
        value, interval = metric.get("value"), metric.get("interval")
        beyond = [
            number for number in (value, *(interval or ())) if json_file.is_number(number) and abs(number) > MOST_NUMBER
        ]
        if beyond:
            reason = f"{beyond[0]:.6g} is beyond {MOST_NUMBER:g}, the largest number that is compared"
            result[name] |= {
                "value": None,
                "interval": None,
                "details": {**metric.get("details", {}), "reason": reason},
            }
    return result


def _nameless(metrics: Any) -> str | None:
    """The name of a metric that has a number and no definition; None if there is none, or these are no metrics."""
    if not isinstance(metrics, Mapping):
        return None
    for name, metric in metrics.items():
        if not isinstance(metric, Mapping) or metric.get("value") is None or metric.get("definition"):
            continue
        return str(name)
    return None


def _no_record(path: Path, why: str) -> BadInput:
    return BadInput(f"{path} is not a record ({why}); set it aside and run the cell again")


# ---- what the parts of a record must be


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict | Mapping)  # dict first: most are, and the other takes longer to ask


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST_NUMBER


def _is_finite(value: Any) -> bool:
    return json_file.is_number(value, MOST_NUMBER)


def _is_list_of_text(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_mapping_of_text(value: Any) -> bool:
    return _is_mapping(value) and all(map(_is_text, value.values()))


def _is_interval(value: Any) -> bool:
    is_pair = isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_finite, value))
    return is_pair and value[0] <= value[1]


def _or_none(is_right: Check) -> Check:
    return lambda value: value is None or is_right(value)


RIGHT: Mapping[str, Check] = {
    **dict.fromkeys(("cell", "grid", "row", "scale", "command", "started"), _is_text),
    "seed": lambda value: type(value) is int and _is_finite(value),
    "status": lambda value: isinstance(value, str) and value in get_args(Status),
    **dict.fromkeys(("metrics", "config", "data", "hardware", "details"), _is_mapping),
    "attempt": lambda value: _is_count(value) and value >= 1,
    "seconds": lambda value: _is_finite(value) and value >= 0,
    "peak_memory_bytes": _is_count,
    "versions": _is_mapping_of_text,
    "commit": _or_none(_is_text),
    "dirty": _or_none(lambda value: isinstance(value, bool)),
    "error": _or_none(_is_text),
}
"""Key of a record -> what its value must be. The format is looked at before all of them."""

RIGHT_HARDWARE: Mapping[str, Check] = {
    "cpu": _is_text,
    "cores": _or_none(_is_count),
    "memory_bytes": _or_none(_is_count),
    "gpus": _is_list_of_text,
}

NEEDED = {"value", "unit", "definition"}
"""Keys that every metric has."""

RIGHT_METRIC: Mapping[str, Check] = {
    "value": _or_none(_is_finite),
    "unit": _is_text,
    "definition": _is_text,
    "signature": _or_none(_is_text),
    "reference_tokens": _or_none(_is_count),
    "interval": _or_none(_is_interval),
    "details": _is_mapping,
    "better": lambda value: value in (None, "higher", "lower"),
    "quality": lambda value: isinstance(value, bool),
}
"""Key of a metric -> what its value must be, where it is there."""
