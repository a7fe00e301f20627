"""Whether a number lies inside the 95% prediction interval of runs of one configuration with other seeds.

The interval is for one more run (Hahn 1969), not for the mean. It assumes that the runs' values are normally
distributed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from scipy import special

from repro.statistics import Prediction, prediction_interval, student

Finding = Literal["inside", "below", "above", "unknown"]

LEAST = 2
"""The fewest runs that can show a spread, and so give an interval."""
LEVEL = 0.95


@dataclass(frozen=True)
class Placement:
    """One number beside those of published runs.

    Attributes:
        metric: what it measures.
        value: the number.
        published: seed -> what that run measured.
        unit, definition: the metric's, from the published records.
        range: the smallest and the largest possible value of the metric; None for an end that it does not have.
        exact: whether no seed changes the metric, so that equal runs leave no room around them.
    """

    metric: str
    value: float
    published: Mapping[int, float]
    unit: str = ""
    definition: str = ""
    range: tuple[float | None, float | None] = (None, None)
    exact: bool = False

    @property
    def mean(self) -> float:
        """The mean of the published runs."""
        return math.fsum(self.published.values()) / len(self.published)

    @cached_property
    def prediction(self) -> Prediction | None:
        """Where one more run would fall; None where the runs show no spread: fewer than two, or all of them equal."""
        values = list(self.published.values())
        if len(values) < LEAST or (len(set(values)) == 1 and not self.exact):
            return None
        return prediction_interval(values, LEVEL)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Where one more run would fall, within the metric's range; None as for `prediction`."""
        if self.prediction is None:
            return None
        low, high = self.range
        ends = (-math.inf if low is None else low, math.inf if high is None else high)
        return max(self.prediction.low, ends[0]), min(self.prediction.high, ends[1])

    @property
    def finding(self) -> Finding:
        """Whether the number is inside the interval, ends included, or on which side of it."""
        if self.prediction is None:
            return "unknown"
        if self.value < self.prediction.low:
            return "below"
        return "above" if self.value > self.prediction.high else "inside"

    def half_width(self, runs: int | None) -> float | None:
        """Half the interval's width with this number of runs and the same deviation; None if that is not known.

        Args:
            runs: at least two; None for infinitely many, which leave only the spread of single runs.
        """
        if self.prediction is None:
            return None
        deviation = self.prediction.deviation
        if runs is None:
            return -float(special.ndtri((1 - LEVEL) / 2)) * deviation
        return student.quantile_above((1 - LEVEL) / 2, runs - 1) * deviation * math.sqrt(1 + 1 / runs)
