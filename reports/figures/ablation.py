"""Ablation grids row by row: differences from the base by each metric, and rises and falls over a parameter.

Grids that have a section of their own, such as Table 3, are left to it, and a user's own grids to `own_grids.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.catalogue import grid_at, grids, scales_of_grid
from reports.figures import differences, drawing
from reports.figures.brevity import brevity_note
from reports.figures.measurements import called, done, over_seeds, rows_of, scales_of
from reports.figures.rendering import figure_texts, render
from reports.figures.row_changes import row_changes
from reports.figures.tuning import tuning_note
from reports.numbers import about
from reports.section import Section
from reports.verdicts.commands import of_grid
from reports.verdicts.records import Records
from reports.verdicts.report import Report
from repro.ledger.comparing.comparison import RowResult, TrendResult, compare, compare_trends
from repro.ledger.grids.cell import TRAINING
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.grid_content import grid_files
from repro.ledger.grids.scale import scale_files
from repro.ledger.records.metric_values import metric_values
from repro.ledger.records.record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_MISSING = 8
"""Rows without a record that are named."""
ELSEWHERE = ("table3", "scaling", "pace", "main")
"""Grids of trainings with a section of their own."""

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


def section(report: Report, language: str) -> Section | None:
    """All shipped ablation grids with records, the most authoritative scale first."""
    parts = parts_of(report.records, language, "ablation", own=False)
    if not parts:
        return None
    texts = figure_texts(language)
    body = render("ablation", language, parts=parts, called=partial(called, language=language))
    return Section("ablation", texts["ablation"], body, texts["ablation.note"])


def parts_of(records: Records, language: str, place: str, *, own: bool) -> list[Part]:
    """Grids of trainings with a base, each at each scale with records.

    Args:
        records: all of them.
        language: of the texts.
        place: the id of the section, which begins the names of its drawings.
        own: whether of a user's own grids and scales, or of those that are shipped.
    """
    names = {it.record.grid for it in records.counted if it.record.status == "done"}
    return [
        part
        for name in sorted(names & grids().keys() - set(ELSEWHERE))
        for scale in scales_of(records, name)
        if scale in scales_of_grid(name) and is_shipped(name, scale) is not own
        if (part := _part(grid_at(name, scale), records, figure_texts(language), place)) is not None
    ]


def is_shipped(grid: str, scale: str) -> bool:
    """Whether a grid and a scale both come with an installed package."""
    return grid in grid_files() and scale in scale_files()


def _part(grid: Grid, records: Records, texts: Texts, place: str) -> Part | None:
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
    notes = _missing_text(grid, runs, texts)
    notes += [
        _trend_text(metric, trend, texts) for metric, of_metric in trends.items() for trend in of_metric if trend.rows
    ]
    notes += [note for metric, results in by_metric.items() for note in _open_texts(metric, results, texts)]
    notes += [note for note in (brevity_note(grid, runs, texts), tuning_note(grid, records, texts)) if note is not None]
    units = {metric: _unit(runs, metric) for metric in by_metric}
    figures = [
        _differences(grid, metric, results, units[metric], texts, place) for metric, results in by_metric.items()
    ]
    figures += [
        _trend(grid, metric, trend, runs, units[metric], texts, place)
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


def _missing_text(grid: Grid, runs: Runs, texts: Texts) -> list[str]:
    """How much of the grid has run and what runs the rest, where rows have no record at all; else nothing."""
    missing = [row.name for row in grid.rows if not runs.get(row.name)]
    if not missing:
        return []
    cells = [(cell.row, cell.seed) for cell in grid.cells()]
    ran = sum(seed in runs.get(row, {}) for row, seed in cells)
    named = ", ".join(missing[:MAX_MISSING]) + (", …" if len(missing) > MAX_MISSING else "")
    said = {"ran": ran, "cells": len(cells), "rows": named, "command": of_grid(grid.name, grid.scale)}
    return [texts["ablation.missing"].format(**said)]


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


def _differences(
    grid: Grid, metric: str, results: Sequence[RowResult], unit: str, texts: Texts, place: str
) -> Markup | None:
    """Every row with a difference from its base; None if there is none."""
    apart = [result for result in results if result.difference is not None and result.difference.estimate is not None]
    if not apart:
        return None
    said = {"metric": called(metric, texts["language"]), "grid": grid.name, "scale": grid.scale}
    svg = drawing.draw(
        f"{place}-{grid.name}-{grid.scale}-{metric}",
        texts["ablation.differences_label"].format(**said),
        partial(differences.paint_rows, results=apart, unit=unit),
        height=differences.height(len(apart)),
    )
    return drawing.panel(texts["ablation.differences_caption"].format(**said), svg)


def _trend(grid: Grid, metric: str, trend: TrendResult, runs: Runs, unit: str, texts: Texts, place: str) -> Markup:
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
    svg = drawing.draw(
        f"{place}-{grid.name}-{grid.scale}-{metric}-{trend.parameter}", texts["ablation.label"].format(**said), paint
    )
    return drawing.panel(texts["ablation.caption"].format(**said), svg)
