"""Checks whether a command can write to the paths that its options name."""

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
    """Check that a file can be written to an option's path; missing folders are made later.

    Raises:
        BadInput: a folder is in its place, a file is in the place of a folder, or the folder is not writable.
    """
    reason = in_the_way(path.parent)
    if path.is_dir():
        reason = f"{path} is a folder"
    elif path.exists() and not path.is_file():
        reason = f"{path} is not a regular file"
    if reason is not None:
        raise BadInput(f"{option} {path} cannot be written: {reason}; name another file")
