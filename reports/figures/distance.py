"""Accuracy by the distance of what a word depends on: self-attention against recurrence, and kinds of positions."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.figures import drawing
from reports.figures.mean_lines import Points, mean_lines_panel, numbers_of
from reports.figures.measurements import Mean, done, mapping, number, over_seeds, rows_of, scales_of
from reports.figures.rendering import figure_texts
from reports.section import Section
from reports.verdicts.records import Records
from reports.verdicts.report import Report
from repro.ledger.records.record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GRIDS = ("recurrence", "positions", "main", "essentials")
MAX_PANELS = 10
MIN_LINES = 10
"""A distance with fewer lines in the test set says nothing."""


def section(report: Report, language: str) -> Section | None:
    """A drawing for each grid and kind of dependency; None where no text with known dependencies was decoded."""
    texts = figure_texts(language)
    figures = [
        figure
        for grid in GRIDS
        for scale in scales_of(report.records, grid)
        for figure in _figures(report.records, grid, scale, texts)
    ][:MAX_PANELS]
    if not figures:
        return None
    return Section("distance", texts["distance"], drawing.panels(figures), texts["distance.note"])


def _figures(records: Records, grid: str, scale: str, texts: Mapping[str, str]) -> Iterator[Markup]:
    rows = {row: done(runs) for row, runs in rows_of(records, grid, scale).items()}
    kinds = sorted({kind for runs in rows.values() for it in runs.values() for kind in _dependencies(it)})
    for place, kind in enumerate(kinds):
        lines = {f"{row} (n = {len(runs)})": points for row, runs in rows.items() if (points := _points(runs, kind))}
        lines = dict(list(lines.items())[: len(drawing.SERIES)])
        if not any(len(points) > 1 for points in lines.values()):
            continue
        caption = texts["distance.caption"].format(grid=grid, scale=scale, kind=kind)
        yield accuracy_panel(f"distance-{grid}-{scale}-{place}", caption, lines, texts["distance.axis"], texts)


def _dependencies(record: Record) -> Mapping[str, Mapping[str, Mapping[str, object]]]:
    """Kind -> distance -> counts, of the split that was decoded first."""
    for name in ("test.by_tag", "dev.by_tag"):
        kinds = mapping(mapping(record.details.get(name)).get("dependencies"))
        if kinds:
            return {str(kind): mapping(by_distance) for kind, by_distance in kinds.items()}
    return {}


def _points(runs: Mapping[int, Record], kind: str) -> Points:
    """Mean over seeds at each distance; of a single seed the interval of its share."""
    values: dict[float, dict[int, float]] = {}
    alone: dict[float, Mean] = {}
    for seed, record in runs.items():
        for text, counted in _dependencies(record).get(kind, {}).items():
            distance, percent = _number(text), number(mapping(counted).get("percent"))
            count = number(mapping(counted).get("count"))
            if distance is None or percent is None or count is None or count < MIN_LINES:
                continue
            values.setdefault(distance, {})[seed] = percent
            alone[distance] = Mean(
                percent, number(mapping(counted).get("low")), number(mapping(counted).get("high")), 1
            )
    points = []
    for distance in sorted(values):
        mean = over_seeds(values[distance]) if len(values[distance]) > 1 else alone[distance]
        if mean is not None:
            points.append((distance, mean))
    return points


def _number(text: object) -> float | None:
    try:
        return number(float(str(text)))
    except ValueError:
        return None


def accuracy_panel(name: str, caption: str, lines: Mapping[str, Points], axis: str, texts: Mapping[str, str]) -> Markup:
    """Exact match over something counted, which `axis` names: a line with intervals for each name."""

    def finish(axes: "Axes") -> None:
        axes.set_ylim(-3, 103)
        counted = numbers_of(lines)
        axes.set_xticks(counted[:: -(-len(counted) // 10)])
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")

    percent, language = texts["distance.percent"], texts["language"]
    return mean_lines_panel(name, caption, lines, axis, percent, language, finish, spread=0.06, limits=(0.0, 100.0))
