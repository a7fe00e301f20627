"""Compares the rows of a grid with their bases, over the seeds of its records. Needs no torch.

Each metric that a grid compares its rows by is tested by itself, and every p value is multiplied by the number of those
metrics (Bonferroni). Within a metric, differences are corrected over all rows of the grid: by Dunnett's test where the
rows share a pooled deviation, by Holm's method where each row has that of its own pairs. So a grid whose rows differ in
nothing has any wrong finding with a chance of about 5%: up to 8% where rows share a deviation although theirs differ,
by the simulations in `repro.statistics.pooling`. Its trends are a family of their own, corrected by Holm.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from repro import statistics
from repro.ledger.comparing.comparability import is_timed, timed_apart, timed_on_several_machines, unlike
from repro.ledger.comparing.soundness import (
    at_one_end,
    constant_difference,
    least_error,
    least_error_of_mean,
    unmet,
    unsound,
    without_value,
)
from repro.ledger.grids.grid import Grid, Measure
from repro.ledger.grids.parameters import number_at
from repro.ledger.records.metric_values import metric_values
from repro.ledger.records.record import Record
from repro.metric_declaration import MetricDeclaration, declaration_of, declared_metrics

Records = Mapping[str, Mapping[int, Record]]
"""Row -> seed -> record, as `Plan.records` gives them."""


@dataclass(frozen=True)
class RowResult:
    """The measurements of one row, by one metric.

    Attributes:
        name, base: the row, and the one it is compared with; None for a base.
        values: seed -> the compared metric, where a record is done and has it.
        means: column -> mean over the same records; None where none has it.
        not_done: status -> how many of its records have it, other than done.
        difference: row minus base; None for a base.
        finding: corrected over the grid's rows and metrics; None for a base.
        open_because: why the finding is open whatever was measured; None if nothing stands against it.
        published: the paper's difference between the same rows, where it has one.
        lacking: how many of its records are done and have no such metric.
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
    lacking: int = 0


@dataclass(frozen=True)
class TrendResult:
    """Whether a metric rises or falls over rows in the order of a parameter.

    Attributes:
        parameter: its name.
        rows: those with runs, in order.
        numbers: the parameter's value in each of them.
        doubling: whether the slope is that of a doubling of the parameter; else of one unit.
        trend: the slope with its interval; None with fewer than three rows.
        p: corrected over the grid's trends and metrics; None where it could not be tested, as with too few seeds.
        open_because: why nothing may be said; None if something may.
    """

    parameter: str
    rows: tuple[str, ...]
    numbers: tuple[float, ...]
    doubling: bool
    trend: "statistics.Trend | None"
    p: float | None
    open_because: str | None


def pooled_deviation(records: Records, measure: Measure) -> "statistics.Pool | None":
    """The deviation that rows share; None where their deviations differ.

    Rows with runs that diverged, and rows that the metric does not judge, stand apart: their spread is not the others'.
    Times share none: a machine does not keep its speed, so only runs of one seed that follow each other are compared.
    """
    if is_timed((record for runs in records.values() for record in runs.values()), measure.metric):
        return None
    pooled = {
        row: metric_values(runs, measure.metric)
        for row, runs in records.items()
        if row not in measure.unjudged and not _diverged(runs)
    }
    return statistics.pool({row: values for row, values in pooled.items() if values})


def compare(grid: Grid, records: Records, measure: Measure | None = None) -> list[RowResult]:
    """Compare every row with its base by one metric.

    Of runs that diverged or missed the goal there is nothing to average, and the lucky ones alone would flatter their
    row: it stays open. So does one whose runs are no match for the base's, or that the metric does not judge.

    Args:
        grid: says metrics, directions and bases; of a part of a grid, only that part's rows are returned.
        records: of all of its rows.
        measure: which of the grid's metrics; None: the main one.
    """
    measure = grid.measures[0] if measure is None else measure
    values = {row.name: metric_values(records.get(row.name, {}), measure.metric) for row in grid.rows}
    bases = {row.name: row.base for row in grid.rows if row.base is not None}
    pairs = {name: (records.get(name, {}), records.get(base, {})) for name, base in bases.items()}
    problems = {
        name: measure.unjudged.get(name)
        or _problem(*pair, measure, _declared(grid, measure, name))
        or _unsound(grid, measure, name, *pair)
        for name, pair in pairs.items()
    }
    errors = {name: least_error(*pair, measure.metric) for name, pair in pairs.items()}
    pool = pooled_deviation(records, measure) if grid.spread == "pooled" else None
    if pool is None or not bases:
        differences, findings = _by_pairs(grid, measure, values, bases, errors)
    else:
        differences, findings = _pooled(grid, measure, values, bases, errors, pool)
    for name, problem in problems.items():
        problem = problems[name] = problem or constant_difference(
            differences[name], measure.metric, _declared(grid, measure, name)
        )
        if problem is not None:
            findings[name] = replace(findings[name], decision="inconclusive")
    for name, problem in problems.items():
        problems[name] = problem or _too_few_seeds(differences[name])
    published = grid.published if measure.metric == grid.metric else None
    results = []
    for row in grid.rows_of_part:
        runs = records.get(row.name, {})
        result = RowResult(
            name=row.name,
            base=row.base,
            values=values[row.name],
            means={column: _mean(runs, column) for column in grid.columns},
            not_done=_not_done([*runs.values()]),
            difference=differences.get(row.name),
            finding=findings.get(row.name),
            open_because=problems.get(row.name),
            published=None if published is None or row.base is None else published.difference(row.name, row.base),
            lacking=sum(record.status == "done" for record in runs.values()) - len(values[row.name]),
        )
        results.append(result)
    return results


def compare_trends(grid: Grid, records: Records, measure: Measure) -> list[TrendResult]:
    """Test each of the grid's trends by one metric: with the deviation that all rows share, or with each row's own.

    What stands against judging the rows stands against their trend, too. Of a part of a grid, those trends are returned
    whose rows with runs all belong to it.
    """
    pool = pooled_deviation(records, measure) if grid.spread == "pooled" else None
    configs = {row.name: row.config for row in grid.rows}
    results, enough = [], []
    for parameter, names in grid.trends.items():
        values = {name: metric_values(records.get(name, {}), measure.metric) for name in names}
        values = {name: of_row for name, of_row in values.items() if of_row}
        problem = _problem_of_trend(grid, measure, names, records)
        numbers = {name: number_at(configs[name], parameter) for name in values}
        doubling = all(number > 0 for number in numbers.values())
        scores = {name: math.log2(number) if doubling else number for name, number in numbers.items()}
        least = {name: least_error_of_mean(records[name], measure.metric) for name in values}
        trend = None if problem else statistics.trend(scores, values, pool, least_errors=least)
        results.append(TrendResult(parameter, tuple(values), tuple(numbers.values()), doubling, trend, None, problem))
        enough.append(trend is not None and all(len(of_row) >= statistics.LEAST_SEEDS for of_row in values.values()))
    if not results:
        return []
    tested = [
        result.trend.p_two_sided if result.trend is not None and has_enough else 1.0
        for result, has_enough in zip(results, enough, strict=True)
    ]
    shown = {row.name for row in grid.rows_of_part}
    return [
        replace(result, p=min(1.0, float(p) * len(grid.measures))) if has_enough else result
        for result, has_enough, p in zip(results, enough, statistics.holm(tested), strict=True)
        if shown.issuperset(result.rows)
    ]


Compared = tuple[dict[str, "statistics.Difference"], dict[str, "statistics.Finding"]]


def _by_pairs(
    grid: Grid,
    measure: Measure,
    values: Mapping[str, Mapping[int, float]],
    bases: Mapping[str, str],
    errors: Mapping[str, float],
) -> Compared:
    """Each row by its own pairs of runs, with Holm's correction."""
    family = {name: (values[name], values[base]) for name, base in bases.items()}
    alpha = 0.05 / (len(family) * len(grid.measures)) if family else 0.05
    differences = {
        name: statistics.difference(*pair, paired=True, alpha=alpha, least_error=errors.get(name, 0.0))
        for name, pair in family.items()
    }
    return differences, statistics.decide(_questions(measure, differences), metrics=len(grid.measures))


def _pooled(
    grid: Grid,
    measure: Measure,
    values: Mapping[str, Mapping[int, float]],
    bases: Mapping[str, str],
    errors: Mapping[str, float],
    pool: "statistics.Pool",
) -> Compared:
    """All rows by the deviation that they share, with Dunnett's correction.

    Cautiously, since five runs of a row show too seldom that it is noisier than the others.
    """
    alpha = 0.05 / len(grid.measures)
    # Rows that have not run are counted as if they had as many runs as the others.
    usual = max((len(of_row) for of_row in values.values()), default=1)
    sizes = {name: len(of_row) or usual for name, of_row in values.items()}
    critical = statistics.critical_value(bases, sizes, pool.df, alpha)
    differences = {
        name: statistics.pooled_difference(
            values[name], values[base], pool, critical=critical, cautious=True, least_error=errors[name]
        )
        for name, base in bases.items()
    }
    ts = {name: _t(difference) for name, difference in differences.items()}
    corrected = statistics.many_to_one(ts, bases, sizes, pool.df)
    questions = _questions(measure, differences)
    return differences, statistics.decide(questions, corrected=corrected, metrics=len(grid.measures))


def _questions(
    measure: Measure, differences: "Mapping[str, statistics.Difference]"
) -> "dict[str, statistics.Question]":
    return {
        name: statistics.Question(difference, measure.better, measure.margin)
        for name, difference in differences.items()
    }


def _t(difference: "statistics.Difference") -> float | None:
    if difference.estimate is None or not difference.standard_error:
        return None
    return difference.estimate / difference.standard_error


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
        [result.finding is not None and result.finding.decision == "same" for result in compared],
        same=same,
    )
    measured = [None if result.difference is None else result.difference.estimate for result in compared]
    return signs, statistics.rank_agreement(measured, [result.published for result in compared])


SAID = {"higher": "a higher {} is better", "lower": "a lower {} is better", None: "neither side of {} is better"}
"""Which side of a metric is better -> in words."""


def contradicted_direction(records: Iterable[Record], metric: str, better: str | None) -> str | None:
    """Why records must not be judged by a direction: they declare another one. None if they do not."""
    for record in records:
        declared = record.metrics.get(metric, {})
        if "better" in declared and declared["better"] != better:
            by_records, asked = (SAID[side].format(metric) for side in (declared["better"], better))
            return f"by these records, {by_records}; by the grid or claim, {asked}"
    return None


def _problem(
    row: Mapping[int, Record], base: Mapping[int, Record], measure: Measure, declared: MetricDeclaration | None
) -> str | None:
    """Why nothing can be said of a row beside its base, in a sentence; None if it can."""
    metric = measure.metric
    if _diverged(row) or _diverged(base):
        return "some runs diverged, so the remaining runs prove nothing"
    if without_value(row, metric) or without_value(base, metric):
        return f"{metric} has no value in some runs, so the remaining runs prove nothing"
    both = [*row.values(), *base.values()]
    return (
        contradicted_direction(both, metric, measure.better)
        or unlike(both, metric)
        or timed_apart(row, base, metric, declared)
    )


def _unsound(
    grid: Grid, measure: Measure, name: str, row: Mapping[int, Record], base: Mapping[int, Record]
) -> str | None:
    return unsound(name, row, base, measure.metric, _declared(grid, measure, name), grid.conditions)


def _declared(grid: Grid, measure: Measure, name: str) -> MetricDeclaration | None:
    config = next(grid_row.config for grid_row in grid.rows if grid_row.name == name)
    return declaration_of(declared_metrics(grid.function, config) or (), measure.metric)


def _problem_of_trend(grid: Grid, measure: Measure, names: Sequence[str], records: Records) -> str | None:
    """Why nothing can be said of a trend over rows, in a sentence; None if something can."""
    sides = {name: runs for name in names if metric_values(runs := records.get(name, {}), measure.metric)}
    unjudged = next((measure.unjudged[name] for name in names if name in measure.unjudged), None)
    if unjudged is not None:
        return unjudged
    if any(_diverged(records.get(name, {})) for name in names):
        return "runs diverged"
    if any(without_value(runs, measure.metric) for runs in sides.values()):
        return f"{measure.metric} has no value in some runs, so the remaining runs prove nothing"
    both = [record for runs in sides.values() for record in runs.values()]
    problem = contradicted_direction(both, measure.metric, measure.better) or unlike(both, measure.metric)
    declared = _declared(grid, measure, next(iter(sides), names[0]))
    if problem is None and timed_on_several_machines(both, measure.metric, declared):
        problem = f"{measure.metric} was measured on several machines"
    if problem is not None or not sides:
        return problem
    base = next((row.base for row in grid.rows if row.name in sides and row.base is not None), None)
    conditions = grid.conditions if base is not None else ()  # a part of a grid may lack its base, or be that alone
    problem = unmet(names, [*sides.values()], records.get(base or "", {}), declared, conditions)
    if problem is not None:
        return problem
    end = at_one_end([*sides.values()], measure.metric, declared)
    return None if end is None else f"cannot tell: all rows are at the {end} of {measure.metric}"


def _too_few_seeds(difference: "statistics.Difference") -> str | None:
    """Said last: what else stands against judging a row would stand against it with more seeds, too."""
    if difference.estimate is None or difference.n >= statistics.LEAST_SEEDS:
        return None
    seeds = "one seed decides" if difference.n == 1 else f"{difference.n} seeds decide"
    return f"{seeds} nothing: at least {statistics.LEAST_SEEDS} are needed, of the row and of its base"


def _diverged(records: Mapping[int, Record]) -> bool:
    return any(record.status == "diverged" for record in records.values())


def _mean(records: Mapping[int, Record], metric: str) -> float | None:
    values = metric_values(records, metric)
    return fmean(values.values()) if values else None


def _not_done(records: Sequence[Record]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for record in records:
        if record.status != "done":
            counts[record.status] = counts.get(record.status, 0) + 1
    return counts
