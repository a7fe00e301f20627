"""Compares the first updates of a training with those of its record, by the learning curve beside the record."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from repro.cell_directory import CURVE
from repro.errors import BadInput
from repro.learning_curve import number_in
from repro.ledger.comparing.repetition import Compared, compared_values
from repro.ledger.records.originals import Original
from repro.verification.cell_run import read_curve

KEYS = ("step", "split")
TIMES = ("seconds", "tokens_per_second")
"""Columns that depend on the machine."""

Line = Mapping[str, str]
"""Column -> number as it is written."""

Curve = Mapping[tuple[int, str], Line]
"""(update, split) -> its line."""


@dataclass(frozen=True)
class Point:
    """One number of a curve.

    Attributes:
        step, split, column: its place in the curve.
        compared: the record's number beside the new one.
    """

    step: int
    split: str
    column: str
    compared: Compared


def kept_curve(original: Original, updates: int) -> Curve:
    """The lines of a record's curve up to an update, or those of its first update if that comes later.

    Raises:
        BadInput: the record has no curve.
    """
    whole = read_curve(original.path.parent / CURVE)
    if not whole:
        raise BadInput(
            f"{original.path} has no learning curve ({CURVE}) beside it, so --quick has nothing to compare; leave "
            "--quick out"
        )
    last = max(updates, min(step for step, _ in whole))
    return {key: line for key, line in whole.items() if key[0] <= last}


def other_curves(original: Original) -> list[Curve]:
    """The curves of the row's other seeds that are kept."""
    kept = [read_curve(file.path.parent / CURVE) for file in original.other_files]
    return [curve for curve in kept if curve]


def compare_curves(kept: Curve, made: Curve, others: Sequence[Curve]) -> list[Point]:
    """Every number of a kept curve beside the new one; times are left out.

    Numbers have the nine digits with which they are written.
    """
    return [
        Point(*key, column, _compared(column, kept[key], made.get(key, {}), [other.get(key, {}) for other in others]))
        for key in sorted(kept)
        for column in _columns(kept[key])
    ]


def _compared(column: str, kept: Line, made: Line, others: Sequence[Line]) -> Compared:
    spread = [number for other in others if (number := number_in(other, column)) is not None]
    return compared_values(column, number_in(kept, column), number_in(made, column), spread)


def _columns(line: Line) -> Iterator[str]:
    return (column for column in line if column not in (*KEYS, *TIMES) and number_in(line, column) is not None)
