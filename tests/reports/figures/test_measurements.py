"""Means over seeds."""

import math

import numpy as np
import pytest

from reports.figures.measurements import over_seeds


def test_means_over_seeds_are_students():
    mean = over_seeds({1: 1.0, 2: 2.0, 3: 6.0})
    half = 4.3026527 * np.std([1, 2, 6], ddof=1) / math.sqrt(3)
    assert (mean.value, mean.low, mean.high) == pytest.approx((3, 3 - half, 3 + half))
    assert over_seeds({}) is None
    assert over_seeds({1: 2.0}).low is None
