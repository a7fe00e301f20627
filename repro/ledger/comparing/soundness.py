"""Whether values may be judged at all: the assumptions that a test over seeds makes and cannot check.

- A metric at the end of its range says nothing. Row and base that both stand at 0% or both at 100% are not "the same".
- A spread over seeds is never smaller than the sampling error over test lines, where a metric is a share of lines.
- Without any spread nothing is known of the error. Counts, which no seed changes, need none.
- Scores of the first lines of a test set, as in a trial run, say nothing about the whole set.
- A base that has learnt nothing is no base: its grid states what it must reach.

A base that has learnt beside a row at the end of the range is a difference, and is judged.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

from repro import statistics
from repro.ledger.grids.condition import Condition
from repro.ledger.records.metric_values import metric_values, value_of
from repro.ledger.records.record import Record
from repro.metric_declaration import MetricDeclaration

Runs = Mapping[int, Record]
"""Seed -> record of a row."""


def unsound(
    row: str,
    runs: Runs,
    base: Runs,
    metric: str,
    declared: MetricDeclaration | None,
    conditions: Sequence[Condition],
    *,
    learner: Runs | None = None,
) -> str | None:
    """Why nothing may be said of a row beside its base, in a sentence; None if something may.

    Args:
        row: its name.
        runs, base: the row's records and its base's.
        metric: by which they are compared.
        declared: what is declared of it; None: nothing.
        conditions: of the grid; they bear on what needs learning alone.
        learner: the records that conditions ask about; the base's, if left out.
    """
    problem = unmet([row], [runs, base], base if learner is None else learner, declared, conditions)
    if problem is not None:
        return problem
    values = [metric_values(side, metric) for side in (runs, base)]
    if not all(values):
        return None  # nothing to compare
    end = at_one_end([runs, base], metric, declared)
    if end is not None:
        return f"cannot tell: row and base are both at the {end} of {metric}"
    exact = declared is not None and declared.exact
    several = any(len(side) > 1 for side in values)  # one run a row is too few for another reason
    if several and not exact and not any(map(_has_spread, values)) and least_error(runs, base, metric) == 0:
        return f"cannot tell: {metric} does not vary over seeds, so its error is unknown"
    return None


def unmet(
    rows: Sequence[str],
    sides: Sequence[Runs],
    learner: Runs,
    declared: MetricDeclaration | None,
    conditions: Sequence[Condition],
) -> str | None:
    """Why nothing may be said of rows, whatever their values are, in a sentence; None if something may.

    Args:
        rows: their names.
        sides: the records of each of them, and of what they are compared with.
        learner: the records that conditions ask about.
        declared: what is declared of the metric; None: nothing.
        conditions: of the grid.
    """
    trials = [lines for runs in sides for record in runs.values() if (lines := lines_translated(record)) is not None]
    if trials:
        return f"cannot tell: in a trial run, only the first {min(trials)} lines were translated"
    for condition in conditions if declared is not None and declared.of_learning else ():
        if not condition.rows or set(condition.rows) & set(rows):
            problem = _problem_with(condition, learner)
            if problem is not None:
                return problem
    return None


def at_one_end(sides: Sequence[Runs], metric: str, declared: MetricDeclaration | None) -> str | None:
    """ "floor" or "ceiling" where the values of all sides stand there, to within a run's sampling error; else None."""
    values = [metric_values(side, metric) for side in sides]
    if not all(values):
        return None  # a side has nothing to look at
    return _same_end(values, [_mean_sampling_error(side, metric) for side in sides], declared)


def constant_difference(
    difference: "statistics.Difference", metric: str, declared: MetricDeclaration | None
) -> str | None:
    """Why a difference that is the same in every pair of runs may not be judged, in a sentence; None if it may.

    Metrics in coarse steps have such differences by chance. Pairs that are equal in everything are no such case: what
    differs between them has no effect.
    """
    if difference.n < 2 or difference.standard_error != 0 or not difference.estimate:
        return None
    if declared is not None and declared.exact:
        return None
    return f"cannot tell: the difference in {metric} does not vary over seeds, so its error is unknown"


def without_value(runs: Runs, metric: str) -> int:
    """How many runs are done and say that the metric has no value, as for a search that found nothing."""
    found = [record.metrics[metric] for record in runs.values() if record.status == "done" and metric in record.metrics]
    return sum(measured["value"] is None for measured in found)


def least_error(row: Runs, base: Runs, metric: str) -> float:
    """The standard error of a difference of means over seeds that test lines alone would give; 0: not known."""
    return math.hypot(least_error_of_mean(row, metric), least_error_of_mean(base, metric))


def least_error_of_mean(runs: Runs, metric: str) -> float:
    """The standard error of a mean over seeds that sampling test lines alone would give; 0: not known."""
    error, values = _mean_sampling_error(runs, metric), metric_values(runs, metric)
    return error / math.sqrt(len(values)) if error is not None and values else 0.0


def sampling_error(record: Record, metric: str) -> float | None:
    """The standard error of a share of test lines, in the metric's unit; None of what is no share, or of unknown lines.

    The share is drawn towards a half, as by two lines more of either kind (Agresti and Coull 1998): 0 of 500 lines is
    no proof of 0%.
    """
    measured = record.metrics.get(metric, {})
    details = measured.get("details") or {}
    lines = details.get("lines", details.get("sentences"))  # a share of trees counts sentences
    correct = details.get("correct", details.get("count"))
    if isinstance(lines, int) and isinstance(correct, int) and 0 <= correct <= lines > 0:
        share = (correct + 2) / (lines + 4)
        return 100 * math.sqrt(share * (1 - share) / (lines + 4))
    value = value_of(record, metric)
    if not isinstance(lines, int):
        lines = value_of(record, "data.test")
    if measured.get("unit") in ("share", "accuracy") and lines and value is not None and 0 <= value <= 1:
        share = (value * lines + 2) / (lines + 4)
        return math.sqrt(share * (1 - share) / (lines + 4))
    return None


def lines_translated(record: Record) -> int | None:
    """How many lines of each split were translated, where it is not all of them."""
    decoding = record.config.get("decoding")
    return decoding.get("lines") if isinstance(decoding, Mapping) else None


def _problem_with(condition: Condition, learner: Runs) -> str | None:
    measured = metric_values(learner, condition.metric)
    limit = condition.below if condition.above is None else condition.above
    limits = metric_values(learner, limit) if isinstance(limit, str) else {0: float(limit or 0.0)}
    if not measured or not limits:
        return None  # records of before it was measured: nothing can be asked of them
    value, bound = fmean(measured.values()), fmean(limits.values())
    met = value < bound if condition.above is None else value > bound
    side = "below" if condition.above is None else "above"
    named = f"{limit} ({bound:.4g})" if isinstance(limit, str) else f"{bound:.4g}"
    return None if met else f"cannot tell: {condition.otherwise} ({condition.metric} {value:.4g}, not {side} {named})"


def _same_end(
    sides: Sequence[Mapping[int, float]], errors: Sequence[float | None], declared: MetricDeclaration | None
) -> str | None:
    """ "floor" or "ceiling" where both sides stand there, to within the sampling error of a run; else None."""
    if declared is None:
        return None
    for name, bound in (("floor", declared.low), ("ceiling", declared.high)):
        if bound is not None and all(
            abs(fmean(side.values()) - bound) <= (error or 0.0) for side, error in zip(sides, errors, strict=True)
        ):
            return name
    return None


def _mean_sampling_error(runs: Runs, metric: str) -> float | None:
    errors = [sampling_error(record, metric) for record in runs.values() if record.status == "done"]
    known = [error for error in errors if error is not None]
    return fmean(known) if known else None


def _has_spread(values: Mapping[int, float]) -> bool:
    return max(values.values()) - min(values.values()) > 1e-12 * max(map(abs, values.values()))
