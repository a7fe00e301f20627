"""The rule value: a mean over seeds against a published number of the same metric, corpus and test set."""

from collections.abc import Iterable
from dataclasses import replace
from statistics import fmean

from reports.claims.claim import Published
from reports.verdicts.records import StoredRecord
from reports.verdicts.rules.observation import (
    LEVEL,
    MIN_SEEDS,
    Case,
    Measured,
    Observation,
    records_of_runs,
    unit_and_definition,
    values_of,
)
from repro import statistics
from repro.ledger.comparing.soundness import least_error_of_mean
from repro.statistics import PValues


def value(case: Case, observation: Observation) -> Observation:
    """The mean minus the published number, tested within the margin."""
    question = case.question
    assert question.expected is not None
    assert question.margin is not None
    values = values_of(case.row, question.metric)
    unit, definition = unit_and_definition(observation.records, question.metric)
    reason = _another_measurement(case.row.values(), question.metric, case.claim.published)
    if not values or reason is not None:
        return observation.open_because(reason or "no run is finished")
    try:
        expected = dict.fromkeys(values, question.expected)
        least = least_error_of_mean(records_of_runs(case.row), question.metric)
        difference = statistics.difference(values, expected, paired=True, level=LEVEL, least_error=least)
    except ValueError as error:
        return observation.open_because(str(error))
    low, high = (None if end is None else question.expected + end for end in (difference.low, difference.high))
    if len(values) == 1:  # the interval over sentences, which says nothing of other seeds
        only = case.row[next(iter(values))].record.metrics[question.metric].get("interval")
        low, high = only or (None, None)
    mean = fmean(values.values())
    measured = Measured("mean", mean, low, high, unit, definition, row=mean, base=question.expected)
    tested = statistics.stated_sameness(difference, question.margin) if len(values) >= MIN_SEEDS else PValues()
    observation = replace(observation, measured=measured, tested=tested, seeds=tuple(sorted(values)))
    observation = observation.unless_without_spread(difference)
    return observation.unless_without_value(case.row, question.metric).unless_diverged()


def _another_measurement(runs: Iterable[StoredRecord], metric: str, published: Published | None) -> str | None:
    """Why a published number must not be set beside these records; None if it may."""
    if published is None:
        return "no number is published"
    for run in runs:
        if run.record.status != "done" or metric not in run.record.metrics:
            continue
        corpus = run.record.data.get("corpus")
        if corpus != published.corpus:
            return f"measured on {corpus}, published for {published.corpus}: another test"
        lines = run.record.metrics[metric].get("details", {}).get("lines")
        if published.lines is not None and lines != published.lines:
            return f"measured on {lines} lines, published for {published.lines:,}: another test set"
    return None
