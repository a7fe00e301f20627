"""A row of an ablation against its base, over seeds: the size of the difference, and its uncertainty.

Where row and base were run with the same seeds, runs are paired by seed (Student 1908): what a seed does to both
cancels. Where they share none, the means are compared with Welch's test (Welch 1947). Both take a run's value to
be normal around its row's mean, which five values cannot check. Rows that share one deviation: `pooling`.

The smallest detectable difference is given as well: a difference that is not significant means little where only a
huge one could have been found.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from repro.statistics import student

Direction = Literal["higher", "lower"]
"""On which side of the base the row lies."""

ROUNDING = 16 * np.finfo(np.float64).eps
"""Relative to the values. Smaller differences and spreads are rounding, and count as none: 0.1 + 0.2 is 0.3."""


@dataclass(frozen=True)
class Difference:
    """Row minus base, in the unit of the metric; None stands where there are too few runs to tell.

    Attributes:
        estimate: the mean difference; None without runs.
        low, high: Student's t interval around it.
        level: the interval's coverage, such as 0.95.
        n: pairs of runs; if not `paired`, the runs of the side that has fewer.
        deviation: the standard deviation of the difference of two runs.
        standard_error: that of the estimate. 0 where seeds make no difference.
        df: degrees of freedom of the t distribution.
        p_two_sided: for the null hypothesis of no difference.
        p_one_sided: for the null hypothesis that the row does not lie on the stated side; None if none was.
        direction: the side that was stated, before looking.
        smallest_detectable: the smallest true difference, as a size, that the test would have found with the
            given power, had the standard error been the true one. The test is one-sided if a direction was stated.
        paired: whether runs were paired by seed.
        left_out: runs that found no partner. Many of them are a warning: seeds that failed are no random choice.
    """

    estimate: float | None
    low: float | None
    high: float | None
    level: float
    n: int
    deviation: float | None
    standard_error: float | None
    df: float | None
    p_two_sided: float | None
    p_one_sided: float | None
    direction: Direction | None
    smallest_detectable: float | None
    paired: bool
    left_out: int


def difference(
    row: Mapping[int, float],
    base: Mapping[int, float],
    *,
    direction: Direction | None = None,
    paired: bool | None = None,
    level: float = 0.95,
    alpha: float = 0.05,
    power: float = 0.8,
    least_error: float = 0.0,
) -> Difference:
    """Row minus base: over pairs of runs that share a seed, or of means by Welch's test.

    Args:
        row, base: from seed to value.
        direction: the side on which the row is expected to lie; None if either would be of interest.
        paired: whether to pair by seed, which leaves out the seeds of one side only; if None, wherever a seed
            is shared.
        level: the coverage of the interval.
        alpha: the level of the test of `smallest_detectable`. In a family of k rows that are corrected for,
            alpha / k says what each could have found.
        power: how often that test would find it.
        least_error: the standard error is at least this, such as what sampling test lines gives; runs that happen to
            agree do not make an estimate exact.

    Raises:
        ValueError: a value that is no finite number, or an argument out of its range.
    """
    refuse_level_or_direction(level, direction)
    refuse_what_is_not_finite({"row": row, "base": base})
    if paired is None:
        paired = bool(row.keys() & base.keys())
    estimated = _over_pairs(row, base) if paired else _of_means(row, base)
    if estimated.standard_error is not None:
        estimated = estimated._replace(standard_error=max(estimated.standard_error, least_error))
    tests = Tests()
    if estimated.estimate is not None and estimated.standard_error is not None and estimated.df is not None:
        tests = t_tests(estimated.estimate, estimated.standard_error, estimated.df, direction, level, alpha, power)
    left_out = len(row.keys() ^ base.keys()) if paired else 0
    return Difference(
        **estimated._asdict(), **tests._asdict(), direction=direction, level=level, paired=paired, left_out=left_out
    )


class _Estimate(NamedTuple):
    """The fields of `Difference` that describe the runs."""

    estimate: float | None
    n: int
    deviation: float | None = None
    standard_error: float | None = None
    df: float | None = None


def _over_pairs(row: Mapping[int, float], base: Mapping[int, float]) -> _Estimate:
    shared = sorted(row.keys() & base.keys())
    a, b = (np.array([side[seed] for seed in shared], dtype=np.float64) for side in (row, base))
    n = len(shared)
    if n == 0:
        return _Estimate(None, n)
    scale = max(_size(a), _size(b))
    estimate = _unless_rounding(float(np.mean(a - b)), scale)
    if n == 1:
        return _Estimate(estimate, n)
    deviation = _deviation(a - b, scale)
    return _Estimate(estimate, n, deviation, deviation / math.sqrt(n), float(n - 1))


def _of_means(row: Mapping[int, float], base: Mapping[int, float]) -> _Estimate:
    """Welch's, with Satterthwaite's degrees of freedom."""
    a, b = (np.array(list(side.values()), dtype=np.float64) for side in (row, base))
    n = min(len(a), len(b))
    if n == 0:
        return _Estimate(None, n)
    estimate = difference_of_means(a, b)
    if n == 1:
        return _Estimate(estimate, n)
    deviations = [spread(side) for side in (a, b)]
    errors = [deviation / math.sqrt(len(side)) for deviation, side in zip(deviations, (a, b), strict=True)]
    standard_error = math.hypot(*errors)
    df = float(len(a) + len(b) - 2)  # without any spread no test asks for them
    if standard_error > 0:
        shares = [(error / standard_error) ** 4 / (len(side) - 1) for error, side in zip(errors, (a, b), strict=True)]
        df = 1 / sum(shares)
    return _Estimate(estimate, n, math.hypot(*deviations), standard_error, df)


class Tests(NamedTuple):
    """The fields of `Difference` that need a spread."""

    low: float | None = None
    high: float | None = None
    p_two_sided: float | None = None
    p_one_sided: float | None = None
    smallest_detectable: float | None = None


def t_tests(
    estimate: float,
    standard_error: float,
    df: float,
    direction: Direction | None,
    level: float,
    alpha: float,
    power: float,
    critical: float | None = None,
) -> Tests:
    """Interval, p values and smallest detectable difference of an estimate whose error has `df` degrees of freedom.

    Args:
        estimate, standard_error: in the unit of the metric.
        df, direction, level, alpha, power: as in `difference`.
        critical: as in `smallest_detectable`.

    Raises:
        ValueError: as `smallest_detectable`.
    """
    half = student.quantile_above((1 - level) / 2, df) * standard_error
    one_sided = None
    if direction is not None:
        one_sided = p_above(estimate if direction == "higher" else -estimate, standard_error, df)
    return Tests(
        low=estimate - half,
        high=estimate + half,
        p_two_sided=min(1.0, 2 * p_above(abs(estimate), standard_error, df)),
        p_one_sided=one_sided,
        smallest_detectable=smallest_detectable(
            standard_error, df, alpha=alpha, power=power, two_sided=direction is None, critical=critical
        ),
    )


def smallest_detectable(
    standard_error: float,
    df: float,
    *,
    alpha: float = 0.05,
    power: float = 0.8,
    two_sided: bool = True,
    critical: float | None = None,
) -> float:
    """The smallest true difference that a t test finds with the given power and the right sign, as a size.

    The statistic of such a difference follows the noncentral t distribution, whose noncentrality is the
    difference in standard errors (Cohen 1988, section 2.3; exact here).

    Args:
        standard_error: of the estimate, in the unit of the metric.
        df: degrees of freedom.
        alpha: the level of the test.
        power: how often it finds the difference, on its true side.
        two_sided: whether the test asks for either side.
        critical: the statistic from which on the test finds a difference, such as `many_to_one`'s `critical_value`.
            None: Student's, of `alpha` and `two_sided`, which say nothing otherwise.

    Raises:
        ValueError: not 0 < alpha < power < 1, or a `critical` that is exceeded with that power by no difference.
    """
    if not 0 < alpha < power < 1:
        raise ValueError(f"alpha and power must hold 0 < alpha < power < 1, not {alpha} and {power}")
    if critical is None:
        critical = student.quantile_above(alpha / 2 if two_sided else alpha, df)
    elif not (math.isfinite(critical) and student.above(critical, df) < power):
        raise ValueError(f"critical must be a number that chance exceeds less often than {power}, not {critical}")
    return standard_error * _noncentrality(df, critical, power)


@lru_cache(maxsize=1024)
def _noncentrality(df: float, critical: float, power: float) -> float:
    """The noncentrality at which the test has this power; kept, as all rows of a grid ask for the same."""

    def surplus(noncentrality: float) -> float:
        return student.power(critical, df, noncentrality) - power

    high = 1.0
    while surplus(high) < 0:
        high *= 2
    return float(optimize.brentq(surplus, 0.0, high, xtol=1e-10))


def p_above(estimate: float, standard_error: float, df: float) -> float:
    """The one-sided p value of an estimate, for the null hypothesis that the truth is 0 or less.

    Without any spread the estimate is the truth: 0 if it lies above 0, else 1.
    """
    if standard_error == 0:
        return 0.0 if estimate > 0 else 1.0
    return float(student.above(estimate / standard_error, df))


def refuse_level_or_direction(level: float, direction: str | None) -> None:
    """Raise ValueError for a coverage outside of (0, 1), or a side that is none."""
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    if direction not in (None, "higher", "lower"):
        raise ValueError(f"direction must be higher, lower or None, not {direction!r}")


def refuse_what_is_not_finite(sides: Mapping[str, Mapping[int, float]]) -> None:
    """Raise ValueError for the first value that is no finite number: side -> seed -> value."""
    for name, side in sides.items():
        for seed, value in side.items():
            if not math.isfinite(value):
                raise ValueError(f"the {name}'s value of seed {seed} is {value}, not a finite number")


def difference_of_means(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Mean of `a` minus mean of `b`, of one run each at least; 0 if it is rounding."""
    return _unless_rounding(float(a.mean() - b.mean()), max(_size(a), _size(b)))


def spread(values: NDArray[np.float64]) -> float:
    """The standard deviation of a row's values, of two at least; 0 if it is rounding."""
    return _deviation(values, _size(values))


def _size(values: NDArray[np.float64]) -> float:
    return float(np.abs(values).max())


def _unless_rounding(value: float, scale: float) -> float:
    return value if abs(value) > ROUNDING * scale else 0.0


def _deviation(values: NDArray[np.float64], scale: float) -> float:
    return float(values.std(ddof=1)) if np.ptp(values) > ROUNDING * scale else 0.0
