"""Student's t beside the distributions of scipy.stats."""

import numpy as np
import pytest
from scipy import stats

from repro.statistics import student

DF = (1, 2, 3.5, 4, 8, 40, 200)


@pytest.mark.parametrize("df", DF)
def test_tails_and_quantiles_are_those_of_scipys_distribution(df):
    for statistic in (-3.0, 0.0, 0.1, 2.0, 50.0, 1e5, np.inf):
        assert student.above(statistic, df) == stats.t.sf(statistic, df)
    for chance in (1e-12, 0.001, 0.025, 0.05, 0.5, 0.9):
        assert student.quantile_above(chance, df) == stats.t.isf(chance, df)


def test_arrays_give_arrays_and_no_degrees_of_freedom_nothing():
    statistics = np.array([[0.5, 1.0], [2.0, 4.0]])
    np.testing.assert_array_equal(student.above(statistics, 4), stats.t.sf(statistics, 4))
    assert np.isnan(student.above(1.0, 0))


@pytest.mark.parametrize("df", DF)
def test_the_power_of_a_test_is_the_tail_of_noncentral_t(df):
    for critical in (0.5, 2.0, 6.0, 20.0):
        for noncentrality in (0.0, 1.0, 3.0, 8.0, 30.0):
            expected = stats.nct.sf(critical, df, noncentrality)
            assert student.power(critical, df, noncentrality) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("df", [1, 2, 3])
def test_power_at_extremes_is_still_that_of_scipys_distribution(df):
    assert student.power(1e5, df, 2e5) == pytest.approx(stats.nct.sf(1e5, df, 2e5), abs=1e-9)


def test_power_is_how_often_a_planted_effect_is_found():
    draws = np.random.default_rng(1)
    samples = draws.normal(1.5, 1.0, size=(20_000, 5))
    t = samples.mean(axis=1) / (samples.std(axis=1, ddof=1) / np.sqrt(5))
    critical = student.quantile_above(0.05, 4)
    assert student.power(critical, 4, 1.5 * np.sqrt(5)) == pytest.approx((t > critical).mean(), abs=0.01)
