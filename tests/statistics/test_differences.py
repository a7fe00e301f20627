"""Differences over seeds against SciPy's t tests, and the smallest detectable one against integrals and simulation."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from repro.statistics.differences import difference, smallest_detectable

ROW = {1: 27.1, 2: 26.4, 3: 28.0, 4: 27.7, 5: 26.9}
BASE = {1: 26.2, 2: 26.3, 3: 27.1, 4: 26.0, 5: 26.6}


def values(side: dict[int, float]) -> np.ndarray:
    return np.array(list(side.values()))


def test_pairs_agree_with_scipy() -> None:
    found = difference(ROW, BASE)
    theirs = stats.ttest_rel(values(ROW), values(BASE))
    interval = theirs.confidence_interval(0.95)
    differences = values(ROW) - values(BASE)
    assert found.estimate == pytest.approx(differences.mean())
    assert found.deviation == pytest.approx(np.std(differences, ddof=1))
    assert found.standard_error == pytest.approx(stats.sem(differences))
    assert found.p_two_sided == pytest.approx(theirs.pvalue, rel=1e-12)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert (found.low, found.high) == pytest.approx(
        stats.t.interval(0.95, 4, loc=differences.mean(), scale=stats.sem(differences))
    )
    assert (found.n, found.df, found.paired, found.left_out, found.p_one_sided) == (5, 4, True, 0, None)


@pytest.mark.parametrize(("direction", "alternative"), [("higher", "greater"), ("lower", "less")])
@pytest.mark.parametrize("paired", [True, False])
def test_one_sided_agrees_with_scipy(direction: str, alternative: str, paired: bool) -> None:
    found = difference(ROW, BASE, direction=direction, paired=paired)
    if paired:
        theirs = stats.ttest_rel(values(ROW), values(BASE), alternative=alternative)
    else:
        theirs = stats.ttest_ind(values(ROW), values(BASE), equal_var=False, alternative=alternative)
    assert found.p_one_sided == pytest.approx(theirs.pvalue, rel=1e-12)


def test_unpaired_is_welch() -> None:
    row = {seed + 100: value for seed, value in ROW.items()}
    base = {1: 26.2, 2: 20.3, 3: 29.1}
    found = difference(row, base, level=0.9)
    theirs = stats.ttest_ind(values(row), values(base), equal_var=False)
    interval = theirs.confidence_interval(0.9)
    assert not found.paired
    assert found.estimate == pytest.approx(values(row).mean() - values(base).mean())
    assert found.df == pytest.approx(theirs.df, rel=1e-12)
    assert found.p_two_sided == pytest.approx(theirs.pvalue, rel=1e-12)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert found.deviation == pytest.approx(math.sqrt(values(row).var(ddof=1) + values(base).var(ddof=1)))
    assert (found.n, found.left_out) == (3, 0)


def test_pairs_are_found_by_seed_and_only_shared_ones_count() -> None:
    row = {7: 100.0, **dict(reversed(ROW.items()))}
    base = {**BASE, 8: -100.0, 9: 0.0}
    found = difference(row, base)
    assert found.left_out == 3
    assert {**vars(found), "left_out": 0} == vars(difference(ROW, BASE))


def test_pairing_sees_what_seeds_hide() -> None:
    generator = np.random.default_rng(0)
    seeds = generator.normal(0, 10, size=8)
    base = dict(enumerate(seeds))
    row = dict(enumerate(seeds + 1 + generator.normal(0, 0.1, size=8)))
    assert difference(row, base).p_two_sided < 1e-6
    assert difference(row, base, paired=False).p_two_sided > 0.5


@pytest.mark.parametrize(
    ("row", "base", "paired", "estimate"),
    [
        ({}, BASE, None, None),
        ({}, {}, True, None),
        ({1: 3.0}, {2: 1.0}, True, None),
        ({1: 3.0}, {1: 1.0}, None, 2.0),
        ({1: 3.0, 2: 4.0}, {1: 1.0, 3: 9.0}, None, 2.0),
        ({1: 3.0}, {2: 1.0, 3: 2.0}, None, 1.5),
    ],
)
def test_too_few_runs_give_no_interval(row: dict, base: dict, paired: bool | None, estimate: float | None) -> None:
    found = difference(row, base, paired=paired, direction="higher")
    assert found.estimate == estimate
    assert found.n == (estimate is not None)
    nothing = (found.low, found.high, found.deviation, found.standard_error, found.df, found.smallest_detectable)
    assert set(nothing) == {None}
    assert (found.p_two_sided, found.p_one_sided) == (None, None)


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize(
    ("row", "base", "estimate", "two_sided", "higher", "lower"),
    [
        (0.3, 0.3, 0.0, 1, 1, 1),
        (0.1 + 0.2, 0.3, 0.0, 1, 1, 1),  # the sum is no 0.3
        (63.0, 62.5, 0.5, 0, 0, 1),
        (0.1, 0.7, -0.6, 0, 1, 0),  # the mean of three times 0.1 is no 0.1
    ],
)
def test_without_spread_the_estimate_is_the_truth(
    row: float, base: float, estimate: float, two_sided: float, higher: float, lower: float, paired: bool
) -> None:
    sides = dict.fromkeys(range(3), row), dict.fromkeys(range(3), base)
    for direction, one_sided in (("higher", higher), ("lower", lower)):
        found = difference(*sides, paired=paired, direction=direction)
        assert found.estimate == pytest.approx(estimate, rel=1e-12, abs=0)
        assert (found.low, found.high) == (found.estimate, found.estimate)
        assert (found.p_two_sided, found.p_one_sided) == (two_sided, one_sided)
        assert (found.deviation, found.standard_error, found.smallest_detectable) == (0, 0, 0)


def test_equal_differences_of_unequal_runs_have_no_spread() -> None:
    base = {seed: 0.1 * seed for seed in range(10)}
    found = difference({seed: value + 0.7 for seed, value in base.items()}, base)
    assert found.estimate == pytest.approx(0.7)
    assert (found.deviation, found.p_two_sided) == (0, 0)


def test_welch_with_spread_on_one_side_only() -> None:
    found = difference(ROW, dict.fromkeys(range(10, 14), 26.0))
    alone = stats.ttest_1samp(values(ROW), 26.0)
    assert (found.df, found.p_two_sided) == pytest.approx((4, alone.pvalue))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("seed", [1, 9])
def test_refuses_what_is_not_finite(bad: float, seed: int) -> None:
    with pytest.raises(ValueError, match=f"row's value of seed {seed}"):
        difference({**ROW, seed: bad}, BASE)
    with pytest.raises(ValueError, match=f"base's value of seed {seed}"):
        difference(ROW, {**BASE, seed: bad})


def test_refuses_arguments_out_of_range() -> None:
    with pytest.raises(ValueError, match="level"):
        difference(ROW, BASE, level=95)
    with pytest.raises(ValueError, match="direction"):
        difference(ROW, BASE, direction="better")
    for alpha, power in ((0.0, 0.8), (0.05, 1.0), (0.5, 0.4)):
        with pytest.raises(ValueError, match="alpha and power"):
            difference(ROW, BASE, alpha=alpha, power=power)


def power_by_integration(noncentrality: float, df: float, critical: float) -> float:
    """P(Z + noncentrality > critical * sqrt(chi2 / df)), over the density of the square root."""

    def share(spread: float) -> float:
        density = 2 * df * spread * stats.chi2.pdf(df * spread**2, df)
        return float(density * stats.norm.sf(critical * spread - noncentrality))

    return float(integrate.quad(share, 0, 12, limit=400, points=[0.01, 0.1, 1.0])[0])


@pytest.mark.parametrize("df", [1, 2, 4, 7, 20.5])
@pytest.mark.parametrize("alpha", [0.05, 0.05 / 20])
@pytest.mark.parametrize("power", [0.2, 0.8])
@pytest.mark.parametrize("two_sided", [True, False])
def test_smallest_detectable_has_the_power_it_claims(df: float, alpha: float, power: float, two_sided: bool) -> None:
    found = smallest_detectable(3.0, df, alpha=alpha, power=power, two_sided=two_sided)
    critical = stats.t.isf(alpha / 2 if two_sided else alpha, df)
    assert power_by_integration(found / 3.0, df, critical) == pytest.approx(power, abs=1e-4)


def test_smallest_detectable_of_many_seeds_is_the_normal_one() -> None:
    normal = stats.norm.isf(0.025) + stats.norm.isf(0.2)
    assert smallest_detectable(2.0, 1e5) == pytest.approx(2 * normal, rel=1e-4)


@pytest.mark.parametrize(("n", "direction"), [(5, None), (5, "higher"), (8, "lower")])
def test_smallest_detectable_by_simulation(n: int, direction: str | None) -> None:
    """Runs that differ by it are found significant in 80 of 100 cases."""
    generator = np.random.default_rng(n)
    sample = generator.normal(size=n)
    sample = 1.5 * (sample - sample.mean()) / sample.std(ddof=1)  # differences whose deviation is 1.5, exactly
    found = difference(dict(enumerate(sample)), dict.fromkeys(range(n), 0.0), direction=direction)
    effect = found.smallest_detectable * (-1 if direction == "lower" else 1)
    alternative = {None: "two-sided", "higher": "greater", "lower": "less"}[direction]
    runs = generator.normal(effect, 1.5, size=(20_000, n))
    power = (stats.ttest_1samp(runs, 0, axis=1, alternative=alternative).pvalue < 0.05).mean()
    assert power == pytest.approx(0.8, abs=4 * math.sqrt(0.8 * 0.2 / 20_000))
