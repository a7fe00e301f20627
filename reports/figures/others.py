"""Others' records beside this report's own, row by row of the same grid and scale. Nothing is judged by them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.catalogue import by_authority, grid_at, scales, scales_of_grid, title_of_scale
from reports.checking.record_check import function_of
from reports.figures.measurements import Mean, done, over_seeds
from reports.figures.rendering import figure_texts, render
from reports.numbers import digits
from reports.section import Section
from reports.verdicts.others import Origin, Others
from reports.verdicts.records import StoredRecord
from reports.verdicts.report import Report
from repro.ledger.grids.cell import SINGLE, id_without_seed
from repro.ledger.records.metric_values import metric_values
from repro.ledger.records.record import Record
from repro.metric_declaration import metric_name

MAX_ROWS, MAX_FAULTS = 100, 20
"""The most rows of one origin, and faults of its records, that are shown; the rest is only counted."""
USUAL = ("dev.nll", "dev.perplexity", "dev.bleu", "test.bleu", "test.exact_match", "test.f1")
"""Metrics that are shown if no grid says which."""

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Line:
    """One metric of one row, theirs and ours.

    Attributes:
        metric, name, unit: the metric's key, what it is called, and its unit.
        theirs, ours: mean, interval and number of seeds as text; `ours` is empty if there is no such record.
    """

    metric: str
    name: str
    unit: str
    theirs: str
    ours: str


@dataclass(frozen=True)
class OfRow:
    """One row.

    Attributes:
        name: the row's name; for a single run, its folder's; with a number if several are called so.
        remark: a sentence on whether the configuration is the grid's, and how runs that are not done ended.
        lines: one for each metric; empty if nothing was measured.
    """

    name: str
    remark: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class OfGrid:
    """The rows of one grid at one scale; the title is empty if the scale is not installed."""

    grid: str
    scale: str
    title: str
    rows: tuple[OfRow, ...]


@dataclass(frozen=True)
class OfOrigin:
    """What is shown of one origin.

    Attributes:
        origin: who made the records.
        records, left_out: how many are shown, and how many had a fault.
        grids: by scale and grid.
        left: how many more rows there are.
        faults: what was wrong with the records that are left out; at most MAX_FAULTS.
        faults_left: how many more faults there are.
    """

    origin: Origin
    records: int
    left_out: int
    grids: tuple[OfGrid, ...]
    left: int
    faults: tuple[str, ...]
    faults_left: int


def section(report: Report, language: str) -> Section | None:
    """Each origin with its tables; None where no others' records were given."""
    if not report.others:
        return None
    texts = figure_texts(language)
    body = render("others", language, origins=origins_of(report, language))
    return Section("others", texts["others"], body, texts["others.note"])


def origins_of(report: Report, language: str) -> list[OfOrigin]:
    """What is shown of each origin, in the order in which they were given."""
    return [_of_origin(others, report, language) for others in report.others]


def _of_origin(others: Others, report: Report, language: str) -> OfOrigin:
    groups: dict[tuple[str, str], list[StoredRecord]] = {}
    for stored in others.shown:
        groups.setdefault((stored.record.scale, stored.record.grid), []).append(stored)
    order = by_authority({scale for scale, _ in groups})
    grids, room, left = [], MAX_ROWS, 0
    for scale, grid in sorted(groups, key=lambda key: (order.index(key[0]), key[1])):
        rows = _named(groups[scale, grid])
        shown = tuple(_row(report, name, stored, language) for name, stored in rows[:room])
        room, left = room - len(shown), left + len(rows) - len(shown)
        if shown:
            grids.append(OfGrid(grid, scale, _title(grid, scale), shown))
    faults = tuple(map(str, others.faults[:MAX_FAULTS]))
    count = len(others.shown)
    return OfOrigin(others.origin, count, others.left_out, tuple(grids), left, faults, len(others.faults) - len(faults))


def _named(of_grid: Sequence[StoredRecord]) -> list[tuple[str, list[StoredRecord]]]:
    """The runs of each row, or each single run; a row of several configurations is one for each, with a number."""
    rows: dict[str, dict[str, list[StoredRecord]]] = {}
    for stored in of_grid:
        record = stored.record
        is_single = record.grid == SINGLE or not record.row
        name, key = (stored.run, stored.path) if is_single else (record.row, id_without_seed(record.config))
        rows.setdefault(name, {}).setdefault(key, []).append(stored)
    return [
        (name if len(alike) == 1 else f"{name} ({number})", alike[key])
        for name, alike in sorted(rows.items())
        for number, key in enumerate(sorted(alike, key=lambda key: (not alike[key][0].planned, key)), 1)
    ]


def _title(grid: str, scale: str) -> str:
    if scale in scales_of_grid(grid):
        return grid_at(grid, scale).title
    return title_of_scale(scale) if scale in scales() else ""


def _row(report: Report, name: str, stored: Sequence[StoredRecord], language: str) -> OfRow:
    return OfRow(name, _remark(stored, figure_texts(language)), tuple(_lines(report, stored, language)))


def _lines(report: Report, stored: Sequence[StoredRecord], language: str) -> Iterator[Line]:
    theirs = done({it.record.seed: it.record for it in stored})
    if not theirs:
        return
    first = next(iter(theirs.values()))
    ours = done({seed: it.record for seed, it in report.records.of(first.scale, first.grid, first.row).items()})
    function = function_of(first.grid) or ""
    for metric in (name for name in _metrics(first) if metric_values(theirs, name)):
        example = theirs[min(metric_values(theirs, metric))].metrics[metric]
        alike, comparable = (
            {seed: record for seed, record in runs.items() if _same(record.metrics.get(metric), example)}
            for runs in (theirs, ours)
        )
        yield Line(
            metric,
            metric_name(function, metric, language),
            str(example["unit"]),
            _shown(over_seeds(metric_values(alike, metric)), language),
            "" if first.grid == SINGLE else _shown(over_seeds(metric_values(comparable, metric)), language),
        )


def _metrics(record: Record) -> list[str]:
    """The metrics by which the grid compares; without a grid, the usual ones."""
    if record.grid != SINGLE and record.scale in scales_of_grid(record.grid):
        return [measure.metric for measure in grid_at(record.grid, record.scale).measures]
    usual = [name for name in USUAL if name in record.metrics]
    return usual or list(record.metrics)[:3]


def _same(one: Mapping[str, Any] | None, other: Mapping[str, Any]) -> bool:
    """Whether two metrics have the same definition and unit. Others are never put beside each other."""
    return one is not None and all(one.get(key) == other.get(key) for key in ("unit", "definition"))


def _remark(stored: Sequence[StoredRecord], texts: Texts) -> str:
    """How the row's configuration differs from the installed grid's, and how many runs are not done."""
    differing = next((it.differs for it in stored if it.differs), None)
    if differing is not None:
        said = texts["others.differs"].format(how=differing)
    elif stored[0].record.grid == SINGLE:
        said = ""
    elif stored[0].planned is None:
        said = texts["others.no_grid"]
    else:
        said = texts["others.same" if all(it.planned for it in stored) else "others.earlier"]
    lost = [it.record.status for it in stored if it.record.status != "done"]
    ended = [f"{lost.count(status)} {status}" for status in sorted(set(lost))]
    return "; ".join(filter(None, [said, *ended]))


def _shown(mean: Mean | None, language: str) -> str:
    if mean is None:
        return ""
    ends = f" [{digits(mean.low)}, {digits(mean.high)}]" if mean.low is not None and mean.high is not None else ""
    return f"{digits(mean.value)}{ends}, {figure_texts(language)['others.seeds'].format(n=mean.n)}"
