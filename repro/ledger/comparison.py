"""The rows of a grid against their bases, over seeds: what its records say. Needs no torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from repro import statistics
from repro.ledger.comparability import timed_apart, unlike
from repro.ledger.grid import Grid
from repro.ledger.record import Record


@dataclass(frozen=True)
class RowResult:
    """What was measured of one row.

    Attributes:
        name, base: the row, and the one it is compared with; None for a base.
        values: seed -> the compared metric, where a record is done and has it.
        means: column -> mean over the same records; None where none has it.
        not_done: status -> how many of its records have it, other than done.
        difference: row minus base; None for a base.
        finding: corrected over the grid's rows; None for a base.
        open_because: why the finding is open whatever was measured; None if nothing stands against it.
        published: the paper's difference between the same rows, where it has one.
    """

    name: str
    base: str | None
    values: Mapping[int, float]
    means: Mapping[str, float | None]
    not_done: Mapping[str, int]
    difference: "statistics.Difference | None"
    finding: "statistics.Finding | None"
    open_because: str | None
    published: float | None


def metric_values(records: Mapping[int, Record], metric: str) -> dict[int, float]:
    """Seed -> value of a metric, over the records that are done and have one."""
    found = {}
    for seed, record in records.items():
        value = record.metrics.get(metric, {}).get("value")
        if record.status == "done" and value is not None:
            found[seed] = float(value)
    return found


def compare(grid: Grid, records: Mapping[str, Mapping[int, Record]]) -> list[RowResult]:
    """Compare every row with its base, paired by seed; Holm's correction is over all of the grid's rows.

    Of runs that diverged or missed the goal there is nothing to average, and the lucky ones alone would flatter their
    row: it stays open. So does one whose runs are no match for the base's.

    Args:
        grid: says metric, direction and bases.
        records: row -> seed -> record, as `Plan.records` gives them.
    """
    values = {row.name: metric_values(records.get(row.name, {}), grid.metric) for row in grid.rows}
    bases = {row.name: row.base for row in grid.rows if row.base is not None}
    family = {name: (values[name], values[base]) for name, base in bases.items()}
    family |= {name: ({}, {}) for name in grid.left_out}
    differences = {
        name: statistics.difference(*pair, paired=True, alpha=0.05 / len(family)) for name, pair in family.items()
    }
    questions = {name: statistics.Question(each, grid.better, grid.margin) for name, each in differences.items()}
    findings = statistics.decide(questions)
    pairs = {name: (records.get(name, {}), records.get(base, {})) for name, base in bases.items()}
    problems = {name: _problem(*pair, grid.metric) for name, pair in pairs.items()}
    for name, problem in problems.items():
        if problem is not None:
            findings[name] = replace(findings[name], decision="inconclusive")
    return [
        RowResult(
            row.name,
            row.base,
            values[row.name],
            {column: _mean(records.get(row.name, {}), column) for column in grid.columns},
            _not_done(list(records.get(row.name, {}).values())),
            differences.get(row.name),
            findings.get(row.name),
            problems.get(row.name),
            None if grid.published is None or row.base is None else grid.published.difference(row.name, row.base),
        )
        for row in grid.rows
    ]


def agreement(
    grid: Grid, results: Sequence[RowResult], same: float = 0.1
) -> "tuple[statistics.SignAgreement, statistics.RankAgreement] | None":
    """How far the measured differences agree with the published ones, in sign and in order; None without the latter.

    Published differences of at most `same` say "the same", as they may be mere rounding.
    """
    compared = [result for result in results if result.base is not None]
    if grid.published is None or not compared:
        return None
    signs = statistics.sign_agreement(
        [result.difference for result in compared],
        [result.published for result in compared],
        same=same,
        margin=grid.margin,
    )
    measured = [None if result.difference is None else result.difference.estimate for result in compared]
    return signs, statistics.rank_agreement(measured, [result.published for result in compared])


def _problem(row: Mapping[int, Record], base: Mapping[int, Record], metric: str) -> str | None:
    """Why nothing can be said of a row beside its base, in a sentence; None if it can."""
    both = [*row.values(), *base.values()]
    if "diverged" in _not_done(both):
        return "runs diverged, and those that did not decide nothing"
    if any(record.status == "done" and record.metrics.get(metric, {"value": 0})["value"] is None for record in both):
        return f"{metric} has no value in some runs, and those that have one decide nothing"
    return unlike(both, metric) or timed_apart(row, base, metric)


def _mean(records: Mapping[int, Record], metric: str) -> float | None:
    values = metric_values(records, metric)
    return fmean(values.values()) if values else None


def _not_done(records: Sequence[Record]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for record in records:
        if record.status != "done":
            counts[record.status] = counts.get(record.status, 0) + 1
    return counts
