"""The rule exact: what every run says alone. A measurement that a seed may change needs as many runs as any other."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from reports.claims.claim import Question
from reports.verdicts.records import StoredRecord
from reports.verdicts.rules.observation import MIN_SEEDS, Case, Measured, Observation, Outcome, unlearnt
from repro.ledger.records.metric_values import value_of

ROUNDING = 1e-9
"""Relative: what arithmetic with decimals may add to an exact number."""


def exact(case: Case, observation: Observation) -> Observation:
    """What every run says alone; runs that disagree, diverged or have no value leave the claim open.

    So do fewer than five runs, unless one decides, or each has an interval of its own, and a metric that needs
    learning, where the runs are of a base that has learnt too little.
    """
    question = case.question
    done = {seed: run for seed, run in sorted(case.row.items()) if run.record.status == "done"}
    having = {seed: run for seed, run in done.items() if question.metric in run.record.metrics}
    if not having:
        reason = f"no finished run has the metric {question.name}" if done else "no run is finished"
        return replace(observation, unusable=reason)
    outcomes: list[Outcome] = []
    values: list[float] = []
    intervals: list[tuple[float, float]] = []
    reasons: list[str] = []
    measured: Measured | None = None
    for run in having.values():
        metric = run.record.metrics[question.metric]
        reason = metric.get("details", {}).get("reason")
        reasons += [str(reason)] if reason else []
        if question.metric == "agrees":
            reasons += _measured_laws(run)
        interval = _interval(metric)
        if interval is None:
            continue
        if measured is None:
            low, high = metric.get("interval") or (None, None)
            measured = Measured("value", float(metric["value"]), low, high, metric["unit"], metric["definition"])
        outcomes.append(_outcome(question, interval, run))
        values.append(float(metric["value"]))
        intervals.append(interval)
    if measured is not None and max(values) - min(values) > ROUNDING * max(map(abs, values)):
        spanned = None if measured.low is None else min(low for low, _ in intervals)
        measured = replace(
            measured,
            value=None,
            low=spanned,
            high=None if spanned is None else max(high for _, high in intervals),
            runs=tuple(values),
        )
    note = "; ".join(dict.fromkeys(reasons)) or None
    observation = replace(observation, measured=measured, seeds=tuple(having), note=note)
    if measured is None:
        return replace(observation, unusable=f"{question.name} has no value")
    without = sum(value_of(run.record, question.metric) is None for run in done.values())
    without += observation.not_done.get("diverged", 0)
    if without:
        reason = f"{without} of {len(case.row)} runs diverged or have no value of {question.name}"
        return replace(observation, unusable=reason)
    if measured.low is None and not question.one_run_decides and len(having) < MIN_SEEDS:
        seeds = "1 seed decides" if len(having) == 1 else f"{len(having)} seeds decide"
        reason = f"{seeds} nothing: {question.name} changes with the seed, and at least {MIN_SEEDS} are needed"
        return replace(observation, unusable=reason)
    lacking = unlearnt(question, having)
    if lacking is not None:
        return replace(observation, unusable=lacking)
    if len(set(outcomes)) > 1:
        reason = f"{question.name}: {outcomes.count('holds')} of {len(outcomes)} runs are as stated"
        if measured.runs and not measured.is_truth:
            reason += f"; from {min(values):,.7g} to {max(values):,.7g} over {len(values)} runs"
        return replace(observation, unusable="; ".join(filter(None, [reason, note])))
    return replace(observation, outcome=outcomes[0])


def _measured_laws(run: StoredRecord) -> list[str]:
    """The laws that a measurement which judges itself has found."""
    table = run.record.details.get("table")
    lines = table if isinstance(table, list) else []
    return [f"measured: {line['measured']}" for line in lines if isinstance(line, dict) and "measured" in line]


def _interval(metric: Mapping[str, Any]) -> tuple[float, float] | None:
    """A metric's interval, or its value twice where it is exact; None without a value."""
    if metric["value"] is None:
        return None
    low, high = metric.get("interval") or (metric["value"], metric["value"])
    return float(low), float(high)


def _outcome(question: Question, interval: tuple[float, float], run: StoredRecord) -> Outcome:
    """Where one run's interval lies: within the margin of what is expected, or beyond the limit."""
    low, high = interval
    if question.expected is not None:
        margin = (question.margin or 0.0) + ROUNDING * abs(question.expected)
        if question.expected - margin <= low and high <= question.expected + margin:
            return "holds"
        return "false" if high < question.expected - margin or low > question.expected + margin else "open"
    limit = question.below if question.below is not None else question.above
    if isinstance(limit, str):
        other = run.record.metrics.get(limit)
        ends = None if other is None else _interval(other)
    else:
        ends = (limit, limit) if isinstance(limit, int | float) else None
    if ends is None:
        return "open"
    is_smaller, is_larger = high < ends[0], low > ends[1]
    if not is_smaller and not is_larger:
        return "open"
    return "holds" if is_smaller == (question.below is not None) else "false"
