"""A record: what one attempt at a cell measured, as `record.json`, written once."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from repro import files
from repro.cell_directory import RECORD
from repro.errors import BadInput

Status = Literal["done", "failed", "diverged", "timeout", "killed"]

FORMAT = 1
"""The version of the layout of `record.json` that this code writes, and the newest that it reads."""


class NewerFormat(BadInput):
    """A record that a newer version of this project wrote: whole, but not for this one to judge."""


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
        peak_memory_bytes: of the main process; 0 where it was killed and nobody knows.
        hardware, versions: what it ran on and with.
        commit, dirty: the code; None where it did not run from a checkout.
        command: what repeats it.
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
            missing = {"value", "unit", "definition"} - metric.keys()
            if missing:
                raise ValueError(f"metric {name} lacks {', '.join(sorted(missing))}")

    def write(self, directory: Path) -> Path:
        """Write `record.json` atomically; never over another one."""
        path = directory / RECORD
        if path.exists():
            raise FileExistsError(f"{path} is there already; a record is written once")
        files.write_json(path, asdict(self))
        return path


def read_record(directory: Path) -> Record:
    """The record of an attempt's directory.

    Raises:
        BadInput: missing, not JSON, or without a key that every record has.
        NewerFormat: a newer version of this project wrote it.
    """
    path = directory / RECORD
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version = content.get("format", 1)
        if type(version) is not int or version < 1:
            raise ValueError(f"format is {version!r}; it must be a number from 1")
        if version > FORMAT:
            raise NewerFormat(
                f"{path} was written by a newer version (format {version}, this reads {FORMAT}); update attention-repro"
            )
        known = {f.name for f in fields(Record)}
        return Record(**{key: value for key, value in content.items() if key in known})
    except FileNotFoundError as error:
        raise BadInput(f"{path} is not there; the attempt has not ended") from error
    except (json.JSONDecodeError, TypeError, ValueError, AttributeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} is not a record ({error}); set it aside and run the cell again") from error
