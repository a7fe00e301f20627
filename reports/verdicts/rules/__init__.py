"""The rules by which a claim is tested at one scale: from records to numbers and uncorrected p values.

better, worse, higher, lower
               row against base, a one-sided t test in the stated direction. Where the grid says so and its rows vary
               alike, the deviation is the one that all of them share; else that of pairs of runs of one seed. Where
               runs diverged or missed the goal whose time is compared, pairs are compared by sign, and such a run is
               worse than any other; by a metric that says nothing of quality they cannot be compared.
same           row against base, two one-sided t tests within the margin, with the same deviation.
value          the mean over seeds against the published number, two one-sided t tests within the margin; only where
               metric definition, corpus and test set are those of the paper.
limit          the mean over seeds above (below) a number, or another metric of the same runs, paired: a one-sided t
               test.
order          Kendall's tau-b of the rows' means against the published column, one-sided.
exact          no seed changes it: the measurement and its interval lie within the margin of what is expected, or
               below (above) another measurement and its interval. Belongs to no family.

A claim about data sets together (`corpora.py`) is judged by one of these on each of them, and then holds on at least so
many, or cannot any more.

All but `exact` take at least MIN_SEEDS pairs of runs (`order`: MIN_ROWS rows); fewer leave the claim open. What
follows from the p values, corrected over the claim's family, is `repro.statistics.judge`'s to say.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from reports.claims.claim import Claim, Question
from reports.verdicts.records import Records
from reports.verdicts.rules.comparison import compared
from reports.verdicts.rules.corpora import together
from reports.verdicts.rules.exact import exact
from reports.verdicts.rules.limit import limit
from reports.verdicts.rules.observation import (
    MIN_ROWS,
    MIN_SEEDS,
    TRUTH,
    Case,
    Measured,
    Observation,
    Outcome,
    records_of_runs,
)
from reports.verdicts.rules.order import order
from reports.verdicts.rules.value import value
from repro.ledger.comparing.comparability import is_timed, timed_apart, unlike
from repro.ledger.comparing.comparison import contradicted_direction
from repro.statistics import PValues

__all__ = ["MIN_ROWS", "MIN_SEEDS", "RULES", "TRUTH", "Measured", "Observation", "Outcome", "observe", "together"]

RULES: Mapping[str, Callable[[Case, Observation], Observation]] = {
    "better": compared,
    "worse": compared,
    "higher": compared,
    "lower": compared,
    "same": compared,
    "value": value,
    "limit": limit,
    "order": order,
    "exact": exact,
}
"""Rule -> what completes an observation that has its records and nothing else."""


def observe(claim: Claim, question: Question, records: Records, alpha: float) -> Observation:
    """Apply the claim's rule to the records of one scale.

    Args:
        claim: with a test.
        question: what is asked at the scale.
        records: all of them.
        alpha: the level at which one claim of the family is tested, for the smallest effect.
    """
    case = Case(claim, question, records, alpha)
    stored = tuple(run for row in question.sides for _, run in sorted(case.rows[row].items()))
    not_done: Counter[str] = Counter(run.record.status for run in stored if run.record.status != "done")
    observation = Observation(question, not_done=not_done, records=stored)
    reason = _missing(case)
    if reason is not None:
        return replace(observation, tested=_untested(case), missing=reason)
    reason = _incomparable(case, observation)
    if reason is not None:
        return replace(observation, tested=_untested(case), unusable=reason)
    return RULES[case.rule](case, observation)


def _missing(case: Case) -> str | None:
    """Why there is nothing to judge: a row without records, or for an order of rows all of them."""
    question = case.question
    missing = [row for row in question.sides if not case.rows[row]]
    if not missing or (case.rule == "order" and len(missing) < len(question.sides)):
        return None
    where = f"of the grid {question.grid} at the scale {question.scale}"
    foreign = case.records.foreign_to(question.scale, question.grid)
    also = f"; {foreign} records of that name are quick tests or have other settings" if foreign else ""
    return f"no record {where} has the row {missing[0]} yet{also}"


def _incomparable(case: Case, observation: Observation) -> str | None:
    """Why these records cannot be held beside each other, or against the claim."""
    question = case.question
    records = [run.record for run in observation.records]
    reason = contradicted_direction(records, question.metric, question.better)
    limits = [limit for limit in (question.above, question.below) if isinstance(limit, str)]
    for metric in (question.metric, *limits):
        reason = reason or unlike(records, metric)
    if reason is None and question.base is not None:
        sides = (records_of_runs(case.row), records_of_runs(case.base))
        reason = timed_apart(*sides, question.metric, question.declared)
    if reason is None and not question.alone and is_timed(records, question.metric):
        reason = f"{question.metric} depends on what else ran on the machine, and these cells did not run alone"
    return None if reason is None else question.named(reason)


def _untested(case: Case) -> PValues | None:
    """What could not be tested still counts in its family; what is exact has none."""
    return None if case.rule == "exact" else PValues()
