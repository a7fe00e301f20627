"""What one observation says of a claim after correction, and the sentence that says why."""

from dataclasses import dataclass

from reports.claims.claim import Claim, Question
from reports.verdicts.rules import MIN_ROWS, MIN_SEEDS, Measured, Observation, Outcome
from repro.ledger.records.metric_values import value_of
from repro.statistics import Judgement
from repro.statistics.statements import ALPHA_AGAINST

NEARLY = 0.05
"""Up to this p, a reader of the interval would take the opposite for shown, and is told why it is not."""


@dataclass(frozen=True)
class Answer:
    """Whether a claim holds at one scale.

    Attributes:
        outcome: "holds", "false" or "open".
        reason: in a sentence.
        p: the p value that stands for it; None where there is none.
    """

    outcome: Outcome
    reason: str
    p: float | None = None


def answer_of(claim: Claim, observation: Observation, judgement: Judgement | None, family: int) -> Answer:
    """The answer to the claim's question.

    Args:
        claim: with a test.
        observation: of its rule.
        judgement: corrected over the family; None for what is exact.
        family: how many claims were corrected together.
    """
    if observation.missing is not None:
        return Answer("open", observation.missing)
    if observation.unusable is not None:
        return Answer("open", observation.unusable)
    assert claim.test is not None
    if judgement is None:
        assert observation.outcome is not None
        return Answer(observation.outcome, _exact_sentence(observation))
    sentence = _sentence(observation)
    if judgement.ground == "too few":
        is_order = claim.test.rule == "order"
        needed = f"{MIN_ROWS} rows" if is_order else f"{MIN_SEEDS} seeds"
        had = "too few rows" if is_order else f"{len(observation.seeds)} seeds"
        return Answer("open", f"{sentence}; {had} decide nothing: at least {needed} are needed")
    if judgement.ground == "for":
        return Answer("holds", f"{sentence}; shown, {_p(judgement.p_for, family)}", judgement.p_for)
    if judgement.ground == "opposite":
        reason = f"{sentence}; {_opposite(claim.test.rule, observation)} is shown, {_p(judgement.p_opposite, family)}"
        return Answer("false", reason, judgement.p_opposite)
    if judgement.ground == "none":
        margin = observation.question.margin
        reason = f"{sentence}; shown to be smaller than {margin:g}, {_p(judgement.p_none, family)}"
        return Answer("false", reason, judgement.p_none)
    smallest = observation.smallest
    power = "" if smallest is None else f"; a true difference of {smallest:.3g} would have been found with 80% power"
    nor = ""
    if judgement.p_opposite is not None and judgement.p_opposite <= NEARLY:
        opposite = _opposite(claim.test.rule, observation)
        nor = f", nor is {opposite}: p {judgement.p_opposite:.2g}, and at most {ALPHA_AGAINST:g} is needed"
    return Answer("open", f"{sentence}; not shown, {_p(judgement.p_for, family)}{nor}{power}", judgement.p_for)


def _opposite(rule: str, observation: Observation) -> str:
    """What contradicts a claim, in words."""
    if observation.question.by:
        return "a smaller difference than stated"
    return "a difference beyond the margin" if rule in ("same", "value") else "the opposite"


def _sentence(observation: Observation) -> str:
    """The measurement in words."""
    question, measured = observation.question, observation.measured
    if measured is None or measured.value is None:
        return observation.note or "no run to compare"
    note = _note(observation)
    if measured.kind == "tau":
        return f"Kendall's tau-b {measured.value:+.2f}{note}"
    if measured.kind == "mean":
        return f"{question.name} {measured.value:.4g}{_interval(measured)} against {measured.base:.4g}{note}"
    other = question.base or _limit(question, question.below if question.above is None else question.above)
    difference = f"{measured.value:+.4g}{_interval(measured)}"
    least = f", stated: at least {question.by:g}" if question.by else ""
    return f"{question.name} of {question.row} minus {other}: {difference}{least}{note}"


def _exact_sentence(observation: Observation) -> str:
    """An exact measurement in words, with what is stated."""
    question, measured = observation.question, observation.measured
    assert measured is not None
    if measured.is_truth and measured.value is not None and question.expected is not None:
        stated = "as stated" if measured.value == question.expected else f"stated: {_truth(question.expected)}"
        return f"{question.name}: {_truth(measured.value)}, {stated}{_note(observation)}"
    if question.expected is not None:
        stated = f"{question.expected:,.7g}" + (f" ± {question.margin:,.4g}" if question.margin else "")
    else:
        side, limit = ("below", question.below) if question.below is not None else ("above", question.above)
        done = [stored.record for stored in observation.records if stored.record.status == "done"]
        other = value_of(done[0], limit) if isinstance(limit, str) and len(done) == 1 else None
        stated = f"{side} {_limit(question, limit)}" + ("" if other is None else f" ({other:.4g})")
    if measured.value is None:
        runs = measured.runs
        number = f"lies between {min(runs):,.7g} and {max(runs):,.7g} in {len(runs)} runs"
    else:
        number = f"is {measured.value:,.7g}{_interval(measured)}"
    return f"{question.name} {number}, stated: {stated}{_note(observation)}"


def _truth(value: float) -> str:
    return "yes" if value else "no"


def _limit(question: Question, limit: str | float | None) -> str:
    """A number, or what the other metric is called."""
    return question.name_of(limit) if isinstance(limit, str) else str(limit)


def _interval(measured: Measured) -> str:
    return "" if measured.low is None or measured.high is None else f" [{measured.low:.4g}, {measured.high:.4g}]"


def _note(observation: Observation) -> str:
    return f"; {observation.note}" if observation.note else ""


def _p(value: float | None, family: int) -> str:
    return f"p {'-' if value is None else f'{value:.2g}'} (Holm over {family})"
