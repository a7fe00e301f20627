"""The interval for one more run against a closed form, against SciPy's t test, and by how often it holds."""

import math

import numpy as np
import pytest
from scipy import stats

from repro.statistics import prediction_interval


def test_three_runs_by_hand() -> None:
    """Of 1, 2, 3 the mean is 2 and s is 1; Student's t with two degrees of freedom has a closed form."""
    found = prediction_interval([1.0, 2.0, 3.0])
    half = 0.95 * math.sqrt(2 / (4 * 0.975 * 0.025)) * math.sqrt(4 / 3)
    assert (found.low, found.high) == pytest.approx((2 - half, 2 + half), rel=1e-9)
    assert found.deviation == 1.0


@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
@pytest.mark.parametrize("n", [2, 3, 9])
def test_the_next_value_at_the_ends_is_as_rare_as_the_level_says(n: int, level: float) -> None:
    """Student's test of one run against n others has p = 1 - level exactly at the ends."""
    sample = np.random.default_rng(n).normal(40, 3, size=n)
    found = prediction_interval(list(sample), level)
    for end in (found.low, found.high):
        t = (end - sample.mean()) / (sample.std(ddof=1) * math.sqrt(1 + 1 / n))
        assert 2 * stats.t.sf(abs(t), n - 1) == pytest.approx(1 - level, rel=1e-9)
    assert found.low + found.high == pytest.approx(2 * sample.mean())


def test_equal_values_have_no_spread() -> None:
    for value in (0.1, 100.0, 1 / 3):
        found = prediction_interval([value] * 3)
        assert (found.low, found.high, found.deviation) == (value, value, 0.0)


@pytest.mark.parametrize(
    ("values", "level"), [([1.0], 0.95), ([], 0.95), ([1.0, math.nan], 0.95), ([1.0, math.inf], 0.95), ([1.0, 2.0], 1)]
)
def test_what_tells_nothing_is_refused(values: list[float], level: float) -> None:
    with pytest.raises(ValueError, match=r"needed|between 0 and 1"):
        prediction_interval(values, level)


def test_one_more_run_falls_within_it_as_often_as_it_says() -> None:
    generator = np.random.default_rng(7)
    draws = generator.normal(5, 2, size=(4000, 5))
    within = 0
    for *others, one_more in draws:
        found = prediction_interval([float(each) for each in others])
        within += found.low <= one_more <= found.high
    assert within / len(draws) == pytest.approx(0.95, abs=3 * math.sqrt(0.95 * 0.05 / len(draws)))
