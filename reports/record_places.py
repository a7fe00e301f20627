"""Where records lie below a directory of runs. All code that reads or checks records walks it in this way."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from repro import files
from repro.cell_directory import RECORD, attempt_number

ORIGIN = "origin.yaml"
"""The file at the top of a folder of others' records."""
REPLACED = "replaced.yaml"
"""The file at the top of a folder of published records that says which of them were replaced."""


@dataclass(frozen=True)
class Place:
    """A cell's directory with its attempts, or a directory that holds a record itself.

    Attributes:
        folder: the directory.
        attempts: the names of its attempts, in their order; one empty name where the record lies in the folder itself.
    """

    folder: Path
    attempts: tuple[str, ...]


def places(root: Path, others: bool = False) -> Iterator[Place]:
    """All places of records below a folder, in order of their names.

    Args:
        root: the folder.
        others: whether to enter folders of others' records below it, too. These never count as one's own.
    """
    for folder, subfolders, names in files.walk(root):
        path = Path(folder)
        if not others and ORIGIN in names and path != root:
            subfolders.clear()
            continue
        subfolders.sort()
        attempts = sorted((number, name) for name in subfolders if (number := attempt_number(name)) is not None)
        if attempts:
            subfolders[:] = [name for name in subfolders if attempt_number(name) is None]
            yield Place(path, tuple(name for _, name in attempts))
        elif RECORD in names:
            yield Place(path, ("",))
