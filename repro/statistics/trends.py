"""Whether ordered rows tend up or down, asked as one question instead of one for each row.

Rows that differ in a number, such as h, N or a width, have an order. The straight line through all their runs uses it:
its slope is a linear contrast of the rows' means (Kirk 2013, "Experimental Design", chapter 6). Its error comes from
the deviation of runs within rows, so that a curve does not count as noise. That is one deviation for all rows where
they share it, else each row's own, with the degrees of freedom of Welch (1938) and Satterthwaite (1946).

The slope answers one question only. Rows that rise and fall again may have none.

How often a straight rise over 5 rows of equal steps is found, by its slope and by comparing 4 rows with the lowest one
(any of them found, Dunnett's correction). Each row has 5 runs, and the 5 rows are the pool. The rise from the first row
to the last is in deviations of a single run; 40,000 simulated grids:

             0 sd   0.5 sd   1 sd   1.5 sd   2 sd   2.5 sd
    slope      5%      13%    39%      71%    92%      99%
    rows       5%       9%    23%      48%    75%      92%

How often 4 rows of 5 runs that differ in their deviations only are found to tend; 6,000 simulated grids. "Shared" pools
these 4 rows where their deviations are not shown to differ, and else gives each row its own:

    deviations   1 1 1 1   2 1 1 1   4 1 1 1   1 4 4 1   8 4 2 1   8 8 8 1
    own            4%        5%        5%        5%        6%        6%
    shared         5%        8%        7%        4%        7%        6%
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from repro.statistics import student
from repro.statistics.differences import (
    p_above,
    refuse_level_or_direction,
    refuse_what_is_not_finite,
    smallest_detectable,
    spread,
)
from repro.statistics.pooling import Pool


@dataclass(frozen=True)
class Trend:
    """The line through ordered rows.

    Attributes:
        slope: of the metric, in its unit, for a step of 1 of the score.
        low, high: Student's t interval around it.
        level: the interval's coverage, such as 0.95.
        p_two_sided: for the null hypothesis of no slope. Over several trends the caller corrects, by `holm`.
        df: degrees of freedom of its error.
        rows: the rows that have both a score and a value, in the order of their scores.
        smallest_detectable: the smallest true slope, as a size, that the test would have found with the given power.
    """

    slope: float
    low: float
    high: float
    level: float
    p_two_sided: float
    df: float
    rows: tuple[str, ...]
    smallest_detectable: float


def trend(
    scores: Mapping[str, float],
    values: Mapping[str, Mapping[int, float]],
    pool: Pool | None,
    *,
    least_errors: Mapping[str, float] | None = None,
    level: float = 0.95,
    alpha: float = 0.05,
    power: float = 0.8,
) -> Trend | None:
    """The least-squares line of all single runs on their row's score.

    Args:
        scores: row -> where it stands on the axis, such as log2 of N. Chosen before looking.
        values: row -> seed -> value; rows without a score, such as the base of another axis, are passed over.
        pool: the deviation of a run, from these rows and others of their grid. None: the rows share none; each has its
            own, and rows with a single run are passed over.
        least_errors: row -> the standard error of its mean that sampling test lines alone would give; the slope's error
            is never smaller than what follows from these. 0 where left out.
        level: the coverage of the interval.
        alpha, power: of the test of `smallest_detectable`.

    Returns:
        None with fewer than 3 rows that have a score and a value, if all their scores are equal, or if no row has any
        spread or least error.

    Raises:
        ValueError: a score or value that is no finite number, or an argument out of its range.
    """
    refuse_level_or_direction(level, None)
    for row, score in scores.items():
        if not math.isfinite(score):
            raise ValueError(f"the score of row {row} is {score}, not a finite number")
    fewest = 1 if pool is not None else 2
    rows = tuple(sorted((row for row in scores if len(values.get(row, {})) >= fewest), key=lambda row: scores[row]))
    refuse_what_is_not_finite({f"row {row}": values[row] for row in rows})
    if len(rows) < 3 or scores[rows[0]] == scores[rows[-1]]:
        return None
    runs = np.array([len(values[row]) for row in rows], dtype=np.float64)
    means = np.array([np.mean(list(values[row].values())) for row in rows])
    # Scores from their weighted mean; the slope is the sum of weights times means.
    centred = np.array([scores[row] for row in rows])
    centred = centred - np.average(centred, weights=runs)
    weights = runs * centred / float((runs * centred**2).sum())
    slope = float((weights * (means - means.mean())).sum())
    deviations = [spread(np.array([*values[row].values()])) if pool is None else pool.deviation for row in rows]
    parts = weights**2 * np.array(deviations) ** 2 / runs
    least = np.array([(least_errors or {}).get(row, 0.0) for row in rows])
    error = math.sqrt(max(parts.sum(), (weights**2 * least**2).sum()))
    if error == 0:
        return None
    if pool is not None:
        df = pool.df
    elif parts.any():
        df = float(parts.sum() ** 2 / (parts**2 / (runs - 1)).sum())
    else:
        df = float((runs - 1).sum())
    half = student.quantile_above((1 - level) / 2, df) * error
    return Trend(
        slope=slope,
        low=slope - half,
        high=slope + half,
        level=level,
        p_two_sided=min(1.0, 2 * p_above(abs(slope), error, df)),
        df=df,
        rows=rows,
        smallest_detectable=smallest_detectable(error, df, alpha=alpha, power=power),
    )
