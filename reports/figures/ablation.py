"""Ablation grids row by row: differences from the base by each metric, and rises and falls over a parameter.

Grids that have a section of their own, such as Table 3, are left to it. Of grids that are not shipped only the means of
their rows are shown, unless they are trainings whose files were given and name a base.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.catalogue import by_authority, grid_at, grids, scales_of_grid
from reports.figures import differences, drawing
from reports.figures.brevity import brevity_note
from reports.figures.measurements import Mean, called, done, over_seeds, rows_of, scales_of
from reports.figures.rendering import figure_texts, render
from reports.figures.row_changes import row_changes
from reports.figures.tuning import tuning_note
from reports.numbers import about
from reports.section import Section
from reports.verdicts.records import Records
from reports.verdicts.report import Report
from repro.ledger.comparing.comparison import RowResult, TrendResult, compare, compare_trends
from repro.ledger.grids.cell import SINGLE, TRAINING
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.grid_content import grid_files
from repro.ledger.grids.scale import scale_files
from repro.ledger.records.metric_values import metric_values
from repro.ledger.records.record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ELSEWHERE = ("table3", "scaling", "pace", "main")
"""Grids of trainings with a section of their own."""
MAX_METRICS = 4
"""Of a grid that is not shipped."""

Texts = Mapping[str, str]
Runs = Mapping[str, Mapping[int, Record]]


@dataclass(frozen=True)
class Line:
    """One row of a grid, by all its metrics.

    Attributes:
        row: its name.
        changes: what it changes in its base; empty where the name or a sentence of the grid says it.
        seeds: how many of its runs are done.
        results: by each of the grid's metrics.
    """

    row: str
    changes: str
    seeds: int
    results: tuple[RowResult, ...]


@dataclass(frozen=True)
class Part:
    """One grid at one scale.

    Attributes:
        grid, scale, title: of the grid.
        metrics: by which its rows are compared -> their units.
        lines: rows with runs.
        notes: sentences on trends, on what stays open, on lengths, and on tuning.
        figures: a drawing of the differences for each metric, and of each trend.
    """

    grid: str
    scale: str
    title: str
    metrics: Mapping[str, str]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
    figures: Markup


@dataclass(frozen=True)
class OwnGrid:
    """A grid that is not shipped, or at a scale that is not, by the means of its rows.

    Attributes:
        grid, scale: their names.
        metrics: those shown.
        lines: row -> the mean of each metric.
    """

    grid: str
    scale: str
    metrics: tuple[str, ...]
    lines: tuple[tuple[str, tuple[Mean | None, ...]], ...]


def section(report: Report, language: str) -> Section | None:
    """All ablation grids with records, the most authoritative scale first."""
    records, texts = report.records, figure_texts(language)
    names = {it.record.grid for it in records.counted if it.record.status == "done"}
    parts = [
        part
        for name in sorted(names & grids().keys() - set(ELSEWHERE))
        for scale in scales_of(records, name)
        if scale in scales_of_grid(name) and (part := _part(grid_at(name, scale), records, texts)) is not None
    ]
    own = _own_grids(records, {(part.grid, part.scale) for part in parts})
    if not parts and not own:
        return None
    body = render("ablation", language, parts=parts, own=own, called=partial(called, language=language))
    return Section("ablation", texts["ablation"], body, texts["ablation.note"])


def _part(grid: Grid, records: Records, texts: Texts) -> Part | None:
    if grid.function != TRAINING or not any(row.base for row in grid.rows):
        return None
    runs = rows_of(records, grid.name, grid.scale)
    by_metric = {measure.metric: compare(grid, runs, measure) for measure in grid.measures}
    by_metric = {metric: results for metric, results in by_metric.items() if any(result.values for result in results)}
    changes = row_changes(grid)
    lines = tuple(
        Line(of_row[0].name, changes.get(of_row[0].name, ""), max(len(result.values) for result in of_row), of_row)
        for of_row in zip(*by_metric.values(), strict=True)
        if any(result.values for result in of_row)
    )
    if not lines:
        return None
    trends = {
        measure.metric: compare_trends(grid, runs, measure) for measure in grid.measures if measure.metric in by_metric
    }
    notes = [
        _trend_text(metric, trend, texts) for metric, of_metric in trends.items() for trend in of_metric if trend.rows
    ]
    notes += [note for metric, results in by_metric.items() for note in _open_texts(metric, results, texts)]
    notes += [note for note in (brevity_note(grid, runs, texts), tuning_note(grid, records, texts)) if note is not None]
    units = {metric: _unit(runs, metric) for metric in by_metric}
    figures = [_differences(grid, metric, results, units[metric], texts) for metric, results in by_metric.items()]
    figures += [
        _trend(grid, metric, trend, runs, units[metric], texts)
        for metric, of_metric in trends.items()
        for trend in of_metric
        if len(trend.rows) > 2
    ]
    drawn = drawing.panels([figure for figure in figures if figure is not None])
    return Part(grid.name, grid.scale, grid.title, units, lines, tuple(notes), drawn)


def _unit(runs: Runs, metric: str) -> str:
    """A metric's unit, as the first record with it has it."""
    having = (record for of_row in runs.values() for record in of_row.values() if metric in record.metrics)
    return next((str(record.metrics[metric]["unit"]) for record in having), "")


def _open_texts(metric: str, results: Sequence[RowResult], texts: Texts) -> list[str]:
    """A sentence for each reason why rows stay open, with all of these rows."""
    name = called(metric, texts["language"])
    rows: dict[str, list[str]] = {}
    for result in results:
        if result.open_because and result.values:
            rows.setdefault(result.open_because.replace(metric, name), []).append(result.name)
    return [
        texts["ablation.open"].format(rows=", ".join(of_reason), metric=name, reason=reason)
        for reason, of_reason in rows.items()
    ]


def _trend_text(metric: str, result: TrendResult, texts: Texts) -> str:
    trend, name = result.trend, called(metric, texts["language"])
    if trend is None:
        reason = result.open_because or "fewer than three rows have runs"
        return texts["ablation.trend_open"].format(metric=name, parameter=result.parameter, reason=reason)
    return texts["ablation.trend"].format(
        metric=name,
        parameter=result.parameter,
        slope=f"{trend.slope:+.3g}",
        step=texts["ablation.doubling" if result.doubling else "ablation.unit"],
        low=f"{trend.low:+.3g}",
        high=f"{trend.high:+.3g}",
        p="–" if result.p is None else f"{result.p:.2g}",
        smallest=about(trend.smallest_detectable),
    )


def _differences(grid: Grid, metric: str, results: Sequence[RowResult], unit: str, texts: Texts) -> Markup | None:
    """Every row with a difference from its base; None if there is none."""
    apart = [result for result in results if result.difference is not None and result.difference.estimate is not None]
    if not apart:
        return None
    said = {"metric": called(metric, texts["language"]), "grid": grid.name, "scale": grid.scale}
    svg = drawing.draw(
        f"ablation-{grid.name}-{grid.scale}-{metric}",
        texts["ablation.differences_label"].format(**said),
        partial(differences.paint_rows, results=apart, unit=unit),
        height=differences.height(len(apart)),
    )
    return drawing.panel(texts["ablation.differences_caption"].format(**said), svg)


def _trend(grid: Grid, metric: str, trend: TrendResult, runs: Runs, unit: str, texts: Texts) -> Markup:
    means = [over_seeds(metric_values(done(runs[row]), metric)) for row in trend.rows]
    name = called(metric, texts["language"])

    def paint(axes: "Axes") -> None:
        points = [(x, mean) for x, mean in zip(trend.numbers, means, strict=True) if mean is not None]
        axes.plot([x for x, _ in points], [mean.value for _, mean in points], "o-", color=drawing.SERIES[0])
        for x, mean in points:
            if mean.low is not None and mean.high is not None:
                axes.plot([x, x], [mean.low, mean.high], color=drawing.SERIES[0], linewidth=1.2)
        if trend.doubling:
            axes.set_xscale("log", base=2)
        axes.set_xticks(list(trend.numbers), [f"{x:g}" for x in trend.numbers])
        axes.minorticks_off()
        axes.set_xlabel(trend.parameter)
        axes.set_ylabel(f"{name}\n({unit})" if unit else name)

    said = {"metric": name, "parameter": trend.parameter, "grid": grid.name, "scale": grid.scale}
    place = f"ablation-{grid.name}-{grid.scale}-{metric}-{trend.parameter}"
    svg = drawing.draw(place, texts["ablation.label"].format(**said), paint)
    return drawing.panel(texts["ablation.caption"].format(**said), svg)


def _own_grids(records: Records, shown: Container[tuple[str, str]]) -> list[OwnGrid]:
    """Every grid and scale that is not shipped and is not shown row by row, whether its file was given or not."""
    shipped_grids, shipped_scales = grid_files(), scale_files()
    places = {
        (it.record.grid, it.record.scale)
        for it in records.counted
        if it.record.status == "done"
        and it.record.grid not in ("", SINGLE)
        and not (it.record.grid in shipped_grids and it.record.scale in shipped_scales)
        and (it.record.grid, it.record.scale) not in shown
    }
    order = by_authority(sorted({scale for _, scale in places}))
    own_grids = []
    for name, scale in sorted(places, key=lambda place: (place[0], order.index(place[1]))):
        rows = {row: done(runs) for row, runs in rows_of(records, name, scale).items()}
        metrics = _most_telling([record for of_row in rows.values() for record in of_row.values()])
        lines = [
            (row, tuple(over_seeds(metric_values(of_row, metric)) for metric in metrics))
            for row, of_row in rows.items()
        ]
        own_grids.append(OwnGrid(name, scale, metrics, tuple(line for line in lines if any(line[1]))))
    return [own_grid for own_grid in own_grids if own_grid.metrics]


def _most_telling(records: Sequence[Record]) -> tuple[str, ...]:
    """Metrics of quality first, as the records declare them; then others, in their order."""
    quality: dict[str, bool] = {}
    for record in records:
        for name, metric in record.metrics.items():
            quality.setdefault(name, bool(metric.get("quality")))
    return tuple(sorted(quality, key=lambda name: not quality[name])[:MAX_METRICS])
