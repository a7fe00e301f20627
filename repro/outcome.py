"""The return value of the function that a cell calls: measurements as plain data, ready for the record."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Outcome:
    """The result of a cell's work.

    Attributes:
        metrics: name -> plain data with value, unit and definition.
        data: which data it was.
        details: further measurements with a structure of their own.
        after: called when the record is written, for example to drop what only resuming needs.
    """

    metrics: dict[str, dict[str, Any]]
    data: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    after: Callable[[], None] | None = None
