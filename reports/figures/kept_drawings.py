"""Keeps drawings from one report to the next, since Matplotlib takes most of a report's time.

A digest identifies a drawing. It covers its name and label, the function that paints it with every value that the
function refers to, this project's code, and the versions of the libraries that draw. If any of them changes, the
drawing is made anew.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from reports.figures.content_digest import Known, NoDigest, content_digest
from repro import __version__, files, json_file, regular_file
from repro.errors import BadInput

FILE = ".drawings.json"
"""The file of kept drawings, in the report's folder."""


class KeptDrawings:
    """The drawings of one report: those of the last report in the folder, and those that this one shows.

    Attributes:
        drawn, taken: how many drawings were made, and how many were there already.
        records: digests of records, kept while this report is made.
    """

    def __init__(self, before: dict[str, str]) -> None:
        self._before = before
        self._now: dict[str, str] = {}
        self.drawn = self.taken = 0
        self.records: Known = {}

    def drawing(self, key: str, draw: Callable[[], str]) -> str:
        """The drawing with that key, made now unless it is kept."""
        known = self._now.get(key) or self._before.get(key)
        if known is None:
            known = draw()
            self.drawn += 1
        else:
            self.taken += 1
        self._now[key] = known
        return known

    def changed(self) -> dict[str, str] | None:
        """The drawings of this report; None if they are the same as before."""
        return self._now if self._now.keys() != self._before.keys() else None


_KEPT: ContextVar[KeptDrawings | None] = ContextVar("kept drawings", default=None)


@contextmanager
def keeping(folder: Path) -> Iterator[KeptDrawings]:
    """A context in which drawings come from a report's folder if they are kept there; at its end they are written back.

    A file that cannot be read counts as missing. If it cannot be written, nothing fails; the next report takes longer.
    """
    path = folder / FILE
    kept = KeptDrawings(_read(path))
    token = _KEPT.set(kept)
    try:
        yield kept
    finally:
        _KEPT.reset(token)
    changed = kept.changed()
    if changed is not None and folder.is_dir():
        with contextlib.suppress(OSError, BadInput):
            files.write_json(path, changed)


def kept_or_drawn(parts: tuple[Any, ...], draw: Callable[[], str]) -> str:
    """A kept drawing, or a new one if none is kept.

    Args:
        parts: everything that the drawing depends on.
        draw: makes it.
    """
    kept = _KEPT.get()
    if kept is None:
        return draw()
    try:
        key = content_digest(_code(), *parts, known=kept.records)
    except NoDigest:
        return draw()
    return kept.drawing(key, draw)


def _read(path: Path) -> dict[str, str]:
    try:
        content = json_file.read_json(path)
    except (OSError, ValueError, regular_file.NotRegular):
        return {}
    whole = isinstance(content, dict) and all(isinstance(drawing, str) for drawing in content.values())
    return content if whole else {}


@cache
def _code() -> str:
    """A digest of the code that draws: this project's version and source, and the versions of Matplotlib and NumPy."""
    digest = hashlib.sha256(" ".join([__version__, version("matplotlib"), version("numpy")]).encode())
    for path in sorted(Path(__file__).parents[1].rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
