"""Grids of a user's own, and grids at scales of their own: means of all rows, and differences where they are known.

Differences need the grid's file (`--grids`), a training as its function, and a base. Nothing here is judged.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import partial

from reports.catalogue import by_authority
from reports.figures.ablation import is_shipped, parts_of
from reports.figures.measurements import Mean, called, done, over_seeds, rows_of
from reports.figures.rendering import figure_texts, render
from reports.section import Section
from reports.verdicts.records import Records
from reports.verdicts.report import Report
from repro.ledger.grids.cell import SINGLE
from repro.ledger.records.metric_values import metric_values
from repro.ledger.records.record import Record

ID = "own-grids"
MAX_METRICS = 4
"""Of a grid of which only means are shown."""


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
    """At the top of the page: all of them with records."""
    parts = parts_of(report.records, language, ID, own=True)
    means = _own_grids(report.records, {(part.grid, part.scale) for part in parts})
    if not parts and not means:
        return None
    texts = figure_texts(language)
    body = render("own-grids", language, parts=parts, own=means, called=partial(called, language=language))
    return Section(ID, texts["own_grids"], body, texts["ablation.note"] if parts else "", first=True)


def _own_grids(records: Records, shown: Container[tuple[str, str]]) -> list[OwnGrid]:
    """Every grid and scale that is not shipped and is not shown row by row, whether its file was given or not."""
    places = {
        (it.record.grid, it.record.scale)
        for it in records.counted
        if it.record.status == "done"
        and it.record.grid not in ("", SINGLE)
        and not is_shipped(it.record.grid, it.record.scale)
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
