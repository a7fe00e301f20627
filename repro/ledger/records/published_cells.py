"""Cells that others have finished and published: found by their ids, read only when one is asked for.

    FOLDER/<scale>/<grid>/<row>-seed<k>-<cell>/attempt-N/record.json     as `publishing.py` leaves them

This module only reads.
"""

import os
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from repro.cell_directory import RECORD, attempts
from repro.errors import BadInput
from repro.ledger.grids.cell import Cell
from repro.ledger.records.record import NewerFormat, Record, read_record
from repro.streams import note, note_once

CELL = re.compile(r".+-seed\d+-[0-9a-f]{12}")
"""The form of names of cells' directories."""


def cell_name(cell: Cell) -> str:
    """The name of a cell's directory."""
    return f"{cell.row}-seed{cell.seed}-{cell.id}"


def id_in_name(directory: Path) -> str:
    """The cell's id, as the name of its directory says."""
    return directory.name.rpartition("-")[2]


@dataclass(frozen=True)
class FinishedCell:
    """A cell that is done, with the record that counts.

    Attributes:
        directory: the cell's.
        attempt: the directory of the attempt that made the record.
        record: its record.
    """

    directory: Path
    attempt: Path
    record: Record


class PublishedCells:
    """All cells below folders of published records.

    Args:
        folders: where to look, the first ones first.

    Raises:
        BadInput: a folder that is not there, or is a file.
    """

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        for folder in folders:
            if not folder.is_dir():
                reason = "is a file" if folder.exists() else "does not exist"
                raise BadInput(f"--from {folder} {reason}; give a folder of published records")
        self.folders = tuple(folders)
        self._read: dict[Path, FinishedCell | None] = {}

    def like(self, directory: Path) -> FinishedCell | None:
        """The finished cell that lies in a published folder as `directory` lies below the directory of all runs.

        Raises:
            BadInput: its record is damaged, or of another cell; NewerFormat: it cannot be read yet.
        """
        places = self._by_id.get(id_in_name(directory), ())
        return self._first_finished([place for place in places if place.parts[-3:] == directory.parts[-3:]])

    def equal_to(self, cell: Cell) -> FinishedCell | None:
        """A finished cell of the same id, whatever grid it was published for.

        Raises:
            BadInput: as `like`.
        """
        return self._first_finished(self._by_id.get(cell.id, ()))

    def named(self, beginning: str) -> list[Path]:
        """The directories of cells whose ids begin so."""
        return [place for cell_id, places in self._by_id.items() if cell_id.startswith(beginning) for place in places]

    @cached_property
    def _by_id(self) -> Mapping[str, Sequence[Path]]:
        places: dict[str, list[Path]] = defaultdict(list)
        for folder in self.folders:
            for place in cell_directories(folder):
                places[id_in_name(place)].append(place)
        return places

    def _first_finished(self, places: Sequence[Path]) -> FinishedCell | None:
        for place in places:
            if place not in self._read:
                self._read[place] = self._finished(place)
            if self._read[place] is not None:
                return self._read[place]
        return None

    def _finished(self, place: Path) -> FinishedCell | None:
        all_attempts = attempts(place)
        recorded = [attempt for attempt in all_attempts if (attempt / RECORD).exists()]
        if all_attempts and not recorded:
            note(f"{place} is half-written, without a {RECORD}, and is ignored")
        try:
            return last_finished(place)
        except NewerFormat:
            raise
        except BadInput as error:
            raise BadInput(f"{error}, or leave out the --from that contains it") from error


def cell_directories(root: Path) -> list[Path]:
    """All directories of cells below a directory of runs, in order of their names; none of them is opened."""
    return [
        place
        for scale in _folders(root)
        for grid in _folders_below(scale)
        for place in _folders_below(grid)
        if CELL.fullmatch(place.name)
    ]


def _folders(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(Path(entry) for entry in entries if not entry.name.startswith(".") and entry.is_dir())


def _folders_below(folder: Path) -> list[Path]:
    """The same of what may be no folder of ours, such as a disk's lost+found: none where it cannot be read."""
    try:
        return _folders(folder)
    except OSError as error:
        note_once(f"{folder} cannot be read ({error.strerror}), so what lies there is left out")
        return []


def last_finished(directory: Path) -> FinishedCell | None:
    """The last attempt of a cell that is done; None if there is none.

    Raises:
        BadInput: none is done, and a record cannot be read; or one is of another cell than the directory's name says.
        NewerFormat: none is done, and a newer version wrote one.
    """
    unreadable: BadInput | None = None
    for attempt in reversed(attempts(directory)):
        path = attempt / RECORD
        if not path.exists():
            continue
        try:
            record = read_record(attempt)
        except BadInput as error:
            unreadable = unreadable or error
            continue
        if record.cell != id_in_name(directory):
            raise BadInput(f"{path} is the record of a different cell ({record.cell}) than its folder; set it aside")
        if record.status == "done":
            return FinishedCell(directory, attempt, record)
    if unreadable is not None:
        raise unreadable
    return None
