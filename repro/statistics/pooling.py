"""One deviation for all rows of a grid, and differences tested with it.

Five runs tell little of how much a row varies from run to run. Where rows vary alike, the runs of all of them tell it
together, as in the analysis of variance (Fisher 1925), and the base may have more runs than the rows. Runs are not
paired: what a seed does to row and base alike stays in the deviation, which makes the tests conservative.

Whether rows vary alike is tested first, and they are pooled unless p is at most 0.05. It is twice the smaller p value
of two tests: Bartlett's (1937), which sees groups of rows that differ, and Cochran's (1941, "The distribution of the
largest of a set of estimated variances as a fraction of their total"), which sees one noisy row. Numbers of runs may
be unequal ('t Lam 2010). The test of Brown and Forsythe (1974) is too weak at five runs: of grids of 18 rows, one of
them twice as noisy, it stopped 3%, and these two 33%. Both take heavy tails for differences, which is welcome: the
tails would make findings of noise, and t tests by pairs bear them.

How often one row that differs is found, if no other row does and all vary alike: rows of 5 seeds against a base of 5 or
10, with Dunnett's correction (`many_to_one`); 40,000 simulated grids, the difference in deviations of a single run. Of
grids that vary alike, 4% are not pooled, and count here with what pairs find. `80%` is the difference that pooled grids
find 80 times of 100; by pairs and Holm's correction it is 2.4, 3.7 and 5.2 for 1, 5 and 18 rows.

    rows  base    1 sd   1.5 sd   2 sd   2.5 sd   3 sd    80%
       1     5     28%      55%    79%      93%    98%    2.02
       1    10     39%      71%    91%      98%   100%    1.66
       5     5     15%      38%    66%      87%    96%    2.26
       5    10     20%      51%    80%      94%    98%    1.96
      18     5      9%      28%    56%      81%    93%    2.41
      18    10     12%      38%    71%      90%    96%    2.12

How often a grid in which nothing differs has a wrong finding (20,000 simulated grids and more, of 1, 5 and 18 rows of
5 seeds each):

- Runs that vary alike: 4.8 to 5.3%. With heavy tails (Student's t with 4 df): at most 5.5%.
- A seed that does the same to row and base: at most 3.2% where that is 3 tenths of the variance, and less above.
- Values cut off at 100%: at most 5.1% where a sixth of the runs is there, and less above.
- Deviations that differ, which five runs show too seldom: more than 5%. The worst are a base of 5 seeds that is twice
  as noisy as all of 18 rows (15%), and a row three times as noisy as a base of 10 seeds (10%). Half of the rows twice
  as noisy: 8%. With `cautious` none exceeds 8%, but 18 rows find 48% in place of 56% at 2 sd (63% for 71%).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from repro.statistics.differences import (
    Difference,
    Direction,
    Tests,
    difference_of_means,
    refuse_level_or_direction,
    refuse_what_is_not_finite,
    spread,
    t_tests,
)


@dataclass(frozen=True)
class Pool:
    """The deviation that the rows of a grid share.

    Attributes:
        deviation: of a single run from its row's mean, in the unit of the metric; above 0.
        df: its degrees of freedom: the runs that are pooled, less one for each row.
        rows: whose runs they are.
        apart: row -> why its runs are not among them: "no run", "a single run", "no spread".
        p_homogeneity: for the null hypothesis that the pooled rows have one deviation.
    """

    deviation: float
    df: float
    rows: tuple[str, ...]
    apart: Mapping[str, str]
    p_homogeneity: float | None


def pool(values: Mapping[str, Mapping[int, float]], *, alpha: float = 0.05) -> Pool | None:
    """Pool the variances within the rows of a grid, bases among them, unless they differ.

    Rows without any spread, such as those at 0% or 100% in every run, stand apart. Their deviation is another one, and
    pooled it would make the others' look small.

    Args:
        values: row -> seed -> value.
        alpha: rows whose `p_homogeneity` does not exceed it are not pooled.

    Returns:
        None if fewer than two rows can be pooled, or if their deviations differ. Callers then compare each row with
        its base by their own pairs, with Holm's correction.

    Raises:
        ValueError: a value that is no finite number, or an alpha out of its range.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie between 0 and 1, not {alpha}")
    refuse_what_is_not_finite({f"row {row}": runs for row, runs in values.items()})
    samples, apart = {}, {}
    for row, runs in values.items():
        sample = np.array(list(runs.values()), dtype=np.float64)
        if len(sample) < 2:
            apart[row] = "a single run" if len(sample) else "no run"
        elif spread(sample) == 0:
            apart[row] = "no spread"
        else:
            samples[row] = sample
    if len(samples) < 2:
        return None
    p_homogeneity = _p_homogeneity(list(samples.values()))
    if p_homogeneity <= alpha:
        return None
    df = sum(len(sample) - 1 for sample in samples.values())
    squares = sum((len(sample) - 1) * float(sample.var(ddof=1)) for sample in samples.values())
    return Pool(math.sqrt(squares / df), float(df), tuple(samples), apart, p_homogeneity)


def _p_homogeneity(samples: list[NDArray[np.float64]]) -> float:
    """Twice the smaller p value of Bartlett's test and of Cochran's, which is Bonferroni's correction for two."""
    df = np.array([len(sample) - 1 for sample in samples])
    variances = np.array([sample.var(ddof=1) for sample in samples])
    bartlett = _bartlett(variances, df)
    squares = df * variances
    # A row's share of all squares has a beta distribution; the largest of k is corrected for by k.
    shares = squares / squares.sum()
    cochran = len(samples) * float(special.betaincc(df / 2, (df.sum() - df) / 2, shares).min())
    return min(1.0, 2 * min(bartlett, cochran))


def _bartlett(variances: NDArray[np.float64], df: NDArray[np.int64]) -> float:
    """The p value of Bartlett's test (1937): the pooled variance against the geometric mean of all, by chi squared."""
    total, rows = df.sum(), len(df)
    pooled = (df * variances).sum() / total
    statistic = total * np.log(pooled) - (df * np.log(variances)).sum()
    correction = 1 + ((1 / df).sum() - 1 / total) / (3 * (rows - 1))
    return float(special.chdtrc(rows - 1, statistic / correction))


def pooled_difference(
    row: Mapping[int, float],
    base: Mapping[int, float],
    pool: Pool,
    *,
    direction: Direction | None = None,
    level: float = 0.95,
    alpha: float = 0.05,
    power: float = 0.8,
    critical: float | None = None,
    cautious: bool = False,
    least_error: float = 0.0,
) -> Difference:
    """Row minus base, of means over all runs, with the pooled deviation as the error.

    A single run of each can be tested, since the error comes from other runs as well; `decide` still asks for its
    `least_seeds`. A row or base that stands apart for lack of spread is tested with the pooled deviation. That is
    larger than its own, so the test is conservative.

    Args:
        row, base: from seed to value. They need not share seeds, nor have as many.
        pool: of the grid.
        direction, level, alpha, power: as in `difference`.
        critical: the statistic from which on the row is found, for `smallest_detectable`: `critical_value` of
            `many_to_one`. None: Student's, of `alpha`.
        least_error: as in `difference`.
        cautious: whether the standard error is at least the one that row and base have by themselves, as in Welch's
            test. It costs power, and protects where deviations differ unseen: see the head of the file.

    Returns:
        `n` is the number of runs of the side that has fewer, `deviation` that of the difference of two runs. Without a
        run of either there is no estimate.

    Raises:
        ValueError: a value that is no finite number, or an argument out of its range.
    """
    refuse_level_or_direction(level, direction)
    refuse_what_is_not_finite({"row": row, "base": base})
    n = min(len(row), len(base))
    estimate = deviation = standard_error = df = None
    tests = Tests()
    if n > 0:
        a, b = (np.array(list(side.values()), dtype=np.float64) for side in (row, base))
        estimate, deviation, df = difference_of_means(a, b), pool.deviation * math.sqrt(2), pool.df
        standard_error = pool.deviation * math.sqrt(1 / len(a) + 1 / len(b))
        if cautious:
            errors = [(spread(side) if len(side) > 1 else pool.deviation) / math.sqrt(len(side)) for side in (a, b)]
            standard_error = max(standard_error, math.hypot(*errors))
        standard_error = max(standard_error, least_error)
        tests = t_tests(estimate, standard_error, df, direction, level, alpha, power, critical)
    return Difference(
        estimate=estimate,
        n=n,
        deviation=deviation,
        standard_error=standard_error,
        df=df,
        **tests._asdict(),
        direction=direction,
        level=level,
        paired=False,
        left_out=0,
    )
