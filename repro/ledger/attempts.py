"""The directory of a cell: numbered attempts, all kept; the last good one counts.

    <directory>/cell.json          what is run here
    <directory>/attempt-1/         metrics.csv, checkpoints, hypotheses; record.json when it has ended

An attempt without a record was interrupted or killed, and is continued.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from repro import files
from repro.errors import BadInput
from repro.ledger.cell import Cell, identity
from repro.ledger.record import FILE, Record, read_record


@dataclass(frozen=True)
class Attempt:
    """One attempt: its number, its directory, and whether it takes up earlier work."""

    number: int
    directory: Path
    continues: bool


def attempts(directory: Path) -> list[Path]:
    """The directories of all attempts, in order."""
    found = [path for path in directory.glob("attempt-*") if path.name.removeprefix("attempt-").isdigit()]
    return sorted(found, key=_number)


def _number(attempt: Path) -> int:
    return int(attempt.name.removeprefix("attempt-"))


def record_that_counts(directory: Path) -> Record | None:
    """The last attempt's record that is done, else the last record there is, else None."""
    records = [read_record(path) for path in attempts(directory) if (path / FILE).exists()]
    done = [record for record in records if record.status == "done"]
    return done[-1] if done else records[-1] if records else None


def claim(directory: Path, cell: Cell) -> None:
    """Make `directory` this cell's, or see that it is.

    Raises:
        BadInput: it holds another run, or files that are no run of this project.
    """
    path = directory / "cell.json"
    if path.exists():
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if found["cell"] == cell.id:
                return
        except (json.JSONDecodeError, KeyError, TypeError, UnicodeDecodeError) as error:
            raise BadInput(f"{path} is damaged; choose another --out") from error
        raise BadInput(
            f"{directory} holds another run (cell {found['cell']}, this is {cell.id}"
            f"{_difference(found.get('identity', {}), identity(cell.config))}); choose another --out"
        )
    if directory.exists() and not directory.is_dir():
        raise BadInput(f"{directory} is a file; choose another --out")
    own = (".lock", ".cell.json.")  # the lock, and what a kill in the middle of the line below leaves
    if directory.is_dir() and any(not entry.name.startswith(own) for entry in directory.iterdir()):
        raise BadInput(f"{directory} holds files of something else; choose another --out")
    content = {
        "cell": cell.id,
        "function": cell.function,
        "grid": cell.grid,
        "row": cell.row,
        "scale": cell.scale,
        "identity": identity(cell.config),
    }
    try:
        files.write_json(path, content)
    except OSError as error:
        raise BadInput(f"{directory} cannot be written ({error.strerror}); choose another --out") from error


def _difference(before: Any, now: Any, key: str = "") -> str:
    """Names the first key in which two configurations differ."""
    if isinstance(before, dict) and isinstance(now, dict):
        for name in sorted(before.keys() | now.keys()):
            text = _difference(before.get(name), now.get(name), f"{key}.{name}" if key else name)
            if text:
                return text
        return ""
    return "" if before == now else f", {key} is {before!r} there and {now!r} here"


def next_attempt(directory: Path) -> Attempt | None:
    """The attempt to work on now: the unfinished one, or a new one; None if the cell is done."""
    made = attempts(directory)
    if made and not (made[-1] / FILE).exists():
        return Attempt(_number(made[-1]), made[-1], continues=True)
    record = record_that_counts(directory)
    if record is not None and record.status == "done":
        return None
    number = _number(made[-1]) + 1 if made else 1
    path = directory / f"attempt-{number}"
    path.mkdir(parents=True)
    files.write_json(path / "started.json", {"started": time.time(), "seconds": 0.0})
    return Attempt(number, path, continues=False)
