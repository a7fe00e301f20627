"""Whether the fast path learns as torch's own layers do: the curves of both, and how far apart they end."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from reports.catalogue import grid_at, scales_of_grid
from reports.figures import drawing
from reports.figures.curves import lines_over
from reports.figures.measurements import Mean, done, entries, number, over_seeds, positive, rows_of, scales_of
from reports.figures.rendering import figure_texts, render
from reports.section import Section
from reports.verdicts.records import Records
from reports.verdicts.report import Report
from repro.ledger.grids.grid import Grid
from repro.ledger.records.metric_values import metric_values
from repro.ledger.records.record import Record

GRIDS = ("learning", "learning-exact")
"""With dropout, whose masks differ, and without."""

METRIC = "dev.nll"


@dataclass(frozen=True)
class Line:
    """One row of the grid.

    Attributes:
        row: its name.
        curve: (update, perplexity), the mean over seeds of what all of them have.
        end: of `METRIC` at the end.
        apart: from the base at the end, paired by seed; None for the base.
        runs: how many ended well.
    """

    row: str
    curve: list[tuple[float, float]]
    end: Mean | None
    apart: Mean | None
    runs: int


def section(report: Report, language: str) -> Section | None:
    """A drawing and a table for each scale at which one of the grids has records."""
    texts = figure_texts(language)
    parts = []
    for name in GRIDS:
        for scale in scales_of(report.records, name):
            if scale in scales_of_grid(name):
                grid = grid_at(name, scale)
                lines = _lines(report.records, scale, grid)
                parts.append((grid, _figure(grid, lines, texts), lines))
    if not parts:
        return None
    body = render("learning", language, parts=parts)
    return Section(GRIDS[0], texts["learning"], body, texts["learning.note"])


def _lines(records: Records, scale: str, grid: Grid) -> list[Line]:
    by_row = {row: done(runs) for row, runs in rows_of(records, grid.name, scale).items()}
    lines = []
    for row in grid.rows:
        runs = by_row.get(row.name, {})
        if runs:
            end = metric_values(runs, METRIC)
            base = metric_values(by_row.get(row.base or "", {}), METRIC)
            apart = over_seeds({seed: end[seed] - base[seed] for seed in end.keys() & base.keys()})
            lines.append(Line(row.name, _mean_curve(runs), over_seeds(end), apart, len(runs)))
    return lines


def _mean_curve(runs: Mapping[int, Record]) -> list[tuple[float, float]]:
    by_step: dict[float, list[float]] = defaultdict(list)
    for record in runs.values():
        for point in entries(record.details.get("curve")):
            step, perplexity = number(point.get("step")), positive(point.get("perplexity"))
            if step is not None and perplexity is not None:
                by_step[step].append(perplexity)
    return sorted((step, sum(values) / len(values)) for step, values in by_step.items() if len(values) == len(runs))


def _figure(grid: Grid, lines: list[Line], texts: Mapping[str, str]) -> Markup:
    curves = [line.curve for line in lines]
    if not any(len(curve) > 1 for curve in curves):
        return Markup("")
    caption = texts["learning.caption"].format(grid=grid.name, scale=grid.scale)
    across, up = texts["curves.step"], texts["curves.dev_perplexity"]
    svg = lines_over(f"{grid.name}-{grid.scale}", caption, curves, across, up, True)
    keys = drawing.legend_of_lines((line.row, line.curve) for line in lines)
    return drawing.panels([drawing.panel(caption, svg, keys)])
