"""Trends against NumPy's fit of all single runs, the contrast in closed form, and lines that were planted."""

import math

import numpy as np
import pytest
from scipy import stats

from repro.statistics.differences import smallest_detectable
from repro.statistics.pooling import Pool, pool
from repro.statistics.trends import trend
from tests.representatives import others_slow

POOL = Pool(0.8, 30.0, ("somewhere", "else"), {}, 0.4)
GENERATOR = np.random.default_rng(7)
SCORES = {"N=1": 0.0, "N=2": 1.0, "N=4": 2.0, "N=6": math.log2(6)}
VALUES = {
    name: dict(enumerate(GENERATOR.normal(25 + score, 0.8, size=size)))
    for (name, score), size in zip(SCORES.items(), (5, 3, 8, 1), strict=True)
}


def single_runs() -> tuple[list[float], list[float]]:
    pairs = [(SCORES[name], value) for name, runs in VALUES.items() for value in runs.values()]
    return [score for score, _ in pairs], [value for _, value in pairs]


def test_slope_is_numpy_s_over_all_single_runs() -> None:
    found = trend(SCORES, VALUES, POOL)
    assert found.slope == pytest.approx(np.polyfit(*single_runs(), 1)[0], rel=1e-10)
    assert (found.rows, found.df, found.level) == (tuple(SCORES), 30.0, 0.95)


def test_statistic_is_that_of_the_contrast() -> None:
    """Weights c of the rows' means; its variance is sigma^2 times the sum of c^2 / n (Kirk 2013, equation 6.2-2)."""
    runs = np.array([len(side) for side in VALUES.values()])
    means = np.array([np.mean(list(side.values())) for side in VALUES.values()])
    scores = np.array(list(SCORES.values()))
    contrast = runs * (scores - (runs * scores).sum() / runs.sum())
    t = (contrast @ means) / (0.8 * math.sqrt((contrast**2 / runs).sum()))
    found = trend(SCORES, VALUES, POOL, level=0.9)
    assert found.p_two_sided == pytest.approx(2 * stats.t.sf(abs(t), 30), rel=1e-9)
    error = found.slope / t
    half = stats.t.isf(0.05, 30) * error
    assert (found.low, found.high) == pytest.approx((found.slope - half, found.slope + half))
    assert found.smallest_detectable == pytest.approx(smallest_detectable(error, 30))


def test_of_a_straight_line_it_is_the_regression_s_own_test() -> None:
    """With as many df, and the residuals around the line as the deviation, SciPy's `linregress` says the same."""
    x, y = single_runs()
    theirs = stats.linregress(x, y)
    residuals = np.array(y) - theirs.intercept - theirs.slope * np.array(x)
    own = Pool(math.sqrt((residuals**2).sum() / (len(x) - 2)), len(x) - 2.0, (), {}, None)
    assert trend(SCORES, VALUES, own).p_two_sided == pytest.approx(theirs.pvalue, rel=1e-9)


def test_order_unit_and_origin_of_scores_do_not_matter() -> None:
    plain = trend(SCORES, VALUES, POOL)
    other = trend({name: 7 - 2 * score for name, score in reversed(SCORES.items())}, VALUES, POOL)
    assert other.slope == pytest.approx(-plain.slope / 2)
    assert other.p_two_sided == pytest.approx(plain.p_two_sided)
    assert other.rows == tuple(reversed(plain.rows))


def test_curves_are_no_noise() -> None:
    """A hump has no slope, and what lies off the line does not widen the interval."""
    humped = {
        name: dict.fromkeys(range(5), value) for name, value in zip("abcde", (0.0, 9.0, 12.0, 9.0, 0.0), strict=True)
    }
    scores = dict(zip("abcde", range(5), strict=True))
    found = trend(scores, humped, POOL)
    assert found.slope == pytest.approx(0, abs=1e-12)
    assert found.p_two_sided == pytest.approx(1)
    assert found.high == pytest.approx(stats.t.isf(0.025, 30) * 0.8 / math.sqrt(5 * 10))


@pytest.mark.parametrize(
    ("scores", "values"),
    [
        ({}, VALUES),
        ({"N=1": 0.0, "N=2": 1.0}, VALUES),
        (dict.fromkeys(SCORES, 2.0), VALUES),
        (SCORES, {**VALUES, "N=2": {}, "N=6": {}}),
        (SCORES, {name: VALUES[name] for name in ("N=1", "N=4")}),
    ],
)
def test_fewer_than_three_rows_or_one_score_have_no_trend(scores: dict, values: dict) -> None:
    assert trend(scores, values, POOL) is None


def test_rows_without_a_score_or_a_value_are_passed_over() -> None:
    more = trend({**SCORES, "N=9": 3.0, "N=8": 4.0}, {**VALUES, "base": {0: math.nan}, "N=8": {}}, POOL)
    assert more == trend(SCORES, VALUES, POOL)


def grids(ends_apart: float, count: int, generator: np.random.Generator) -> np.ndarray:
    """5 rows of 5 runs on a straight line: shape (count, 5, 5), deviation 1."""
    return np.linspace(0, ends_apart, 5)[:, None] + generator.normal(size=(count, 5, 5))


def found_by_trend(runs: np.ndarray) -> np.ndarray:
    """The same as `trend` with the pool of the 5 rows, for many grids."""
    deviations = np.sqrt(runs.var(axis=2, ddof=1).mean(axis=1))
    scores = np.arange(5) - 2.0
    t = (runs.mean(axis=2) @ scores / 10) / (deviations / math.sqrt(50))
    return 2 * stats.t.sf(np.abs(t), 20)


def test_the_fast_way_is_the_trend() -> None:
    for runs in grids(1.0, 5, np.random.default_rng(1)):
        values = {str(place): dict(enumerate(row)) for place, row in enumerate(runs)}
        shared = pool(values, alpha=1e-9)
        found = trend({str(place): float(place) for place in range(5)}, values, shared)
        assert found.p_two_sided == pytest.approx(found_by_trend(runs[None])[0])


def test_wrong_trends() -> None:
    wrong = (found_by_trend(grids(0.0, 20_000, np.random.default_rng(2))) <= 0.05).mean()
    assert wrong == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / 20_000))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_refuses_what_is_not_finite(bad: float) -> None:
    with pytest.raises(ValueError, match="score of row N=2"):
        trend({**SCORES, "N=2": bad}, VALUES, POOL)
    with pytest.raises(ValueError, match="N=2's value of seed 4"):
        trend(SCORES, {**VALUES, "N=2": {4: bad}}, POOL)


def test_refuses_arguments_out_of_range() -> None:
    with pytest.raises(ValueError, match="level"):
        trend(SCORES, VALUES, POOL, level=95)
    with pytest.raises(ValueError, match="alpha and power"):
        trend(SCORES, VALUES, POOL, power=1.0)


def test_with_two_rows_worth_of_contrast_it_is_welch_s_test() -> None:
    """Over scores -1, 0, 1 the middle row has no weight, and what remains is SciPy's unequal-variance test."""
    generator = np.random.default_rng(3)
    values = {
        name: dict(enumerate(generator.normal(mean, sd, 5)))
        for name, mean, sd in (("a", 1, 3), ("b", 2, 1), ("c", 4, 1))
    }
    found = trend({"a": -1.0, "b": 0.0, "c": 1.0}, values, None)
    theirs = stats.ttest_ind(list(values["c"].values()), list(values["a"].values()), equal_var=False)
    assert found.p_two_sided == pytest.approx(theirs.pvalue, rel=1e-9)
    assert found.df == pytest.approx(theirs.df, rel=1e-9)
    assert (2 * found.low, 2 * found.high) == pytest.approx(tuple(theirs.confidence_interval(0.95)), rel=1e-9)


def test_without_a_pool_a_single_run_says_nothing_and_no_spread_decides_nothing() -> None:
    scores = {"a": 0.0, "b": 1.0, "c": 2.0}
    assert trend(scores, {"a": {1: 1.0, 2: 2.0}, "b": {1: 1.0, 2: 3.0}, "c": {1: 5.0}}, None) is None
    assert trend(scores, {name: {1: 1.0, 2: 1.0} for name in scores}, None) is None


@pytest.mark.parametrize("trials", others_slow([400, 2000], [0]))
def test_rows_of_unequal_deviations_are_found_to_tend_by_chance_five_times_in_a_hundred(trials: int) -> None:
    generator = np.random.default_rng(11)
    scores = {name: float(place) for place, name in enumerate("abcd")}
    found = 0
    for _ in range(trials):
        values = {
            name: dict(enumerate(generator.normal(0, sd, 5))) for name, sd in zip(scores, (8, 4, 2, 1), strict=True)
        }
        found += trend(scores, values, None).p_two_sided < 0.05
    assert abs(found / trials - 0.05) < 4 * math.sqrt(0.05 * 0.95 / trials)


def test_rounding_is_no_spread() -> None:
    values = {"a": {1: 0.3, 2: 0.1 + 0.2}, "b": {1: 0.4, 2: 0.4}, "c": {1: 0.5, 2: 0.5}}
    assert trend({"a": 0, "b": 1, "c": 2}, values, None) is None


LEAST = {"N=1": 0.9, "N=2": 0.5, "N=4": 0.7, "N=6": 1.1}


@pytest.mark.parametrize("shared", [POOL, None])
def test_the_slope_s_error_is_never_smaller_than_that_of_sampling_lines(shared: Pool | None) -> None:
    """The slope is a weighted sum of independent means, whose least errors add up by their squares."""
    values = {name: runs for name, runs in VALUES.items() if shared is not None or len(runs) > 1}
    runs = np.array([len(values[name]) for name in values])
    scores = np.array([SCORES[name] for name in values])
    centred = scores - (runs * scores).sum() / runs.sum()
    weights = runs * centred / (runs * centred**2).sum()
    expected = math.sqrt(sum((weight * LEAST[name]) ** 2 for weight, name in zip(weights, values, strict=True)))
    plain, floored = (trend(SCORES, VALUES, shared, least_errors=least) for least in (None, LEAST))
    half = (floored.high - floored.low) / 2
    assert half == pytest.approx(stats.t.isf(0.025, floored.df) * expected)
    assert half > (plain.high - plain.low) / 2
    assert (floored.slope, floored.df) == (plain.slope, plain.df)
    tiny = trend(SCORES, VALUES, shared, least_errors=dict.fromkeys(SCORES, 1e-6))
    assert tiny == plain


def test_rows_without_spread_have_the_error_of_sampling_lines() -> None:
    flat = {name: dict.fromkeys(range(3), 20.0 + score) for name, score in SCORES.items()}
    assert trend(SCORES, flat, None) is None
    found = trend(SCORES, flat, None, least_errors=LEAST)
    assert found.slope == pytest.approx(1.0)
    assert found.df == 4 * 2
    assert found.smallest_detectable > 0.1
