"""In training: how soon self-attention and recurrence of equal parameters come down to the same perplexity."""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.catalogue import grid_at, scales_of_grid
from reports.figures.measurements import (
    Mean,
    done,
    mapping,
    over_seeds,
    positive,
    rows_of,
    scales_of,
    threads_text,
)
from reports.figures.rendering import figure_texts, render
from reports.section import Section
from reports.verdicts.records import Records, hardware_of
from reports.verdicts.report import Report
from repro.ledger.comparing.comparability import timed_apart
from repro.ledger.records.metric_values import metric_values
from repro.ledger.records.record import Record

GRID = "pace"
COLUMNS = ("goal.seconds", "goal.target_tokens", "train.target_tokens_per_second", "model.parameters")


@dataclass(frozen=True)
class Line:
    """One row of the grid.

    Attributes:
        row: its name.
        runs: how many ended well.
        reached: how many of them came to the goal; the means of the goal's columns are over these.
        means: of each column; None where no run has a value, as where the goal was not reached.
        times: how many times as long as the base's the time to the goal is, paired by seed; None for the base, and
            where no pair ran on one machine, one after the other.
    """

    row: str
    runs: int
    reached: int
    means: tuple[Mean | None, ...]
    times: Mean | None


def section(report: Report, language: str) -> Section | None:
    """A table for each scale at which the grid has records."""
    texts = figure_texts(language)
    tables = [
        (scale, _goal(report.records, scale, texts), _machine(report.records, scale), _lines(report.records, scale))
        for scale in scales_of(report.records, GRID)
        if scale in scales_of_grid(GRID)
    ]
    if not tables:
        return None
    body = render("pace", language, tables=tables, columns=[texts[f"pace.{name}"] for name in COLUMNS])
    return Section("pace", texts["pace"], body, texts["pace.note"])


def _lines(records: Records, scale: str) -> list[Line]:
    by_row = {row: done(runs) for row, runs in rows_of(records, GRID, scale).items()}
    lines = []
    for row in grid_at(GRID, scale).rows:
        runs = by_row.get(row.name, {})
        if runs:
            means = tuple(over_seeds(metric_values(runs, column)) for column in COLUMNS)
            reached = 0 if means[0] is None else means[0].n
            lines.append(Line(row.name, len(runs), reached, means, _times(runs, by_row.get(row.base or "", {}))))
    return lines


def _times(runs: Mapping[int, Record], base: Mapping[int, Record]) -> Mean | None:
    """The ratios of the pairs of one machine."""
    own, its = metric_values(runs, COLUMNS[0]), metric_values(base, COLUMNS[0])
    paired = [
        seed
        for seed in own.keys() & its.keys()
        if its[seed] > 0 and timed_apart({seed: runs[seed]}, {seed: base[seed]}, COLUMNS[0]) is None
    ]
    return over_seeds({seed: own[seed] / its[seed] for seed in paired})


def _first(records: Records, scale: str) -> Record:
    return next(
        it.record
        for it in records.counted
        if (it.record.grid, it.record.scale, it.record.status) == (GRID, scale, "done")
    )


def _goal(records: Records, scale: str, texts: Mapping[str, str]) -> str:
    """The goal that the first run was given; where its configuration has none, what its metric says of it."""
    record = _first(records, scale)
    goal = positive(mapping(record.config.get("observe")).get("goal"))
    if goal is None:
        return str(record.metrics.get(COLUMNS[0], {}).get("definition", ""))
    return texts["pace.goal"].format(goal=goal)


def _machine(records: Records, scale: str) -> str:
    """What the runs were on, and how many threads they used.

    Times of several machines are no pairs (see `repro.ledger.comparing.comparability`).
    """
    ran = [record for runs in rows_of(records, GRID, scale).values() for record in done(runs).values()]
    return "; ".join(sorted({hardware_of(record) + threads_text([record]) for record in ran}))
