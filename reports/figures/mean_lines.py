"""Lines of means over a number, such as d_k or a distance: drawn with their intervals, and as a table below."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.figures import drawing
from reports.figures.measurements import Mean
from reports.figures.rendering import render
from reports.numbers import digits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Points = Sequence[tuple[float, Mean]]
"""(x, mean), in order of x."""


def mean_lines_panel(
    name: str,
    caption: str,
    lines: Mapping[str, Points],
    x: str,
    y: str,
    language: str,
    finish: Callable[["Axes"], None],
    *,
    spread: float = 0.0,
    limits: tuple[float, float] = (-math.inf, math.inf),
) -> Markup:
    """A figure with a line and its intervals for each name, and its numbers as a table that can be unfolded.

    Args:
        name, caption: as `drawing.draw` and `drawing.panel`.
        lines: name in the legend -> what is drawn; as many as there are styles.
        x, y: what the axes hold.
        language: of the table's title.
        finish: sets scales and ticks of the axes once the lines are there.
        spread: how far lines are drawn apart, so that intervals of lines that are equally good do not hide each other.
        limits: what intervals are cut to, in the drawing and in the table: a share is at most 100%.
    """

    def paint(axes: "Axes") -> None:
        for place, points in enumerate(lines.values()):
            if not points:
                continue
            colour, dashes, marker = drawing.style(place)
            means = [_cut(mean, limits) for _, mean in points]
            axes.errorbar(
                [number + spread * (place - (len(lines) - 1) / 2) for number, _ in points],
                [it.value for it in means],
                yerr=[
                    [0.0 if it.low is None else max(it.value - it.low, 0.0) for it in means],
                    [0.0 if it.high is None else max(it.high - it.value, 0.0) for it in means],
                ],
                color=colour,
                linestyle=dashes,
                marker=marker,
                elinewidth=1.2,
                capsize=2,
            )
        finish(axes)
        axes.set_xlabel(x)
        axes.set_ylabel(y)

    keys = drawing.legend_of_lines(lines.items())
    table = render("mean-lines", language, x=x, lines=list(lines), rows=_rows(lines, limits))
    return drawing.panel(caption, drawing.draw(name, caption, paint), keys + table)


def numbers_of(lines: Mapping[str, Points]) -> list[float]:
    """All x, in order."""
    return sorted({number for points in lines.values() for number, _ in points})


def _rows(lines: Mapping[str, Points], limits: tuple[float, float]) -> list[tuple[str, list[str]]]:
    """For each x, the mean and interval of each line; empty where a line has none."""
    by_line = [dict(points) for points in lines.values()]
    return [
        (digits(number), [_told(_cut(points[number], limits)) if number in points else "" for points in by_line])
        for number in numbers_of(lines)
    ]


def _told(mean: Mean) -> str:
    if mean.low is None or mean.high is None:
        return digits(mean.value)
    return f"{digits(mean.value)} [{digits(mean.low)},\N{NO-BREAK SPACE}{digits(mean.high)}]"


def _cut(mean: Mean, limits: tuple[float, float]) -> Mean:
    low = None if mean.low is None else max(mean.low, limits[0])
    high = None if mean.high is None else min(mean.high, limits[1])
    return Mean(mean.value, low, high, mean.n)
