"""What several figures here draw: distributions over texts, and means with their intervals, row under row."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from reports.figures import drawing
from reports.figures.measurements import Mean

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LN2 = math.log(2)
"""The largest Jensen-Shannon divergence, in nats."""
PALE = 0.45
"""Opacity of a distribution, on which marks lie."""


@dataclass(frozen=True)
class Distribution:
    """Values of texts, and what is said of them.

    Attributes:
        place: downwards, in rows.
        values: of all texts of all seeds; NaN are left out.
        mean: over seeds of the mean over texts.
        colour, marker: of shape and mean.
    """

    place: float
    values: "np.ndarray"
    mean: Mean | None
    colour: str
    marker: str


@dataclass(frozen=True)
class Line:
    """A mark in each of several rows.

    Attributes:
        name: as the legend has it.
        colour, marker: of the marks.
        means: one a row; None where nothing was measured.
    """

    name: str
    colour: str
    marker: str
    means: Sequence[Mean | None]


def with_marks(lines: Iterable[Line]) -> list[Line]:
    """Those of which anything was measured: the others have no place in the drawing, nor in its legend."""
    return [line for line in lines if any(mean is not None for mean in line.means)]


def heights(values: "np.ndarray", edges: "np.ndarray") -> "np.ndarray":
    """Share of the fullest bin that each bin has: values of any shape, (bins + 1) edges -> (bins) from 0 to 1.

    Values outside the edges, by rounding, count in the nearest bin; NaN count nowhere.
    """
    kept = np.clip(values[~np.isnan(values)], edges[0], edges[-1])
    counts, _ = np.histogram(kept, edges)
    return np.asarray(counts / max(counts.max(), 1))


def distributions(
    axes: "Axes", drawn: Sequence[Distribution], edges: "np.ndarray", size: float, both_ways: bool
) -> None:
    """Draw histograms as shapes, each as high as its fullest bin, with the mean over seeds and its interval.

    Args:
        edges: of the bins, along x.
        size: of a shape, in rows.
        both_ways: around the row's middle, as a violin, or upwards from it.
    """
    for distribution in drawn:
        share = heights(distribution.values, edges)
        if share.any():
            x, y = np.repeat(edges, 2), np.concatenate(([0.0], np.repeat(share, 2), [0.0])) * size
            below = distribution.place + (y / 2 if both_ways else 0 * y)
            above = distribution.place - (y / 2 if both_ways else y)
            outline = np.concatenate((x, x[::-1])), np.concatenate((above, below[::-1]))
            axes.fill(*outline, color=distribution.colour, alpha=PALE, linewidth=0)
            if not both_ways:
                axes.plot(x, above, color=distribution.colour, linewidth=0.9)
    for distribution in drawn:  # above all shapes
        mark(axes, distribution.mean, distribution.place, drawing.INK, distribution.marker)


def mark(axes: "Axes", mean: Mean | None, place: float, colour: str, marker: str) -> None:
    """A mean and its interval in a row."""
    if mean is None:
        return
    if mean.low is not None and mean.high is not None:
        axes.plot([mean.low, mean.high], [place, place], color=colour, linewidth=1.2, solid_capstyle="butt")
    axes.plot([mean.value], [place], marker, color=colour, markersize=5)


def marks(axes: "Axes", lines: Sequence[Line]) -> None:
    """Marks of several lines in each row, one under the other so that intervals do not hide each other."""
    for at, line in enumerate(lines):
        offset = 0.74 * ((at + 0.5) / len(lines) - 0.5)
        for row, mean in enumerate(line.means):
            mark(axes, mean, row + offset, line.colour, line.marker)


def rows(axes: "Axes", names: Sequence[str], places: Sequence[float] | None = None, size: float = 1.0) -> None:
    """Names down the side, with faint lines between rows instead of along them.

    Args:
        places: of the names; from 0 on by 1 if left out.
        size: height of a row.
    """
    at = list(range(len(names))) if places is None else list(places)
    axes.set_yticks(at, list(names))
    axes.set_ylim(max(at, default=0) + size / 2, min(at, default=0) - size / 2)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
    for place in at[1:]:
        axes.axhline(place - size / 2, color=drawing.LINE, linewidth=0.6)


def most(axes: "Axes", value: float, name: str) -> None:
    """A line at the largest value that there can be, named at its top."""
    axes.axvline(value, color=drawing.INK, linewidth=1, linestyle=":")
    axes.text(value, 1.0, name, transform=axes.get_xaxis_transform(), ha="center", va="bottom", fontsize=9)


def around(lines: Sequence[Line], low: float, high: float) -> tuple[float, float]:
    """Limits that hold every mark and leave room; wide intervals may leave the axis.

    Args:
        low, high: what values can be at all.
    """
    values = [mean.value for line in lines for mean in line.means if mean is not None]
    if not values:
        return low, high
    room = max(0.15 * (max(values) - min(values)), 0.02 * (high - low))
    return max(min(values) - 2 * room, low - room / 4), min(max(values) + room, high + room / 4)


def told(mean: Mean | None, digits: int = 3) -> str:
    """A mean with its interval in words."""
    if mean is None:
        return "–"
    interval = "" if mean.low is None or mean.high is None else f" [{mean.low:.{digits}f}, {mean.high:.{digits}f}]"
    return f"{mean.value:.{digits}f}{interval}"
