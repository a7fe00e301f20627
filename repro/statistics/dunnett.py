"""Correction for rows that are all compared with one base (Dunnett 1955, "A multiple comparison procedure for
comparing several treatments with a control"), in a grid of one base or several, with one pooled deviation.

A row's statistic is (its mean - its base's mean) / (s * sqrt(1/n_row + 1/n_base)), with the pooled deviation s on df
degrees of freedom. Statistics hang together through s, and those of one base through its mean. Given both, they are
independent. So the chance that the largest of them stays within +-c is, exactly and for any numbers of runs,

    E over s of the product over bases of E over z of the product over the base's rows of
        Phi(z sqrt(r) + c s sqrt(1 + r)) - Phi(z sqrt(r) - c s sqrt(1 + r)),        r = n_row / n_base,

with z normal and s the root of a chi-square over its df. Holm's correction knows nothing of this and costs power.

Both expectations are sums over equally spaced points, which converge exponentially for such integrands (Trefethen and
Weideman 2014, "The exponentially convergent trapezoidal rule"): over z, and over log s. Nothing is drawn, so a report
gets the same bytes each time; `scipy.stats.dunnett` integrates by random points.

A base may be a row that is itself compared with another base. Bases are then not independent, and taking them for it
makes p values too large, never too small (Royen 2014, "A simple proof of the Gaussian correlation conjecture").
"""

import math
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from repro.statistics import student

Array = NDArray[np.float64]
Block = tuple[tuple[float, int], ...]
"""The rows of one base: (n_row / n_base, how many rows have that)."""

STEP_OF_MEANS = 0.25
"""Between the points of z, in standard deviations, for rows of no more runs than their base."""
STEP_OF_SPREADS = 1 / 3
"""Between the points of log s, in its standard deviations, which are about 1 / sqrt(2 df)."""
TAIL = 1e-15
"""The probability that is cut off at either end of s. The normal is cut off at 8, where as little is left."""


def many_to_one(
    t: Mapping[str, float | None], bases: Mapping[str, str], sizes: Mapping[str, int], df: float
) -> dict[str, float | None]:
    """Adjusted p values, two-sided and in a single step: the chance that any row's |T| gets as large as this one's.

    The chance that any row of the grid gets a p value of at most alpha, if none differs, is then alpha.

    Args:
        t: row -> t statistic of its difference from its base; None if it could not be tested. Such a row counts in the
            family all the same: what was asked is fixed before the runs.
        bases: row -> name of its base, for the same rows.
        sizes: row or base -> number of runs behind its mean. It may be 0 for those that could not be tested. They
            count as independent of the others then, which is the most that a row can cost.
        df: degrees of freedom of the pooled deviation; may be infinite.

    Returns:
        Row -> p value, in the order of `t`; None where t is. Correct to 1e-8, absolutely; never less than the
        row's own p value nor more than that times the number of rows, which keeps those below 1e-12 in place.

    Raises:
        ValueError: rows without a base or a size, a row that is its own base, df below 1, or a t that is no number.
    """
    if t.keys() != bases.keys():
        raise ValueError(f"these rows have either a t or a base, not both: {sorted(t.keys() ^ bases.keys())}")
    family = _family(bases, sizes)
    _refuse_df(df)
    for row, value in t.items():
        if value is None:
            continue
        if math.isnan(value):
            raise ValueError(f"the t of row {row} is {value}, not a number")
        if not (sizes[row] and sizes[bases[row]]):
            raise ValueError(f"row {row} has a t, but it or its base {bases[row]} has no run")
    tested = {row: abs(value) for row, value in t.items() if value is not None}
    if not tested:
        return dict.fromkeys(t)
    # Equal statistics get equal p values, whatever else is in the family.
    statistics, places = np.unique(np.array(list(tested.values())), return_inverse=True)
    p_values = _p_values(statistics, family, df)[places]
    adjusted = {row: float(p) for row, p in zip(tested, p_values, strict=True)}
    return {row: adjusted.get(row) for row in t}


def critical_value(bases: Mapping[str, str], sizes: Mapping[str, int], df: float, alpha: float = 0.05) -> float:
    """The |t| from which on `many_to_one` gives a p value of at most alpha.

    With it in place of Student's quantile, the intervals of all rows hold their true differences together; and
    `smallest_detectable` says what a row of this grid could have found.

    Args:
        bases, sizes, df: as in `many_to_one`.
        alpha: the chance of any wrong finding in the grid.

    Raises:
        ValueError: as `many_to_one`; no rows; an alpha out of its range.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, not {alpha}")
    if not bases:
        raise ValueError("no row is compared with a base")
    _refuse_df(df)
    return _critical(_family(bases, sizes), df, alpha)


@lru_cache(maxsize=256)
def _critical(family: tuple[tuple[Block, int], ...], df: float, alpha: float) -> float:
    def surplus(critical: float) -> float:
        return float(_p_values(np.array([critical]), family, df)[0]) - alpha

    # Between Student's quantiles for one row, and for Bonferroni's correction over all.
    rows = sum(count * times for block, times in family for _, count in block)
    low, high = (student.quantile_above(share, df) for share in (alpha / 2, alpha / 2 / rows))
    if rows == 1:
        return low
    return float(optimize.brentq(surplus, low * (1 - 1e-9), high * (1 + 1e-9), xtol=1e-12, rtol=1e-12))


def _family(bases: Mapping[str, str], sizes: Mapping[str, int]) -> tuple[tuple[Block, int], ...]:
    """The blocks of rows of one base, like ones counted together: (block, how many bases have such a block)."""
    blocks: dict[str, Counter[float]] = {}
    for row, base in bases.items():
        if row == base:
            raise ValueError(f"row {row} cannot be its own base")
        for name in (row, base):
            if sizes.get(name, -1) < 0:
                raise ValueError(f"{name} has no number of runs")
        # A ratio of 0 makes the row independent of its base's mean.
        ratio = sizes[row] / sizes[base] if sizes[base] else 0.0
        blocks.setdefault(base, Counter())[ratio] += 1
    return tuple(sorted(Counter(tuple(sorted(block.items())) for block in blocks.values()).items()))


def _p_values(statistics: Array, family: tuple[tuple[Block, int], ...], df: float) -> Array:
    """P(max |T| >= c) for each c of `statistics`, shape (k,).

    All is done in chances of the opposite: 1 - (1 - q) would lose a q below 1e-16.
    """
    spreads, weights = _spreads(df)
    limits = statistics[:, None] * spreads  # (k, points of s)
    log_within = np.zeros_like(limits)
    with np.errstate(divide="ignore"):  # log(0) is meant: a statistic of 0 is exceeded surely
        for block, times in family:
            log_within += times * np.log1p(-np.minimum(_any_outside(limits, block), 1.0))
    chance = _expectation(-np.expm1(log_within), weights)
    alone = 2 * student.above(statistics, df)
    rows = sum(count * times for block, times in family for _, count in block)
    # Both bounds are strict in theory, and rise and fall with the statistic, as the sum between them does.
    return np.minimum(np.clip(chance, alone, rows * alone), 1.0)


def _any_outside(limits: Array, block: Block) -> Array:
    """The chance that any row of a base exceeds its limit, given s: shape (k, points of s), as `limits`."""
    z, weights = _means(max(1.0, *(ratio for ratio, _ in block)))
    log_within = np.zeros((*limits.shape, len(z)))
    with np.errstate(divide="ignore"):
        for ratio, count in block:
            shift, limit = z * math.sqrt(ratio), limits[..., None] * math.sqrt(1 + ratio)
            outside = special.ndtr(shift - limit) + special.ndtr(-shift - limit)
            log_within += count * np.log1p(-np.minimum(outside, 1.0))
    return _expectation(-np.expm1(log_within), weights)


def _expectation(values: Array, weights: Array) -> Array:
    """Over the last axis. No product of matrices: its rounding of one row would depend on how many rows there are."""
    sums: Array = (values * weights).sum(axis=-1)
    return sums


@lru_cache(maxsize=64)
def _means(ratio: float) -> tuple[Array, Array]:
    """Points of z and their weights, for the z >= 0 alone, as the integrand is even.

    Rows with more runs than their base follow its mean in narrower steps.
    """
    step = STEP_OF_MEANS / math.sqrt(ratio)
    z: Array = np.arange(math.ceil(8 / step) + 1, dtype=np.float64) * step
    weights: Array = np.exp(-(z**2) / 2)
    weights[0] /= 2
    return z, weights / weights.sum()


@lru_cache(maxsize=64)
def _spreads(df: float) -> tuple[Array, Array]:
    """Points of s, equally spaced in log s, and their weights."""
    if math.isinf(df):
        return np.ones(1), np.ones(1)
    low, high = (
        0.5 * math.log(2 * inverse(df / 2, TAIL) / df) for inverse in (special.gammaincinv, special.gammainccinv)
    )
    # The fewer the degrees of freedom, the less is log s like a normal, and the narrower must the steps be.
    count = math.ceil((high - low) * math.sqrt(2 * df) * (1 + 1 / df) / STEP_OF_SPREADS) + 1
    log_s = np.linspace(low, high, count)
    log_density = df * log_s - df * np.exp(2 * log_s) / 2
    weights = np.exp(log_density - log_density.max())
    return np.exp(log_s), weights / weights.sum()


def _refuse_df(df: float) -> None:
    if not df >= 1:
        raise ValueError(f"df must be at least 1, not {df}")
