"""The rule order: the rows of a grid in the order of a published column."""

from dataclasses import replace
from statistics import fmean

from reports.verdicts.rules.observation import MIN_ROWS, Case, Measured, Observation, values_of
from repro import statistics
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
    return observation.unless_diverged()
