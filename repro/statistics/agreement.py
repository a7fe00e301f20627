"""Whether measured differences agree with a published column: in their signs, and in their order.

A published difference of 0.1 BLEU is as large as its rounding. It has no sign that could be reproduced; what it
says is "the same", and that is judged by equivalence.

No p value comes with the signs. All rows of a grid are compared with one base, so one lucky base turns all signs
at once, and a binomial test would take that for many agreements. The order does not depend on the base.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np

from repro.statistics.differences import Difference

SUBTRACTION = 1e-9
"""What subtracting two published decimals may add: 25.8 - 25.7 is 0.10000000000000142."""

MAX_ENUMERATED = 8
"""Rows whose orders are all looked at where some are tied: 40,320."""


@dataclass(frozen=True)
class SignAgreement:
    """How many rows agree.

    Attributes:
        signs: rows with a published difference.
        signs_agreeing: those whose measured difference has the same sign, significant or not.
        sames: rows published as the same.
        sames_shown: those that are measured to be the same within the margin, which takes enough seeds.
        missing: rows that were not measured, or not published.
    """

    signs: int
    signs_agreeing: int
    sames: int
    sames_shown: int
    missing: int


@dataclass(frozen=True)
class RankAgreement:
    """Kendall's tau-b.

    Attributes:
        tau: from -1 (the opposite order) to 1 (the same order); None if a column is constant.
        p_value: two-sided, for the null hypothesis that the two orders have nothing to do with one another.
        n: rows that have both values.
        missing: rows that have not.
    """

    tau: float | None
    p_value: float | None
    n: int
    missing: int


def sign_agreement(
    measured: Sequence[Difference | None],
    published: Sequence[float | None],
    shown_same: Sequence[bool],
    *,
    same: float = 0.1,
) -> SignAgreement:
    """Count the rows whose measured difference from the base says what the published one says.

    Args:
        measured: row minus base; None or no estimate where it was not measured.
        published: the same rows, row minus base in a metric of the same orientation; None where the paper has none.
        shown_same: the same rows, whether the grid's corrected test found them to be the same as their base.
        same: a published difference of at most this size says "the same".

    Raises:
        ValueError: columns of different lengths, a value that is not finite, or an argument out of its range.
    """
    _refuse_what_is_not_a_column(measured, published)
    if not (math.isfinite(same) and same >= 0):
        raise ValueError(f"same must be a finite number of at least 0, not {same}")
    signs = signs_agreeing = sames = sames_shown = missing = 0
    for ours, theirs, is_same in zip(measured, published, shown_same, strict=True):
        if ours is None or ours.estimate is None or theirs is None:
            missing += 1
        elif abs(theirs) <= same + SUBTRACTION:
            sames += 1
            sames_shown += is_same
        else:
            signs += 1
            signs_agreeing += bool(np.sign(ours.estimate) == np.sign(theirs))
    return SignAgreement(signs, signs_agreeing, sames, sames_shown, missing)


def rank_agreement(measured: Sequence[float | None], published: Sequence[float | None]) -> RankAgreement:
    """Kendall's tau-b of a measured column against a published one (Kendall 1945).

    The p value is exact without ties, and with ties up to 8 rows: twice the share of all orders that agree as well or
    better, or as badly or worse. With ties in more rows it is that of the normal distribution.

    Args:
        measured, published: row by row; None where there is no value.

    Raises:
        ValueError: columns of different lengths, or a value that is not finite.
    """
    _refuse_what_is_not_a_column(measured, published)
    both = [(x, y) for x, y in zip(measured, published, strict=True) if x is not None and y is not None]
    missing = len(measured) - len(both)
    columns = np.array(both, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(columns).all():
        raise ValueError("measured and published values must be finite numbers")
    if len(both) < 2 or (np.ptp(columns, axis=0) == 0).any():
        return RankAgreement(None, None, len(both), missing)
    from scipy import stats  # imported late: it costs half a second, and few reports have a table of ranks

    tied = any(len(np.unique(column)) < len(column) for column in columns.T)
    method = "asymptotic" if tied else "exact"  # left to itself, SciPy approximates above 33 rows
    result = stats.kendalltau(columns[:, 0], columns[:, 1], variant="b", method=method)
    p_value = _p_by_all_orders(*columns.T) if tied and len(both) <= MAX_ENUMERATED else result.pvalue
    return RankAgreement(float(result.statistic), float(p_value), len(both), missing)


def _p_by_all_orders(x: np.ndarray, y: np.ndarray) -> float:
    """Twice the share of the orders of y whose pairs agree with those of x as far, on the side of the given order."""
    orders = np.array(list(permutations(range(len(y)))))
    of_x, of_y = (np.sign(column[:, None] - column) for column in (x, y))
    agreeing = sum(of_x[i, j] * of_y[orders[:, i], orders[:, j]] for i, j in combinations(range(len(x)), 2))
    as_far = agreeing >= agreeing[0] if agreeing[0] > 0 else agreeing <= agreeing[0]  # the first order is the given one
    return min(1.0, 2 * float(as_far.mean()))


def _refuse_what_is_not_a_column(
    measured: Sequence[Difference | None] | Sequence[float | None], published: Sequence[float | None]
) -> None:
    if len(measured) != len(published):
        raise ValueError(f"{len(measured)} measured rows cannot be compared with {len(published)} published ones")
    if not all(value is None or math.isfinite(value) for value in published):
        raise ValueError("published values must be finite numbers or None")
