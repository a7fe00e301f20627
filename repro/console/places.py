"""Where an option of the command line says that something is to be written: whether it can be."""

import os
from pathlib import Path

from repro.errors import BadInput


def in_the_way(folder: Path) -> str | None:
    """Why nothing can be written to a folder, which need not be there yet; None if it can."""
    existing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not existing.is_dir():
        return f"{existing} is a file"
    return None if os.access(existing, os.W_OK) else f"{existing} may not be written to"


def check_file(path: Path, option: str) -> None:
    """See that a file can be written where an option of the command line says; folders that are missing are made later.

    Raises:
        BadInput: a folder stands there, a file stands where a folder must be, or the folder is not ours to write to.
    """
    reason = in_the_way(path.parent)
    if path.is_dir():
        reason = f"{path} is a folder"
    elif path.exists() and not path.is_file():
        reason = f"{path} is not a regular file"
    if reason is not None:
        raise BadInput(f"{option} {path} cannot be written: {reason}; name another file")
