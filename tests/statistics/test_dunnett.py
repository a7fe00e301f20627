"""Dunnett's correction against published tables, SciPy's random integrals, adaptive quadrature and brute force."""

import math
import time
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, stats

from repro.statistics import dunnett
from repro.statistics.dunnett import critical_value, many_to_one
from tests.representatives import others_slow


def one_base(rows: int, runs: int = 5, base_runs: int = 5) -> tuple[dict[str, str], dict[str, int]]:
    names = [f"row {index}" for index in range(rows)]
    return dict.fromkeys(names, "base"), {**dict.fromkeys(names, runs), "base": base_runs}


def p_value(t: float, bases: dict[str, str], sizes: dict[str, int], df: float) -> float:
    found = many_to_one(dict.fromkeys(bases, t), bases, sizes, df)
    assert len(set(found.values())) == 1
    return next(iter(found.values()))


@pytest.mark.parametrize(
    ("df", "alpha", "quantiles"),
    [
        (5, 0.05, [2.57, 3.03, 3.29, 3.48, 3.62, 3.73, 3.82, 3.90, 3.97]),
        (10, 0.05, [2.23, 2.57, 2.76, 2.89, 2.99, 3.07, 3.14, 3.19, 3.24]),
        (20, 0.05, [2.09, 2.38, 2.54, 2.65, 2.73, 2.80, 2.86, 2.90, 2.95]),
        (60, 0.05, [2.00, 2.27, 2.41, 2.51, 2.58, 2.64, 2.69, 2.73, 2.77]),
        (math.inf, 0.05, [1.96, 2.21, 2.35, 2.44, 2.51, 2.57, 2.61, 2.65, 2.69]),
        (20, 0.01, [2.85, 3.13, 3.29, 3.40, 3.48, 3.55, 3.60, 3.65, 3.69]),
    ],
)
def test_published_tables(df: float, alpha: float, quantiles: list[float]) -> None:
    """Dunnett (1964), "New tables for multiple comparisons with a control", tables 1 and 2: as many runs in all."""
    for rows, expected in enumerate(quantiles, start=1):
        assert critical_value(*one_base(rows), df, alpha) == pytest.approx(expected, abs=0.0051)


def covariance(bases: dict[str, str], sizes: dict[str, int]) -> np.ndarray:
    """Of the standardised differences: what two rows share is the mean of the base they share, or of one another."""
    rows = list(bases)
    names = sorted({*bases, *bases.values()})
    contrasts = np.array([[(name == row) - (name == bases[row]) for name in names] for row in rows], dtype=float)
    whole = contrasts @ np.diag([1 / sizes[name] for name in names]) @ contrasts.T
    scale = np.sqrt(np.diag(whole))
    return whole / np.outer(scale, scale)


TWO_BASES = (
    {"a": "base", "b": "base", "c": "base", "d": "other", "e": "other", "f": "third"},
    {"a": 5, "b": 4, "c": 5, "d": 3, "e": 5, "f": 2, "base": 10, "other": 5, "third": 6},
)


@pytest.mark.parametrize("family", [one_base(3), one_base(4, 5, 10), TWO_BASES])
@pytest.mark.parametrize("t", [1.0, 2.2, 3.5])
def test_agrees_with_the_multivariate_t_distribution(family: tuple[dict[str, str], dict[str, int]], t: float) -> None:
    """SciPy's, integrated over random points: good to some 1e-4."""
    bases, sizes = family
    df, limits = 17, np.full(len(bases), t)
    theirs = stats.multivariate_t(shape=covariance(bases, sizes), df=df, seed=1)
    inside = theirs.cdf(limits, lower_limit=-limits, maxpts=200_000, random_state=1)
    assert p_value(t, bases, sizes, df) == pytest.approx(1 - inside, abs=3e-4)


def test_agrees_with_scipy_s_dunnett() -> None:
    generator = np.random.default_rng(3)
    base = generator.normal(size=8)
    samples = [generator.normal(0.7 * index, 1, size=5 + index) for index in range(4)]
    theirs = stats.dunnett(*samples, control=base, random_state=2)
    names = [f"row {index}" for index in range(4)]
    sizes = {**{name: len(sample) for name, sample in zip(names, samples, strict=True)}, "base": 8}
    df = sum(sizes.values()) - 5
    variance = sum((len(sample) - 1) * sample.var(ddof=1) for sample in (*samples, base)) / df
    t = {
        name: (sample.mean() - base.mean()) / math.sqrt(variance * (1 / len(sample) + 1 / 8))
        for name, sample in zip(names, samples, strict=True)
    }
    assert list(t.values()) == pytest.approx(theirs.statistic)
    found = many_to_one(t, dict.fromkeys(names, "base"), sizes, df)
    assert list(found.values()) == pytest.approx(theirs.pvalue, abs=5e-4)


@pytest.mark.parametrize(("df", "t"), [(1, 2.0), (2, 3.0), (4, 0.3), (8, 3.0), (76, 2.9)])
@pytest.mark.parametrize(("rows", "ratio"), others_slow([(18, 1), (60, 0.1), (5, 4)], [0]))
def test_agrees_with_adaptive_quadrature(df: float, t: float, rows: int, ratio: float) -> None:
    """The same integral as defined, over the densities, by SciPy's adaptive rules: to 1e-8."""

    def outside_given(s: float) -> float:
        def over(z: float) -> float:
            shift, limit = z * math.sqrt(ratio), t * s * math.sqrt(1 + ratio)
            inside = stats_norm_cdf(shift + limit) - stats_norm_cdf(shift - limit)
            return math.exp(-z * z / 2) / math.sqrt(2 * math.pi) * (1 - inside**rows)

        return 2 * integrate.quad(over, 0, 9, epsabs=1e-12, epsrel=1e-10, limit=200)[0]

    density = stats.chi(df, scale=1 / math.sqrt(df)).pdf
    high = float(stats.chi(df, scale=1 / math.sqrt(df)).isf(1e-14))
    # In log s, where the integrand is smooth however small df is, and its range long.
    points, weights = np.polynomial.legendre.leggauss(100 if df > 2 else 300)
    low = 0.5 * math.log(float(stats.chi2(df).ppf(1e-14)) / df)
    log_s = low + (math.log(high) - low) * (points + 1) / 2
    expected = sum(
        weight * outside_given(math.exp(x)) * density(math.exp(x)) * math.exp(x)
        for x, weight in zip(log_s, weights, strict=True)
    ) * ((math.log(high) - low) / 2)
    assert p_value(t, *one_base(rows, round(20 * ratio), 20), df) == pytest.approx(expected, abs=1e-8)


def stats_norm_cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


@pytest.mark.parametrize("df", [1, 4, 17, 85])
def test_finer_points_change_nothing(df: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a wider range: what is stated is 1e-8."""
    families = [one_base(18), one_base(18, 5, 10), one_base(18, 20, 2), TWO_BASES]
    statistics = [0.2, 1.0, 2.0, 3.0, 5.0]
    coarse = [[p_value(t, *family, df) for t in statistics] for family in families]
    for name, value in {"STEP_OF_MEANS": 0.11, "STEP_OF_SPREADS": 1 / 7, "TAIL": 1e-17}.items():
        monkeypatch.setattr(dunnett, name, value)
    clear()
    fine = [[p_value(t, *family, df) for t in statistics] for family in families]
    clear()
    assert np.array(coarse) == pytest.approx(np.array(fine), abs=1e-8, rel=0)
    assert coarse != fine


def clear() -> None:
    for cached in (dunnett._means, dunnett._spreads, dunnett._critical):
        cached.cache_clear()


@pytest.mark.parametrize("df", [4, 36, 76, math.inf])
def test_one_row_is_student_s_test(df: float) -> None:
    for t in (0.0, 0.5, 2.0, -7.0, 30.0):
        assert p_value(t, *one_base(1), df) == pytest.approx(2 * stats.t.sf(abs(t), df), rel=1e-9)
    assert critical_value(*one_base(1), df, 0.05) == pytest.approx(stats.t.isf(0.025, df))


@pytest.mark.parametrize("rows", [1, 5, 20])
@pytest.mark.parametrize("df", [4, 76, 300])
def test_however_large_a_statistic_p_values_are_in_order(rows: int, df: float) -> None:
    bases, sizes = one_base(rows)
    statistics = [0.0, 1e-9, 0.5, 3.0, 3.0 + 1e-9, 8.0, 12.0, 20.0, 30.0, 30.5, 200.0, 1e6]
    found = [p_value(t, bases, sizes, df) for t in statistics]
    assert found[0] == 1
    assert all(earlier >= later for earlier, later in pairwise(found))
    assert found[3] > found[5] > found[6] >= found[8] >= 0
    alone = [2 * stats.t.sf(t, df) for t in statistics]
    assert all(a <= p <= rows * a for a, p in zip(alone[1:], found[1:], strict=True) if p < 1)
    assert p_value(math.inf, bases, sizes, df) == 0


def test_by_simulation_with_two_bases() -> None:
    bases, sizes = TWO_BASES
    generator = np.random.default_rng(8)
    names = sorted(sizes)
    means = {name: generator.normal(size=200_000) / math.sqrt(sizes[name]) for name in names}
    s = np.sqrt(generator.chisquare(9, size=200_000) / 9)
    t = [(means[r] - means[b]) / s / math.sqrt(1 / sizes[r] + 1 / sizes[b]) for r, b in bases.items()]
    critical = critical_value(bases, sizes, 9, 0.05)
    wrong = (np.abs(t).max(axis=0) >= critical).mean()
    assert wrong == pytest.approx(0.05, abs=4 * math.sqrt(0.05 * 0.95 / 200_000))


def test_a_base_that_is_a_row_too_is_conservative() -> None:
    """The chance of any wrong finding is below alpha, and only a little."""
    bases = {"a": "base", "b": "a", "c": "a", "d": "b"}
    sizes = dict.fromkeys(("a", "b", "c", "d", "base"), 5)
    generator = np.random.default_rng(9)
    means = {name: generator.normal(size=400_000) / math.sqrt(5) for name in sizes}
    s = np.sqrt(generator.chisquare(20, size=400_000) / 20)
    t = [(means[row] - means[base]) / s / math.sqrt(2 / 5) for row, base in bases.items()]
    wrong = (np.abs(t).max(axis=0) >= critical_value(bases, sizes, 20, 0.05)).mean()
    assert 0.045 < wrong < 0.05


def test_the_critical_value_is_where_p_is_alpha() -> None:
    for bases, sizes in (one_base(18), one_base(18, 5, 10), TWO_BASES):
        for alpha in (0.001, 0.05, 0.5):
            assert p_value(critical_value(bases, sizes, 30, alpha), bases, sizes, 30) == pytest.approx(alpha, rel=1e-8)


def test_rows_that_could_not_be_tested_count() -> None:
    bases, sizes = one_base(3)
    t = {"row 0": 2.5, "row 1": None, "row 2": -1.0}
    found = many_to_one(t, bases, sizes, 16)
    assert list(found) == list(t)
    assert found["row 1"] is None
    assert found["row 0"] == p_value(2.5, bases, sizes, 16)
    # One without a run counts as independent, which costs a little more.
    without = many_to_one(t, bases, {**sizes, "row 1": 0}, 16)
    assert found["row 0"] < without["row 0"] < 3 * 2 * stats.t.sf(2.5, 16)
    assert many_to_one(dict.fromkeys(bases), bases, sizes, 16) == dict.fromkeys(bases)
    assert many_to_one({}, {}, {}, 16) == {}


def test_correction_is_over_all_bases_and_milder_than_bonferroni_s() -> None:
    one, sizes = one_base(6)
    two = {row: "base" if index < 3 else "other" for index, row in enumerate(one)}
    sizes["other"] = 5
    shared, apart = p_value(2.5, one, sizes, 28), p_value(2.5, two, sizes, 28)
    assert p_value(2.5, dict(list(one.items())[:3]), sizes, 28) < shared < apart < 6 * 2 * stats.t.sf(2.5, 28)


def test_nothing_is_drawn_and_order_does_not_matter() -> None:
    bases, sizes = TWO_BASES
    t = {row: 0.7 * index + 0.3 for index, row in enumerate(bases)}
    found = many_to_one(t, bases, sizes, 30)
    clear()
    np.random.seed(5)
    again = many_to_one(dict(reversed(t.items())), dict(reversed(bases.items())), sizes, 30)
    assert again == found
    assert list(again) == list(reversed(found))


def test_twenty_rows_in_a_few_milliseconds() -> None:
    bases, sizes = one_base(20)
    t = {row: 0.21 * index for index, row in enumerate(bases)}
    spent = []
    for _ in range(5):
        started = time.process_time()
        many_to_one(t, bases, sizes, 80)
        spent.append(time.process_time() - started)
    assert min(spent) < 0.03  # some 5 ms on one free core


def test_refuses_what_is_no_family() -> None:
    bases, sizes = one_base(2)
    t = {"row 0": 1.0, "row 1": 2.0}
    with pytest.raises(ValueError, match="row 1"):
        many_to_one({"row 0": 1.0}, bases, sizes, 8)
    with pytest.raises(ValueError, match="own base"):
        many_to_one(t, {"row 0": "base", "row 1": "row 1"}, sizes, 8)
    with pytest.raises(ValueError, match="base has no number of runs"):
        many_to_one(t, bases, {"row 0": 5, "row 1": 5}, 8)
    with pytest.raises(ValueError, match="no run"):
        many_to_one(t, bases, {**sizes, "row 1": 0}, 8)
    with pytest.raises(ValueError, match="not a number"):
        many_to_one({**t, "row 1": math.nan}, bases, sizes, 8)
    for df in (0.5, -1, math.nan):
        with pytest.raises(ValueError, match="df"):
            many_to_one(t, bases, sizes, df)
    with pytest.raises(ValueError, match="alpha"):
        critical_value(bases, sizes, 8, 0.0)
    with pytest.raises(ValueError, match="no row"):
        critical_value({}, sizes, 8, 0.05)
