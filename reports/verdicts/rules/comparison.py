"""The rules better, worse, higher, lower and same: a row against its base."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Literal

from reports.verdicts.lost_runs import fate, lost_pairs, lost_without_partner, signs_of
from reports.verdicts.rules.observation import (
    MIN_SEEDS,
    Case,
    Measured,
    Observation,
    directed,
    records_of_runs,
    unit_and_definition,
    values_of,
)
from repro import statistics
from repro.ledger.comparing.comparison import pooled_deviation
from repro.ledger.comparing.soundness import constant_difference, least_error, unsound
from repro.ledger.grids.grid import Measure
from repro.statistics import Difference, Pool, PValues


def compared(case: Case, observation: Observation) -> Observation:
    """Row minus base, tested in the stated direction or within the margin."""
    question = case.question
    for row in question.sides:
        if row in question.unjudged:
            return observation.open_because(f"{question.name} does not judge {row}: {question.unjudged[row]}")
    ours, theirs = values_of(case.row, question.metric), values_of(case.base, question.metric)
    runs, of_base = records_of_runs(case.row), records_of_runs(case.base)
    stated = _stated_side(case.rule, question.better)
    options = directed(stated, case.alpha, least_error(runs, of_base, question.metric))
    pool = _pool(case)
    try:
        if pool is None:
            difference = statistics.difference(ours, theirs, paired=True, **options)
        else:
            difference = statistics.pooled_difference(ours, theirs, pool, cautious=True, **options)
    except ValueError as error:
        return observation.open_because(str(error))
    # Without pairs all runs count, and as many seeds as the side has that has fewer.
    seeds = tuple(sorted(ours.keys() & theirs.keys() if difference.paired else min(ours, theirs, key=len)))
    observation = replace(observation, measured=_measured(difference, ours, theirs, seeds, observation), seeds=seeds)
    alone = lost_without_partner(case.row, case.base, question.metric)
    if alone:
        return observation.open_because(f"{alone} runs whose seed the other side does not have {fate(question.metric)}")
    learner = runs if question.conditional_on == question.row else of_base
    reason = unsound(
        question.row, runs, of_base, question.metric, question.declared, question.conditions, learner=learner
    )
    if reason is not None:
        return observation.open_because(question.named(reason))
    if lost_pairs(case.row, case.base, question.metric):
        return _compared_by_sign(case, observation, stated)
    reason = constant_difference(difference, question.metric, question.declared)
    if reason is not None:
        return observation.open_because(question.named(reason))
    for side in (case.row, case.base):
        without = observation.unless_without_value(side, question.metric)
        if without.unusable is not None:
            return without
    # Power is that of finding a difference, which a test of sameness does not look for.
    observation = replace(
        observation, smallest=None if stated is None or question.by else difference.smallest_detectable
    )
    if len(seeds) < MIN_SEEDS:
        return replace(observation, tested=PValues())
    if stated is None:
        assert question.margin is not None
        return replace(observation, tested=statistics.stated_sameness(difference, question.margin))
    beyond = _beyond(difference, stated, question.by)
    return replace(observation, tested=statistics.stated_direction(beyond, stated, question.margin or None))


def _beyond(difference: Difference, stated: Literal["higher", "lower"], by: float) -> Difference:
    """The difference from where the stated side begins: `by` from the base."""
    if difference.estimate is None or not by:
        return difference
    return replace(difference, estimate=difference.estimate + (-by if stated == "higher" else by))


def _compared_by_sign(case: Case, observation: Observation, stated: Literal["higher", "lower"] | None) -> Observation:
    """Pairs in which a run is lost: it is worse than any other, by a metric that measures quality."""
    question = case.question
    lost = lost_pairs(case.row, case.base, question.metric)
    if question.by:
        return observation.open_because(
            f"{len(lost)} pairs have a run that {fate(question.metric)}, so no size is known"
        )
    if stated is None or not question.quality:
        return observation.open_because(f"{len(lost)} pairs have a run that {fate(question.metric)}")
    assert question.better is not None  # of what measures quality one direction is better
    signs = signs_of(case.row, case.base, question.metric, stated, question.better)
    toward = f"{[*signs.values()].count(1)} of {len(signs)} pairs are as stated"
    note = f"compared by sign, since runs {fate(question.metric)}: {toward}"
    tested = statistics.stated_signs([*signs.values()]) if len(signs) >= MIN_SEEDS else PValues()
    return replace(observation, tested=tested, seeds=tuple(signs), note=note)


def _pool(case: Case) -> Pool | None:
    """The deviation that the rows of the grid share; None where each row has that of its own pairs."""
    question = case.question
    rows = {row: case.records.of(question.scale, question.grid, row) for row in question.sharing}
    records = {row: records_of_runs(runs) for row, runs in rows.items()}
    return pooled_deviation(records, Measure(question.metric, question.better, unjudged=question.unjudged))


def _stated_side(rule: str, better: str | None) -> Literal["higher", "lower"] | None:
    if rule == "same":
        return None
    if rule in ("higher", "lower"):
        return "higher" if rule == "higher" else "lower"
    return "higher" if (rule == "better") == (better == "higher") else "lower"


def _measured(
    difference: Difference,
    ours: Mapping[int, float],
    theirs: Mapping[int, float],
    seeds: Sequence[int],
    observation: Observation,
) -> Measured:
    unit, definition = unit_and_definition(observation.records, observation.question.metric)
    pairs = seeds if difference.paired else None
    means = [fmean(side[seed] for seed in (pairs or side)) if seeds else None for side in (ours, theirs)]
    return Measured(
        "difference", difference.estimate, difference.low, difference.high, unit, definition, means[0], means[1]
    )
