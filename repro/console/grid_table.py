"""A grid's results as tables: one line per row, with its difference from the base and the uncertainty of that."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from repro.console.tuning_parts import tuning_parts
from repro.errors import hint
from repro.ledger.comparing.brevity import Brevity, brevities
from repro.ledger.comparing.comparison import RowResult, TrendResult, agreement, compare, compare_trends
from repro.ledger.grids.grid import Grid, Measure
from repro.ledger.running.plan import Plan
from repro.table import Part, Table, formatted

if TYPE_CHECKING:  # SciPy takes a second, and looking at a plan needs none of it
    from repro import statistics
    from repro.statistics import RankAgreement, SignAgreement

DIFFERENCE_HEADS = ["difference", "95% interval", "p ({})", "finding", "detectable"]


def grid_table(plan: Plan, first_only: bool = False) -> str:
    """As `grid_parts`, as plain text."""
    return formatted(grid_parts(plan, first_only), "text")


def grid_parts(plan: Plan, first_only: bool = False) -> list[Part]:
    """A table for each metric that rows are compared by, the grid's trends, and what the columns mean.

    Args:
        plan: the grid, and the records of its cells.
        first_only: leave out the tables and trends of further metrics. They still count in what p is corrected for.
    """
    grid, records = plan.grid, plan.records()
    shown = grid.measures[:1] if first_only else grid.measures
    results = {measure.metric: compare(grid, records, measure) for measure in shown}
    main = results[grid.metric]
    parts: list[Part] = [
        f"{grid.name} at the scale {grid.scale}: {grid.title}",
        Table(_rows(grid, main, grid.columns)),
    ]
    done = [record for runs in records.values() for record in runs.values() if record.status == "done"]
    measured = {name for record in done for name in record.metrics}
    if done and grid.metric not in measured:
        parts.append(f"no record has {grid.metric}; {hint(grid.metric, measured)}")
    parts += tuning_parts(plan)
    brevity = brevities(records, grid.metric)
    if brevity:
        parts.append(
            f"{grid.metric} without its brevity penalty; length: words of translations over words of references"
        )
        parts.append(Table(_brevity_rows(main, brevity)))
    compared = any(result.base is not None for result in main)
    for measure in shown[1:] if compared else ():
        if not any(result.values for result in results[measure.metric]):
            continue  # nothing has run, or only with code of before this metric was measured
        heading = {measure.metric: measure.metric}
        parts.append(_heading(measure))
        parts.append(Table(_rows(grid, results[measure.metric], heading)))
    trends = {measure.metric: compare_trends(grid, records, measure) for measure in shown}
    if any(result.rows for of_metric in trends.values() for result in of_metric):
        parts.append(Table(_trend_rows(trends)))
    if compared:
        parts.append(_legend(grid, shown))
    undecided = [_undecided(metric, results[metric], trends[metric]) for metric in results]
    if any(undecided):
        parts.append("\n".join(line for lines in undecided for line in lines))
    agreed = agreement(grid, main)
    if grid.published is not None and agreed is not None and any(result.values for result in main):
        source = f"paper: {grid.published.column} of {grid.published.source}, row minus base."
        parts.append(f"{_agreement(*agreed)}\n{source}")
    return parts


def _undecided(metric: str, results: Sequence[RowResult], trends: "Sequence[TrendResult]") -> list[str]:
    """A line for each reason why rows and trends are open whatever was measured."""
    named = [(result.name, result.open_because) for result in results if result.values]
    named += [(f"the trend over {result.parameter}", result.open_because) for result in trends if result.rows]
    by_reason: dict[str, list[str]] = {}
    for name, reason in named:
        if reason is not None:
            by_reason.setdefault(reason, []).append(name)
    return [f"{_are(names)} undecided in {metric}: {reason}." for reason, names in by_reason.items()]


def _are(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last} are" if others else f"{last} is"


def _heading(measure: Measure) -> str:
    return f"{measure.metric} ({measure.better or 'neither direction'} is better)"


def _rows(grid: Grid, results: Sequence[RowResult], columns: Mapping[str, str]) -> list[list[str]]:
    """The heads, and a line a row."""
    compared = any(result.base is not None for result in results)
    published = any(result.published is not None for result in results)
    heads = ["row", "runs", *columns.values()]
    pooled = any(result.difference is not None and not result.difference.paired for result in results)
    heads += [head.format("Dunnett" if pooled else "Holm") for head in DIFFERENCE_HEADS] if compared else []
    heads += ["paper"] if published else []
    lines = [heads]
    seeds = {row.name: len(grid.seeds_of(row)) for row in grid.rows}
    for result in results:
        line = [result.name, _runs(result, seeds[result.name])]
        line += [_number(_mean(result, column)) for column in columns]
        line += _difference(result) if compared else []
        if published:
            line.append("" if result.published is None else f"{result.published:+.2f}")
        lines.append(line)
    return lines


def _mean(result: RowResult, column: str) -> float | None:
    if column in result.means:
        return result.means[column]
    return sum(result.values.values()) / len(result.values) if result.values else None


def _brevity_rows(results: Sequence[RowResult], brevity: Mapping[str, Brevity]) -> list[list[str]]:
    lines = [["row", "length", "without penalty", "difference", "95% interval"]]
    for result in results:
        own, base = brevity.get(result.name), brevity.get(result.base or "")
        if own is None:
            continue
        difference = ["base", ""] if result.base is None else ["-", ""]
        if base is not None and result.difference is not None:
            estimated = own.minus(base, result.difference.paired)
            if estimated.estimate is not None:
                difference = [_signed(estimated.estimate), _interval(estimated)]
        lines.append([result.name, f"{own.length:.2f}", _number(own.unpenalised), *difference])
    return lines


def _trend_rows(trends: "dict[str, list[TrendResult]]") -> list[list[str]]:
    lines = [["trend over", "of", "rows", "slope", "95% interval", "p", "detectable"]]
    for metric, of_metric in trends.items():
        for result in of_metric:
            if not result.rows:
                continue
            name = f"{result.parameter}, per doubling" if result.doubling else f"{result.parameter}, per unit"
            line = [name, metric, " ".join(result.rows)]
            trend = result.trend
            if trend is None:
                lines.append([*line, "-" if result.open_because else "too few rows", "", "", ""])
                continue
            line += [_signed(trend.slope), f"{_signed(trend.low)} {_signed(trend.high)}"]
            line += ["" if result.p is None else f"{result.p:.2g}", _small(trend.smallest_detectable)]
            lines.append(line)
    return lines


def _legend(grid: Grid, shown: Sequence[Measure]) -> str:
    """The meaning of the columns of differences."""
    several = (
        f" All p values are multiplied by {len(grid.measures)}, the number of metrics."
        if len(grid.measures) > 1
        else ""
    )
    directions = ", ".join(map(_heading, shown))
    margins = ", ".join(f"{measure.margin:g} in {measure.metric}" for measure in shown if measure.margin)
    text = (
        f"difference: row minus base in {directions}.\n"
        "p: two-sided t test, corrected over the rows: by Dunnett's test if all rows share one deviation, or by Holm's "
        f"method\nif each row has the deviation of its own pairs of seeds.{several}\n"
        "detectable: the smallest true difference found with 80% power."
    )
    if margins:
        text += f" Differences below {margins} count as none."
    compared, seen = ([row.name for row in rows if row.base is not None] for rows in (grid.rows, grid.rows_of_part))
    if hidden := len(compared) - len(seen):
        text += f"\nThe correction includes {'the row' if hidden == 1 else f'the {hidden} rows'} not shown."
    return text


def _agreement(signs: "SignAgreement", ranks: "RankAgreement") -> str:
    text = f"agreement with the paper: {signs.signs_agreeing} of {signs.signs} signs"
    if signs.sames:
        text += f", {signs.sames_shown} of {signs.sames} rows published as equal shown to be equal"
    if ranks.tau is not None and ranks.p_value is not None:
        text += f", Kendall's tau-b {ranks.tau:+.2f} (p {ranks.p_value:.2g}, {ranks.n} rows)"
    return text


def _runs(result: RowResult, seeds: int) -> str:
    rest = "".join(f", {count} {status}" for status, count in sorted(result.not_done.items()))
    without = f", {result.lacking} without a value" if result.lacking else ""
    return f"{len(result.values)}/{seeds}{rest}{without}"


def _difference(result: RowResult) -> list[str]:
    difference, finding = result.difference, result.finding
    if difference is None or finding is None:
        return ["base", "", "", "", ""]
    if difference.estimate is None:
        ran = result.values or result.not_done or result.lacking
        return ["-", "", "", finding.decision if ran else "not run", ""]
    interval = _interval(difference)
    p = "" if finding.p_difference is None else f"{finding.p_difference:.2g}"
    seen = difference.smallest_detectable
    return [_signed(difference.estimate), interval, p, finding.decision, "" if seen is None else _small(seen)]


def _interval(difference: "statistics.Difference") -> str:
    if difference.low is None or difference.high is None:
        return ""
    return f"{_signed(difference.low)} {_signed(difference.high)}"


def _signed(value: float) -> str:
    """With its sign; three decimals where two would show little, as of nats."""
    return f"{value:+.3f}" if abs(value) < 1 else f"{value:+.2f}"


def _small(value: float) -> str:
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    if value == int(value) and abs(value) > 100:  # a count; 100 may be a percentage
        return f"{int(value):,}"
    return f"{value:,.3g}" if abs(value) < 1 else f"{value:,.2f}"
