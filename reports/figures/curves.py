"""Learning curves of the main job and of single runs, over updates, target tokens and time, from `metrics.csv`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.catalogue import by_authority
from reports.figures import drawing
from reports.figures.measurements import entries, mapping, number, positive, thinned
from reports.figures.models import GRIDS
from reports.figures.rendering import figure_texts
from reports.section import Section
from reports.verdicts.records import Records, StoredRecord
from reports.verdicts.report import Report
from repro.cell_directory import CURVE
from repro.learning_curve import number_in, readable_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

AXES = {"step": 1.0, "target_tokens": 1e6, "seconds": 60.0}
"""Column -> what its unit in the drawing is: updates, millions of target tokens, minutes."""
MAX_POINTS, MAX_SCALES = 150, 6


@dataclass(frozen=True)
class Curve:
    """One run.

    Attributes:
        name: row and seed, or the folder of a single run.
        dev: (column -> value) of each look at the dev set, in order of updates.
        bleu: (minutes, BLEU) of checkpoints that were scored on the way.
    """

    name: str
    dev: Sequence[Mapping[str, float]]
    bleu: Sequence[tuple[float, float]]


def section(report: Report, language: str) -> Section | None:
    """Drawings for each scale; None where no run has a curve."""
    texts = figure_texts(language)
    figures: list[Markup] = []
    scales = by_authority(sorted({it.record.scale for it in report.records.counted if it.record.grid in GRIDS}))
    for scale in scales:
        curves = list(islice(_curves(report.records, scale), len(drawing.SERIES)))
        if curves and len(figures) < 4 * MAX_SCALES:
            figures += _figures(scale, curves, texts, len(figures))
    if not figures:
        return None
    return Section("curves", texts["curves"], drawing.panels(figures), texts["curves.note"])


def read_dev(path: Path) -> list[Mapping[str, float]]:
    """The rows of the dev set that can be read, in order of updates; none where there is no such file."""
    return read_curve(path, "dev", "perplexity")


def read_curve(path: Path, split: str, column: str) -> list[Mapping[str, float]]:
    """The rows of a split that have a value above 0 in a column, with it and the `AXES`, in order of updates."""
    rows = []
    for row in readable_rows(path):
        value, step = positive(number_in(row, column)), positive(number_in(row, "step"))
        if row.get("split") == split and value is not None and step is not None:
            known = {name: positive(number_in(row, name)) for name in AXES}
            rows.append({column: value, **{k: v for k, v in known.items() if v is not None}})
    return thinned(sorted(rows, key=lambda row: row["step"]), MAX_POINTS)


def _curves(records: Records, scale: str) -> Iterator[Curve]:
    """First the main job's rows, one seed of each, then their other seeds, then single runs."""
    matching = [it for it in records.counted if it.record.scale == scale and it.record.grid in GRIDS]
    for stored in sorted(matching, key=lambda it: (it.record.grid != "main", it.record.seed, it.record.row, it.path)):
        dev = read_dev(stored.directory / CURVE)
        bleu = sorted(_milestones(stored))
        if len(dev) > 1 or len(bleu) > 1:
            yield Curve(_name(stored), dev, bleu)


def _name(stored: StoredRecord) -> str:
    if stored.record.row:
        return f"{stored.record.row}, {stored.record.seed}"
    return stored.run


def _milestones(stored: StoredRecord) -> Iterator[tuple[float, float]]:
    """What was scored while it trained, and at its end."""
    for milestone in entries(stored.record.details.get("milestones")):
        minutes = positive(milestone.get("minutes"))
        score = number(mapping(mapping(milestone.get("scores")).get("bleu")).get("value"))
        if minutes is not None and score is not None:
            yield minutes, score


def _figures(scale: str, curves: Sequence[Curve], texts: Mapping[str, str], begin: int) -> list[Markup]:
    names = [curve.name for curve in curves]
    figures: list[Markup] = []
    for column, unit in AXES.items():
        lines = [[(row[column] / unit, row["perplexity"]) for row in curve.dev if column in row] for curve in curves]
        if any(len(line) > 1 for line in lines):
            caption = texts["curves.perplexity"].format(over=texts[f"curves.{column}"], scale=scale)
            name = f"curves-{begin + len(figures)}"
            svg = lines_over(name, caption, lines, texts[f"curves.{column}"], texts["curves.dev_perplexity"], True)
            keys = drawing.legend_of_lines(zip(names, lines, strict=True))
            figures.append(drawing.panel(caption, svg, keys))
    scores = [curve.bleu for curve in curves]
    if any(len(line) > 1 for line in scores):
        caption = texts["curves.bleu"].format(scale=scale)
        svg = lines_over(
            f"curves-{begin + len(figures)}", caption, scores, texts["curves.seconds"], "BLEU (13a)", False
        )
        figures.append(drawing.panel(caption, svg, drawing.legend_of_lines(zip(names, scores, strict=True))))
    return figures


def lines_over(
    name: str, label: str, lines: Sequence[Sequence[tuple[float, float]]], x: str, y: str, logarithmic: bool
) -> Markup:
    """A drawing of lines, each in the style of its place.

    Args:
        name, label: as `drawing.draw`.
        lines: points (x, y) of each.
        x, y: what the axes hold.
        logarithmic: whether the vertical axis is; then all values are above 0.
    """

    def paint(axes: "Axes") -> None:
        for place, line in enumerate(lines):
            if not line:
                continue
            colour, dashes, marker = drawing.style(place)
            marked = marker if len(line) <= 12 else ""
            axes.plot(*zip(*line, strict=True), color=colour, linestyle=dashes, marker=marked)
        if logarithmic:
            axes.set_yscale("log")
            values = [value for line in lines for _, value in line]
            axes.set_yticks(_ticks(min(values), max(values)))
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.minorticks_off()
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
        axes.set_xlabel(x)
        axes.set_ylabel(y)

    return drawing.draw(name, label, paint)


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers on a logarithmic axis, some six of them."""
    steps: list[tuple[float, ...]] = [(1, 1.5, 2, 3, 4, 5, 7), (1, 2, 5), (1, 3), (1,)]
    if high / low < 3:
        steps = [(1.0, 1.1, 1.2, 1.3, 1.5, 1.7, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)]
    for chosen in steps:
        ticks = [m * 10.0**e for e in range(-3, 12) for m in chosen if low * 0.97 <= m * 10.0**e <= high * 1.03]
        if len(ticks) <= 8:
            return ticks
    return ticks[:: -(-len(ticks) // 8)]
