"""Where one more run of the same kind would fall: the prediction interval of a normal sample (Hahn 1969).

    mean +- t(1 - (1 - level) / 2, n - 1) * s * sqrt(1 + 1 / n)

It is wider than the interval of the mean, which does not shrink the spread of single runs.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from repro.statistics import student


@dataclass(frozen=True)
class Prediction:
    """The prediction of n runs for the next one.

    Attributes:
        low, high: between which it falls with the level's probability.
        deviation: of single runs, s.
    """

    low: float
    high: float
    deviation: float


def prediction_interval(values: Sequence[float], level: float = 0.95) -> Prediction:
    """The interval for one more value, in the unit of the values; without any spread it is their one value.

    Args:
        values: at least two, one a run.
        level: how often the next value falls within it.

    Raises:
        ValueError: fewer than two values, one that is not finite, or a level out of its range.
    """
    if len(values) < 2 or not all(map(math.isfinite, values)):
        raise ValueError(f"at least two finite values are needed, not {list(values)}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    n, mean = len(values), float(statistics.mean(values))  # exact sums: equal values have that mean, and no spread
    deviation = float(statistics.stdev(values))
    half = student.quantile_above((1 - level) / 2, n - 1) * deviation * math.sqrt(1 + 1 / n)
    return Prediction(mean - half, mean + half, deviation)
