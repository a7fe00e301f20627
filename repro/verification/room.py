"""A room: an empty directory for one record. A stopped command leaves it, and the next one continues there.

ROOM/room.json     which record it belongs to
ROOM/code/         the record's commit
ROOM/run/          the cell's directory, as every launcher makes one; ROOM/quick/ for its first updates alone
ROOM/prepared/     the data that the cell prepares
ROOM/log.txt       what it printed
"""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from repro import files, json_file, regular_file
from repro.cell_directory import CELL_FILE
from repro.errors import BadInput
from repro.ledger.grids.cell import Cell, identity
from repro.ledger.records.originals import Original

MARKER, STORES = "room.json", "prepared"


@dataclass(frozen=True)
class Room:
    """The directory of one record."""

    path: Path

    @property
    def code(self) -> Path:
        """The record's commit, checked out."""
        return self.path / "code"

    @property
    def log(self) -> Path:
        """The file of what its cell printed."""
        return self.path / "log.txt"

    @property
    def prepared(self) -> Path:
        """The folder in which its cell makes stores, whichever folder the record names."""
        return self.path / STORES

    def cell_directory(self, quick: bool) -> Path:
        """The directory in which its cell runs as a whole, or for its first updates."""
        return self.path / ("quick" if quick else "run")

    def write_cell_file(self, cell: Cell, recorded: str, quick: bool) -> Path:
        """Write the cell file that `repro cell` of any commit reads, and return the cell's directory.

        Args:
            cell: the cell to run.
            recorded: the id in the record; the room's code refuses a configuration with another id.
            quick: whether the cell stops after its first updates.
        """
        directory = self.cell_directory(quick)
        if not (directory / CELL_FILE).exists():
            names = {"grid": cell.grid, "row": cell.row, "scale": cell.scale}
            what = {"identity": identity(cell.config), "config": dict(cell.config)}
            files.write_json(directory / CELL_FILE, {"cell": recorded, "function": cell.function, **names, **what})
        return directory

    def forget_data(self) -> None:
        """Remove what was prepared and trained from data other than the record's, so that other data can be read."""
        for place in (self.prepared, self.cell_directory(quick=True), self.cell_directory(quick=False)):
            shutil.rmtree(place, ignore_errors=True)

    def remove(self) -> None:
        """Remove the whole directory."""
        shutil.rmtree(self.path)


def digest_of(original: Original, repository: str | Path) -> str:
    """A digest of a record's bytes and of the repository that its code comes from."""
    content = regular_file.read_bytes(original.path) + str(repository).encode(errors="backslashreplace")
    return hashlib.sha256(content).hexdigest()[:16]


def room_at(path: Path, original: Original, digest: str) -> Room:
    """The room of a record, new or left by an earlier command.

    Args:
        path: an empty directory, one that is not there yet, or this record's room.
        original: the record.
        digest: of the record and the repository, as by `digest_of`.

    Raises:
        BadInput: something else is at that path, or the room cannot be made.
    """
    marker = path / MARKER
    if marker.is_file():
        try:
            owner = json_file.read_json(marker)
        except (OSError, ValueError) as error:
            raise BadInput(f"{marker} cannot be read ({error}); remove {path} or choose another --into") from error
        if not isinstance(owner, dict) or owner.get("digest") != digest:
            raise BadInput(f"{path} is used for another record or repository; choose another --into")
        return Room(path)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise BadInput(f"{path} is {'not empty' if path.is_dir() else 'a file'}; name an empty directory with --into")
    try:
        files.write_json(marker, {"digest": digest, "cell": original.record.cell, "record": str(original.path)})
    except OSError as error:
        raise BadInput(f"{path} cannot be written to ({error.strerror}); choose another place with --into") from error
    return Room(path)
