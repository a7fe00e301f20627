"""The keys of one grid's file at one scale, shared by all of its readers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from repro.errors import BadInput
from repro.json_file import is_number

FORMS = {
    "also": "{test.bleu: {margin: 1}}",
    "changes": "{2: longer training}",
    "columns": "{train.nll: training loss}",
    "requires": "{D1: {metric: train.nll, below: dev.nll, otherwise: the base does not over-fit yet}}",
    "rows": "{base: {}, wide: {d_model: 1024}}",
    "set": "{trainer.max_steps: 1000}",
    "trends": "{h: [A1, base, A2]}",
}
"""Key -> an example of what it maps to what."""


@dataclass(frozen=True)
class GridKeys:
    """The content of a grid's file at a scale.

    Attributes:
        path: of the file, for messages.
        content: key -> value.
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
            example = f", such as {key}: {FORMS[key]}" if key in FORMS else ""
            self.refuse(key, f"must map names to values{example}")
        return value

    def positive(self, key: str, value: Any) -> float | None:
        """A number above 0, or None where there is none.

        Raises:
            BadInput: anything else.
        """
        if value is not None and (not is_number(value) or value <= 0):
            self.refuse(key, f"is {value!r}; it must be a number above 0, or null")
        return value
