"""Student's t distribution, central and noncentral: the tails and quantiles that tests and intervals need.

These are the functions of `scipy.special` beneath the distributions of `scipy.stats`. The distributions take half a
second to import, and much longer a call.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special


def above(statistic: ArrayLike, df: ArrayLike) -> NDArray[np.float64]:
    """The chance that t exceeds a statistic.

    Args:
        statistic, df: numbers or arrays that broadcast; without degrees of freedom the chance is NaN.
    """
    return np.asarray(special.stdtr(df, -np.asarray(statistic, dtype=np.float64)))


def quantile_above(chance: float, df: float) -> float:
    """The statistic that t exceeds with this chance, which lies between 0 and 1."""
    return -float(special.stdtrit(df, chance))


def power(critical: float, df: float, noncentrality: float) -> float:
    """The chance that noncentral t exceeds a critical value: a test's power, for a difference in standard errors."""
    below = float(special.nctdtr(df, noncentrality, critical))
    if math.isnan(below):  # of some extreme values, where the other algorithm takes half a second to import
        from scipy import stats

        return float(stats.nct.sf(critical, df, noncentrality))
    return 1.0 - below
