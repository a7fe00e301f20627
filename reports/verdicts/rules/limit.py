"""The rule limit: a mean over seeds above or below a number, or another metric of the same runs."""

import math
from dataclasses import replace
from statistics import fmean
from typing import Literal

from reports.verdicts.rules.observation import (
    MIN_SEEDS,
    Case,
    Measured,
    Observation,
    directed,
    records_of_runs,
    unit_and_definition,
    unlearnt,
    values_of,
)
from repro import statistics
from repro.ledger.comparing.soundness import least_error_of_mean
from repro.statistics import PValues


def limit(case: Case, observation: Observation) -> Observation:
    """The metric minus the limit, paired by run, tested on the stated side."""
    question = case.question
    limit = question.below if question.above is None else question.above
    assert limit is not None
    ours = values_of(case.row, question.metric)
    theirs = values_of(case.row, limit) if isinstance(limit, str) else dict.fromkeys(ours, float(limit))
    if not ours.keys() & theirs.keys():
        return observation.open_because(f"no finished run has a value of {question.name} to compare")
    stated: Literal["higher", "lower"] = "lower" if question.above is None else "higher"
    runs = records_of_runs(case.row)
    of_limit = least_error_of_mean(runs, limit) if isinstance(limit, str) else 0.0
    least = math.hypot(least_error_of_mean(runs, question.metric), of_limit)
    difference = statistics.difference(ours, theirs, paired=True, **directed(stated, case.alpha, least))
    seeds = tuple(sorted(ours.keys() & theirs.keys()))
    unit, definition = unit_and_definition(observation.records, question.metric)
    own, its = (fmean(side[seed] for seed in seeds) for side in (ours, theirs))
    if isinstance(limit, str):
        measured = Measured(
            "difference", difference.estimate, difference.low, difference.high, unit, definition, own, its
        )
    else:
        low, high = (None if end is None else limit + end for end in (difference.low, difference.high))
        measured = Measured("mean", own, low, high, unit, definition, own, its)
    is_enough = len(seeds) >= MIN_SEEDS
    tested = statistics.stated_direction(difference, stated, question.margin or None) if is_enough else PValues()
    observation = replace(
        observation, measured=measured, tested=tested, seeds=seeds, smallest=difference.smallest_detectable
    )
    reason = unlearnt(question, case.row)
    if reason is not None:
        return observation.open_because(reason)
    observation = observation.unless_without_spread(difference)
    metrics = [question.metric, limit] if isinstance(limit, str) else [question.metric]
    return observation.unless_without_value(case.row, *metrics).unless_diverged()
