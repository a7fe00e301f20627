"""The rule order: the rows of a grid in the order of a published column."""

from dataclasses import replace
from statistics import fmean

from reports.verdicts.rules.observation import MIN_ROWS, Case, Measured, Observation, records_of_runs, values_of
from repro import statistics
from repro.ledger.comparing.soundness import at_one_end, unmet
from repro.statistics import PValues


def order(case: Case, observation: Observation) -> Observation:
    """Kendall's tau-b of the rows' means and the published values."""
    question = case.question
    assert question.published is not None
    means: dict[str, float | None] = {}
    seeds: set[int] = set()
    for row in question.rows:
        values = values_of(case.rows[row], question.metric)
        means[row] = fmean(values.values()) if values else None
        seeds |= values.keys()
    published = [question.published[row] for row in question.rows]
    agreement = statistics.rank_agreement([means[row] for row in question.rows], published)
    measured = Measured("tau", agreement.tau, unit="Kendall's tau-b", definition=f"over {agreement.n} rows' means")
    tested = statistics.stated_order(agreement) if agreement.n >= MIN_ROWS else PValues()
    observation = replace(
        observation, measured=measured, tested=tested, seeds=tuple(sorted(seeds)), note=f"{agreement.n} rows"
    )
    reason = _unsound(case)
    if reason is not None:
        return observation.open_because(question.named(reason))
    for row in question.rows:
        observation = observation.unless_without_value(case.rows[row], question.metric)
    return observation.unless_diverged()


def _unsound(case: Case) -> str | None:
    """Why no order of these rows says anything, in a sentence; conditions of single rows leave the others' order."""
    question = case.question
    sides = {row: runs for row in question.rows if (runs := records_of_runs(case.rows[row]))}
    learner = sides.get(question.conditional_on or "", {})
    of_all = [condition for condition in question.conditions if not condition.rows]
    if of_all and question.conditional_on is not None and not learner:
        return f"cannot tell: {question.conditional_on} has not run, which must have learnt enough"
    problem = unmet([*sides], [*sides.values()], learner, question.declared, of_all)
    if problem is not None:
        return problem
    end = at_one_end([*sides.values()], question.metric, question.declared)
    return None if end is None else f"cannot tell: all rows are at the {end} of {question.metric}"
