"""Identities of corpora, cached between runs, so that gigabytes are not hashed at every start.

A cached identity is valid as long as a part's settings and the sizes and times of its files are the same.
"""

import dataclasses
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from repro.data.corpus import Part
from repro.files import write_json
from repro.json_file import read_json


class Identities:
    """Identities of parts, and those of parts that read files kept in a JSON file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        # A part may name the version of what rewrites its text, so another version forgets all.
        self._versions = {name: version(name) for name in ("attention-repro", "sacremoses")}
        self._known: dict[str, Any] = {}
        self._changed = False
        try:
            remembered = read_json(file)
            if remembered["versions"] == self._versions:
                self._known = dict(remembered["identities"])
        except (OSError, ValueError, KeyError, TypeError):
            pass  # nothing remembered: everything is hashed once more

    def of(self, part: Part) -> dict[str, Any]:
        """The identity of a part, as `part.identity()` gives it."""
        key = self._key(part)
        if key is None:
            return part.identity()
        if key not in self._known:
            self._known[key] = part.identity()
            self._changed = True
        identity: dict[str, Any] = self._known[key]
        return identity

    def save(self) -> None:
        """Remember what was found out since; where that cannot be written, it is found out again the next time."""
        if self._changed:
            with suppress(OSError):
                write_json(self._file, {"versions": self._versions, "identities": self._known})

    @staticmethod
    def _key(part: Part) -> str | None:
        """Settings, and path, size and time of each file; None if no files are seen among the settings."""
        if not dataclasses.is_dataclass(part):
            return None
        values = [getattr(part, field.name) for field in dataclasses.fields(part)]
        paths = [value for value in values if isinstance(value, Path)]
        if not paths or not all(path.is_file() for path in paths):
            return None
        stamps = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
        return f"{type(part).__module__}.{part!r} {stamps}"
