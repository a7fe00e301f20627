"""The keys of one grid's file at one scale: what all that read it share."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from repro.errors import BadInput
from repro.json_file import is_number


@dataclass(frozen=True)
class GridKeys:
    """What a file says at a scale.

    Attributes:
        path: of the file, for messages.
        content: key -> what stands there.
    """

    path: Path
    content: Mapping[str, Any]

    def refuse(self, key: str, problem: str) -> NoReturn:
        """Say in one sentence what is wrong with a key.

        Raises:
            BadInput: always.
        """
        raise BadInput(f"{self.path}: {key} {problem}")

    def mapping(self, key: str) -> Mapping[Any, Any]:
        """What a key holds, empty if it holds nothing.

        Raises:
            BadInput: it holds something else.
        """
        value = self.content.get(key) or {}
        if not isinstance(value, dict):
            self.refuse(key, "must map names to values")
        return value

    def positive(self, key: str, value: Any) -> float | None:
        """A number above 0, or None where there is none.

        Raises:
            BadInput: anything else.
        """
        if value is not None and (not is_number(value) or value <= 0):
            self.refuse(key, f"is {value!r}; it must be a number above 0, or null")
        return value
