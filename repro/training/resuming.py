"""Chooses the checkpoint from which a run continues, and sets damaged ones aside."""

import contextlib
from pathlib import Path
from typing import Any

from repro import locks
from repro.errors import BadInput
from repro.streams import note
from repro.weights.checkpoint_file import check_complete, read_checkpoint, resumable_checkpoints, saved_checkpoints


def last_readable(folder: Path) -> tuple[Path, dict[str, Any]] | None:
    """The last checkpoint that can be read, with its content; a damaged one is set aside with a note."""
    for path in reversed(resumable_checkpoints(folder)):
        try:
            checkpoint = read_checkpoint(path, mmap=True)
            check_complete(path, checkpoint, to_resume=True)
            return path, checkpoint
        except BadInput as error:
            note(f"{error}; continuing from the one before")
            with contextlib.suppress(FileNotFoundError):  # another rank was sooner
                path.rename(path.with_suffix(".damaged"))
    return None


def go_back_before_damaged(folder: Path) -> bool:
    """Set aside the first damaged one of the checkpoints that are averaged, and drop those after it.

    An average of the others would be of other weights than those of a run without damage, and nobody would know.

    Returns:
        Whether there was one; then training goes on from the one before it.
    """
    for path in saved_checkpoints(folder):
        try:
            read_checkpoint(path, mmap=True)
        except BadInput as error:
            locks.check_may_write(folder)
            note(f"{error}; it is set aside, and training continues from the one before")
            later = resumable_checkpoints(folder)
            for other in later[later.index(path) + 1 :]:
                other.unlink()
            path.rename(path.with_suffix(".damaged"))
            return True
    return False
