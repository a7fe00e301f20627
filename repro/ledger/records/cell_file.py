"""`cell.json` names the cell that owns a directory; no launcher works in another cell's directory.

Every launcher writes it before it works there. Code of other commits reads it, too (`repro verify`), so its name and
keys must not change.
"""

import contextlib
import time
from pathlib import Path
from typing import Any

from repro import files, json_file
from repro.cell_directory import CELL_FILE, LOCK, LOG
from repro.errors import BadInput, NoRoom
from repro.ledger.grids.cell import Cell, first_difference, identity

WRITING_SECONDS = 60.0
"""After this long no process is still writing a cell file, which takes milliseconds."""


def assign_directory(directory: Path, cell: Cell) -> None:
    """Make `directory` this cell's, or see that it is.

    Raises:
        BadInput: it holds another run, or files that are no run of this project; NoRoom: the disk is full.
    """
    path = directory / CELL_FILE
    if path.exists():
        owner = _content(path, "choose another --out")
        if owner["cell"] == cell.id:
            return
        raise BadInput(
            f"{directory} holds another run (cell {owner['cell']}, this is {cell.id}"
            f"{_differing(owner.get('identity', {}), identity(cell.config))}); choose another --out"
        )
    if directory.exists() and not directory.is_dir():
        raise BadInput(f"{directory} is a file; choose another --out")
    own = (LOCK, LOG, f".{CELL_FILE}.")  # the last: what a kill in the middle of the line below leaves
    if directory.is_dir() and any(not entry.name.startswith(own) for entry in directory.iterdir()):
        if path.exists():  # another launcher has written it since
            return assign_directory(directory, cell)
        raise BadInput(f"{directory} holds files that are not of a run; choose another --out")
    content = {
        "cell": cell.id,
        "function": cell.function,
        "grid": cell.grid,
        "row": cell.row,
        "scale": cell.scale,
        "identity": identity(cell.config),
        "config": cell.config,
        **({} if cell.tuning is None else {"tuning": cell.tuning}),
    }
    try:
        files.write_json(path, content)
    except OSError as error:
        said = f"{directory} cannot be written ({error.strerror})"
        if files.is_full(error):
            raise NoRoom(f"{said}; make room and repeat the command") from error
        raise BadInput(f"{said}; choose another --out") from error


def remove_unfinished(directory: Path) -> None:
    """Remove the remains of cell files whose writers were killed; the caller holds the cell."""
    for leftover in directory.glob(f".{CELL_FILE}.*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > WRITING_SECONDS:  # else another launcher may be writing it
                leftover.unlink()


def cell_in(directory: Path) -> Cell:
    """The cell whose directory this is.

    Raises:
        BadInput: it is not a cell's, or what says so is damaged.
    """
    path = directory / CELL_FILE
    if not path.exists():
        raise BadInput(f"{directory} is not a cell's directory; give one that holds a {CELL_FILE}")
    content = _content(path, f"remove {directory} and run its cell again")
    place = content["grid"], content["row"], content["scale"]
    return Cell(content["function"], content["config"], *place, content.get("tuning"))


def _content(path: Path, remedy: str) -> dict[str, Any]:
    """The content of the cell file of a directory.

    Raises:
        BadInput: it is damaged, or cannot be read.
    """
    try:
        content = json_file.read_json(path)
    except json_file.NotReadable as error:
        raise BadInput(f"{path} is damaged ({error}); {remedy}") from error
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); {remedy}") from error
    texts = ("cell", "function", "grid", "row", "scale")
    if not isinstance(content, dict) or not all(isinstance(content.get(key), str) for key in texts):
        raise BadInput(f"{path} is damaged (it names no cell); {remedy}")
    try:
        int(Cell(content["function"], content["config"]).seed)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadInput(f"{path} is damaged (it holds no configuration with a seed); {remedy}") from error
    return content


def _differing(before: Any, now: Any) -> str:
    difference = first_difference(before, now)
    return "" if difference is None else f", {difference[0]} is {difference[1]!r} there and {difference[2]!r} here"
