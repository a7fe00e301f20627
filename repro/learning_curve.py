"""Reads the rows of `metrics.csv` to show a learning curve; whatever cannot be read is left out.

A run that is resumed reads its own curve by `repro.training.observe.curve`, which refuses a damaged one.
"""

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path

from repro import regular_file

MOST_BYTES = 20_000_000
"""The largest curve that is read; an hour's has under a hundred kilobytes."""

Row = Mapping[str, str]
"""Column -> the number as text."""


def readable_rows(path: Path) -> list[Row]:
    """The whole lines of a curve, in their order; none where there is no such file, or no CSV.

    A last line without an end is left out: its writer may not have finished it.
    """
    try:
        text = regular_file.read_bytes(path, MOST_BYTES).decode(errors="replace").replace("\0", "")
        return list(csv.DictReader(io.StringIO(text[: text.rfind("\n") + 1], newline="")))
    except (OSError, regular_file.NotRegular, csv.Error):
        return []


def number_in(row: Row, column: str) -> float | None:
    """The finite number in a column; None for anything else."""
    try:
        value = float(row[column])
    except (KeyError, TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None
