"""Removes the empty directories of a command that could not begin."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from repro.errors import BadInput


@contextmanager
def no_empty_directories(*directories: Path) -> Iterator[None]:
    """Remove those of `directories` and their parents that the block made and left empty.

    Only if it ends in `BadInput`, or in an error of the system, such as a full disk.
    """
    missing = [place for directory in directories for place in (directory, *directory.parents) if not place.exists()]
    try:
        yield
    except (BadInput, OSError):
        for place in sorted(missing, key=lambda place: -len(place.parts)):
            try:
                place.rmdir()
            except OSError:  # it was not made, or something is in it
                continue
        raise
