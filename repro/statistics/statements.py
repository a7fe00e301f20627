"""The rule by which stated claims are said to hold or not: one-sided tests, corrected over a family.

`decide` asks on which side a row lies. Here somebody has said it before: "A is better than B", "A is the same as B",
"the mean is 27.3", "the rows come in this order". Three questions are asked of each statement:

- for: is what was stated shown? For a direction a one-sided test of the stated side, for sameness two one-sided tests
  within a margin, for an order Kendall's tau-b above 0.
- opposite: is the opposite shown? For a direction the same test of the other side, for sameness a one-sided test
  that the difference exceeds the margin, for an order tau-b below 0.
- none: for a direction with a margin, is the difference shown to be smaller than the margin, either way?

Statements that are looked at together are a family, and Holm's correction is applied to each question over the whole
of it; what could not be tested counts as p = 1 and stays in. A statement holds where "for" is at most ALPHA_FOR; if
it does not, it is false where "opposite" or "none" is at most ALPHA_AGAINST; else it is open. The two levels add up
to 0.05, so that a family in which nothing differs has a wrong directional finding, of either kind, with a chance of at
most 5%. To contradict takes more than to confirm: that is why they are not equal.

Runs that diverged have no value, and leaving them out would compare the lucky ones only. Where there are any, pairs of
runs are compared by sign instead (Dixon and Mood 1946): a diverged run is worse than one that is not.

How often a row that differs is found, if rows and base vary alike and independently from run to run (the difference
in deviations of a single run, one statement a family; tests/statistics/test_statements.py checks it):

    seeds    1 sd    2 sd    3 sd
        5     32%     78%     97%
        8     51%     96%    100%
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from scipy import special

from repro.statistics.agreement import RankAgreement
from repro.statistics.differences import Difference, Direction, p_above
from repro.statistics.equivalence import two_one_sided_tests
from repro.statistics.families import holm_with_untested

ALPHA_FOR = 0.04
"""The level, over a family, at which a statement is said to hold."""
ALPHA_AGAINST = 0.01
"""The level, over a family, at which it is said to be false."""

Answer = Literal["holds", "false", "open"]
Ground = Literal["for", "opposite", "none", "open", "too few"]


@dataclass(frozen=True)
class PValues:
    """One statement's p values before correction; None where the question cannot be asked.

    Attributes:
        p_for: of what was stated.
        p_opposite: of its opposite.
        p_none: of a difference smaller than the margin.
    """

    p_for: float | None = None
    p_opposite: float | None = None
    p_none: float | None = None


@dataclass(frozen=True)
class Judgement:
    """The judgement of one statement.

    Attributes:
        answer: whether it holds.
        ground: which question decided, or why none did.
        p_for, p_opposite, p_none: corrected over the family; None where the question could not be asked.
    """

    answer: Answer
    ground: Ground
    p_for: float | None
    p_opposite: float | None
    p_none: float | None


UNTESTED = PValues()
"""A statement with too few runs: it counts in its family, and stays open."""


def stated_direction(difference: Difference, stated: Direction, margin: float | None = None) -> PValues:
    """Test "the row lies on that side of the base".

    Args:
        difference: row minus base.
        stated: the side.
        margin: above 0; differences smaller than this count as none. None: that is not asked.
    """
    estimate, error, df = difference.estimate, difference.standard_error, difference.df
    if estimate is None or error is None or df is None:
        return UNTESTED
    signed = estimate if stated == "higher" else -estimate
    none = None if margin is None else two_one_sided_tests(difference, margin).p_value
    return PValues(p_above(signed, error, df), p_above(-signed, error, df), none)


def stated_sameness(difference: Difference, margin: float) -> PValues:
    """Test "row and base are the same within the margin", by two one-sided tests.

    The opposite is that the difference exceeds the margin, on the side on which it was seen; its p value is doubled,
    since the side was not stated before.
    """
    estimate, error, df = difference.estimate, difference.standard_error, difference.df
    if estimate is None or error is None or df is None:
        return UNTESTED
    beyond = min(1.0, 2 * p_above(abs(estimate) - margin, error, df))
    return PValues(two_one_sided_tests(difference, margin).p_value, beyond)


def stated_order(agreement: RankAgreement) -> PValues:
    """Test "the rows come in the stated order": Kendall's tau-b above 0."""
    if agreement.tau is None or agreement.p_value is None:
        return UNTESTED
    one_sided = agreement.p_value / 2
    return PValues(*((one_sided, 1 - one_sided) if agreement.tau > 0 else (1 - one_sided, one_sided)))


def stated_signs(signs: Sequence[int]) -> PValues:
    """Test "the row lies on the stated side" by the signs of pairs: 1 for, -1 against, 0 a tie that is left out."""
    wins, losses = sum(sign > 0 for sign in signs), sum(sign < 0 for sign in signs)
    if not wins + losses:
        return UNTESTED
    total = wins + losses
    return PValues(*(float(special.bdtrc(count - 1, total, 0.5)) for count in (wins, losses)))


def judge(
    family: Mapping[str, PValues], *, alpha_for: float = ALPHA_FOR, alpha_against: float = ALPHA_AGAINST
) -> dict[str, Judgement]:
    """Judge all statements of a family at once, in its order.

    A difference that lies on the stated side and within the margin as well is what was stated: a margin says what
    counts as none, and not that a small difference is on the wrong side.

    Raises:
        ValueError: a level out of its range, or a p value.
    """
    for alpha in (alpha_for, alpha_against):
        if not 0 < alpha < 0.5:
            raise ValueError(f"a level must lie between 0 and 0.5, not {alpha}")
    p_for, p_opposite, p_none = (
        holm_with_untested([getattr(tested, key) for tested in family.values()])
        for key in ("p_for", "p_opposite", "p_none")
    )
    judged = {}
    for place, name in enumerate(family):
        answer, ground = _answer(p_for[place], p_opposite[place], p_none[place], alpha_for, alpha_against)
        judged[name] = Judgement(answer, ground, p_for[place], p_opposite[place], p_none[place])
    return judged


def _answer(
    p_for: float | None, p_opposite: float | None, p_none: float | None, alpha_for: float, alpha_against: float
) -> tuple[Answer, Ground]:
    if p_for is None:
        return "open", "too few"
    if p_for <= alpha_for:
        return "holds", "for"
    if p_opposite is not None and p_opposite <= alpha_against:
        return "false", "opposite"
    if p_none is not None and p_none <= alpha_against:
        return "false", "none"
    return "open", "open"
