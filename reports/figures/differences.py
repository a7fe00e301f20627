"""Differences of rows from their base, one below the other, each with its interval."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reports.figures import drawing
from repro.ledger.comparing.comparison import RowResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOOKS = {
    "better": ("o", drawing.GOOD, True),
    "worse": ("s", drawing.BAD, True),
    "higher": ("^", drawing.INK, True),
    "lower": ("v", drawing.INK, True),
    "same": ("D", drawing.MUTED, False),
}
"""Finding -> marker, colour, whether it is filled."""
UNDECIDED = ("o", drawing.MUTED, False)
ZERO = 1e-9
"""Differences below this are rounding."""


def height(rows: int) -> float:
    """Inches that a drawing of so many rows needs."""
    return 0.9 + 0.21 * rows


def paint_rows(axes: "Axes", results: Sequence[RowResult], unit: str = "") -> None:
    """Rows by what was found of each, the first on top; the axis is named by the unit."""
    name_rows(axes, results)
    for place, result in enumerate(results):
        marker, colour, filled = LOOKS.get(result.finding.decision if result.finding else "", UNDECIDED)
        paint_row(axes, place, result, marker, colour, filled)
    if unit:
        axes.set_xlabel(unit)
    bound(axes, results)


def name_rows(axes: "Axes", results: Sequence[RowResult]) -> None:
    """The rows' names on the vertical axis, and a line where there is no difference."""
    axes.set_yticks(range(len(results)), [result.name for result in results])
    axes.set_ylim(len(results) - 0.4, -0.6)
    axes.axvline(0, color=drawing.MUTED, linewidth=1)


def paint_row(axes: "Axes", place: int, result: RowResult, marker: str, colour: str, filled: bool) -> None:
    """One row's difference with its interval; nothing if it was not measured."""
    difference = result.difference
    if difference is None or difference.estimate is None:
        return
    if difference.low is not None and difference.high is not None:
        axes.plot([difference.low, difference.high], [place, place], color=colour, linewidth=1.6)
    fill = colour if filled else drawing.PAPER
    axes.plot([difference.estimate], [place], marker, color=colour, markersize=5, markerfacecolor=fill)


def bound(axes: "Axes", results: Sequence[RowResult]) -> None:
    """A row that fell apart must not press all others together: intervals may leave the axis, points never do.

    Where one does, an arrow head at the edge says so. Where no row differs, whole intervals are shown.
    """
    points = [it.difference.estimate for it in results if it.difference and it.difference.estimate is not None]
    span = max(max(points) - min(points), max(map(abs, points)))
    if span < ZERO:
        ends = [end for it in results if it.difference for end in (it.difference.low, it.difference.high)]
        if not any(end is not None and abs(end) >= ZERO for end in ends):
            axes.set_xlim(-1, 1)
        return
    low, high = axes.get_xlim()
    low, high = max(low, min(0.0, *points) - 0.6 * span), min(high, max(0.0, *points) + 0.6 * span)
    if math.isfinite(low) and math.isfinite(high) and low < high:
        axes.set_xlim(low, high)
        for place, result in enumerate(results):
            difference = result.difference
            if difference is None or difference.low is None or difference.high is None:
                continue
            for beyond, edge, head in ((difference.low < low, low, "<"), (difference.high > high, high, ">")):
                if beyond:
                    axes.plot([edge], [place], head, color=drawing.MUTED, markersize=6, clip_on=False)
