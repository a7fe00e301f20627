"""A deviation that rows share, against the analysis of variance by hand, SciPy's tests and planted cases."""

import math

import numpy as np
import pytest
from scipy import stats

from repro.statistics.differences import difference, smallest_detectable
from repro.statistics.dunnett import critical_value
from repro.statistics.equivalence import two_one_sided_tests
from repro.statistics.pooling import Pool, pool, pooled_difference

A = {1: 27.1, 2: 26.4, 3: 28.0, 4: 27.7, 5: 26.9}
B = {1: 26.2, 2: 26.3, 3: 27.1, 4: 26.0, 5: 26.6, 6: 26.9, 7: 25.8}
C = {8: 25.5, 9: 26.9}


def values(side: dict[int, float]) -> np.ndarray:
    return np.array(list(side.values()))


def runs(*numbers: float) -> dict[int, float]:
    return dict(enumerate(numbers))


def test_by_hand() -> None:
    found = pool({"a": runs(1.0, 3.0), "b": runs(10.0, 11.0, 12.0)})
    assert found.deviation == pytest.approx(math.sqrt((2.0 + 2.0) / 3))
    assert (found.df, found.rows, found.apart) == (3, ("a", "b"), {})


def test_the_deviation_is_that_of_the_analysis_of_variance() -> None:
    """F of one way is the mean square between rows over the pooled variance."""
    found = pool({"A": A, "B": B, "C": C})
    sides = [values(side) for side in (A, B, C)]
    whole = np.concatenate(sides)
    between = sum(len(side) * (side.mean() - whole.mean()) ** 2 for side in sides) / 2
    assert found.df == len(whole) - 3
    assert between / found.deviation**2 == pytest.approx(stats.f_oneway(*sides).statistic)


def test_two_rows_are_student_s_test() -> None:
    shared = pool({"A": A, "B": B})
    theirs = stats.ttest_ind(values(A), values(B), equal_var=True)
    interval = theirs.confidence_interval(0.9)
    found = pooled_difference(A, B, shared, direction="higher", level=0.9)
    assert found.estimate == pytest.approx(values(A).mean() - values(B).mean())
    assert found.p_two_sided == pytest.approx(theirs.pvalue, rel=1e-12)
    assert found.p_one_sided == pytest.approx(stats.ttest_ind(values(A), values(B), alternative="greater").pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert (found.n, found.df, found.paired, found.left_out, found.level) == (5, 10, False, 0, 0.9)
    assert found.standard_error == pytest.approx(shared.deviation * math.sqrt(1 / 5 + 1 / 7))
    assert found.deviation == pytest.approx(shared.deviation * math.sqrt(2))
    assert found.smallest_detectable == smallest_detectable(found.standard_error, 10, two_sided=False)


def test_fields_are_those_of_a_difference() -> None:
    """Where deviations and numbers of runs are the same, Welch's test is the pooled one."""
    row, base = runs(1.0, 2.0, 4.0), {seed + 10: value for seed, value in runs(6.0, 7.0, 9.0).items()}
    theirs = vars(difference(row, base, direction="lower"))
    ours = vars(pooled_difference(row, base, pool({"row": row, "base": base}), direction="lower"))
    assert ours.keys() == theirs.keys()
    for field, value in theirs.items():
        assert ours[field] == (pytest.approx(value) if isinstance(value, float) else value)


def test_the_third_row_sharpens_the_comparison_of_the_others() -> None:
    two, three = pool({"A": A, "B": B}), pool({"A": A, "B": B, "D": {seed: value - 9 for seed, value in B.items()}})
    assert three.df == 16
    assert pooled_difference(A, B, three).smallest_detectable < pooled_difference(A, B, two).smallest_detectable


def test_rows_without_spread_and_single_runs_stand_apart() -> None:
    solved = dict.fromkeys(range(5), 100.0)
    rounded = {0: 0.3, 1: 0.1 + 0.2, 2: 0.3}
    found = pool({"A": A, "solved": solved, "B": B, "one": {1: 3.0}, "none": {}, "rounded": rounded})
    assert found.apart == {"solved": "no spread", "one": "a single run", "none": "no run", "rounded": "no spread"}
    alone = pool({"A": A, "B": B})
    assert found.rows == ("A", "B")
    assert (found.deviation, found.df, found.p_homogeneity) == (alone.deviation, alone.df, alone.p_homogeneity)
    tested = pooled_difference(solved, B, found)
    assert tested.standard_error == found.deviation * math.sqrt(1 / 5 + 1 / 7)
    assert 0 < tested.p_two_sided < 1e-10
    # It is the same as itself only within what the pooled deviation lets be seen.
    assert 0 < two_one_sided_tests(pooled_difference(solved, solved, found), 1.0).p_value < 0.05


def test_a_single_run_is_tested() -> None:
    shared = pool({"A": A, "B": B})
    found = pooled_difference({7: 30.0}, B, shared)
    assert (found.n, found.df) == (1, 10)
    t = (30.0 - values(B).mean()) / (shared.deviation * math.sqrt(1 + 1 / 7))
    assert found.p_two_sided == pytest.approx(2 * stats.t.sf(t, 10))


@pytest.mark.parametrize(("row", "base"), [({}, B), (A, {}), ({}, {})])
def test_without_runs_there_is_no_estimate(row: dict, base: dict) -> None:
    found = pooled_difference(row, base, pool({"A": A, "B": B}), direction="higher")
    numbers = {key: value for key, value in vars(found).items() if key not in ("level", "n", "direction")}
    assert numbers == {**dict.fromkeys(numbers), "paired": False, "left_out": 0}
    assert (found.n, found.direction) == (0, "higher")


@pytest.mark.parametrize("rows", [{}, {"A": A}, {"A": A, "one": {1: 2.0}}, {"A": A, "flat": runs(1.0, 1.0)}])
def test_fewer_than_two_rows_are_not_pooled(rows: dict) -> None:
    assert pool(rows) is None


def bartlett_and_cochran(rows: dict[str, dict[int, float]]) -> tuple[float, float]:
    """SciPy's, and one from the F distribution: the largest variance against those of the others together."""
    sides = [values(side) for side in rows.values()]
    squares = [(len(side) - 1) * side.var(ddof=1) for side in sides]
    p_values = []
    for place, side in enumerate(sides):
        mine, others = len(side) - 1, sum(len(each) - 1 for each in sides) - len(side) + 1
        f = (squares[place] / mine) / ((sum(squares) - squares[place]) / others)
        p_values.append(stats.f.sf(f, mine, others))
    return stats.bartlett(*sides).pvalue, len(sides) * min(p_values)


@pytest.mark.parametrize("factor", [1.0, 2.0, 4.0, 9.0])
def test_homogeneity_is_the_smaller_of_two_tests_doubled(factor: float) -> None:
    generator = np.random.default_rng(4)
    rows = {str(place): runs(*generator.normal(size=4 + place % 3)) for place in range(8)}
    rows["3"] = {seed: factor * value for seed, value in rows["3"].items()}
    expected = min(1.0, 2 * min(bartlett_and_cochran(rows)))
    found = pool(rows)
    assert (found is None) == (expected <= 0.05)
    assert pool(rows, alpha=1e-30).p_homogeneity == pytest.approx(expected)
    if 1e-30 < expected < 1:
        assert pool(rows, alpha=expected * 1.001) is None
        assert pool(rows, alpha=expected * 0.999) is not None


def test_one_noisy_row_and_two_kinds_of_rows_are_seen() -> None:
    """Cochran's test sees the first, Bartlett's the second."""
    generator = np.random.default_rng(5)
    plain = {str(place): generator.permutation([-1.3, -0.6, 0.0, 0.6, 1.3]) for place in range(12)}
    noisy = {name: runs(*(sample * (3.4 if name == "0" else 1.0))) for name, sample in plain.items()}
    mixed = {name: runs(*(sample * (3.4 if int(name) % 2 else 1.0))) for name, sample in plain.items()}
    assert pool({name: runs(*sample) for name, sample in plain.items()}).p_homogeneity == 1.0
    for rows, seen_by in ((noisy, 1), (mixed, 0)):
        both = bartlett_and_cochran(rows)
        assert both[seen_by] == min(both)
        assert pool(rows) is None


def test_cautious_errors_are_never_below_welch_s() -> None:
    shared = Pool(1.0, 40.0, ("A", "B"), {}, 1.0)
    wild = {seed: 10 * value for seed, value in A.items()}
    other = {seed + 100: value for seed, value in B.items()}
    assert pooled_difference(wild, other, shared).standard_error == pytest.approx(math.sqrt(1 / 5 + 1 / 7))
    own = difference(wild, other).standard_error
    found = pooled_difference(wild, other, shared, cautious=True)
    assert found.standard_error == pytest.approx(own)
    assert found.p_two_sided == pytest.approx(2 * stats.t.sf(abs(found.estimate) / own, 40))
    # A single run has no deviation of its own, and takes the pooled one.
    once = pooled_difference({3: 1.0}, wild, shared, cautious=True)
    assert once.standard_error == pytest.approx(math.hypot(1.0, stats.sem(values(wild))))
    # Where the pooled error is the larger, it stays.
    calm = {seed: 26 + value / 100 for seed, value in A.items()}
    for row in (calm, {3: 1.0}, dict.fromkeys(range(5), 2.0)):
        careful, plain = (pooled_difference(row, calm, shared, cautious=each) for each in (True, False))
        assert careful == plain


def test_smallest_detectable_at_the_critical_value_of_a_grid() -> None:
    """By simulation: of 18 rows one differs by it, and is found in 80 of 100 grids."""
    names = [str(place) for place in range(18)]
    bases, sizes = dict.fromkeys(names, "base"), {**dict.fromkeys(names, 5), "base": 10}
    critical = critical_value(bases, sizes, 81.0, 0.05)
    shared = Pool(1.5, 81.0, (*names, "base"), {}, 1.0)
    found = pooled_difference(runs(*[0.0] * 5), runs(*[0.0] * 10), shared, critical=critical)
    assert found.smallest_detectable == smallest_detectable(found.standard_error, 81.0, critical=critical)
    generator = np.random.default_rng(6)
    means = generator.normal(found.smallest_detectable, found.standard_error, size=40_000)
    deviations = np.sqrt(generator.chisquare(81, size=40_000) / 81)
    power = (means / (found.standard_error * deviations) >= critical).mean()
    assert power == pytest.approx(0.8, abs=4 * math.sqrt(0.8 * 0.2 / 40_000))
    # The interval and the p value are those of this row alone.
    assert found.high == pytest.approx(stats.t.isf(0.025, 81) * found.standard_error)


def test_student_s_critical_value_changes_nothing() -> None:
    assert smallest_detectable(2.0, 9, critical=float(stats.t.isf(0.025, 9))) == smallest_detectable(2.0, 9)
    assert smallest_detectable(2.0, 9, critical=4.0) > smallest_detectable(2.0, 9)
    for bad in (-2.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="critical"):
            smallest_detectable(2.0, 9, critical=bad)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_refuses_what_is_not_finite(bad: float) -> None:
    shared = pool({"A": A, "B": B})
    with pytest.raises(ValueError, match="row A's value of seed 9"):
        pool({"A": {**A, 9: bad}, "B": B})
    with pytest.raises(ValueError, match="row's value of seed 9"):
        pooled_difference({**A, 9: bad}, B, shared)
    with pytest.raises(ValueError, match="base's value of seed 9"):
        pooled_difference(A, {**B, 9: bad}, shared)


def test_refuses_arguments_out_of_range() -> None:
    shared = pool({"A": A, "B": B})
    with pytest.raises(ValueError, match="alpha"):
        pool({"A": A}, alpha=0.0)
    with pytest.raises(ValueError, match="level"):
        pooled_difference(A, B, shared, level=95)
    with pytest.raises(ValueError, match="direction"):
        pooled_difference(A, B, shared, direction="better")
    with pytest.raises(ValueError, match="alpha and power"):
        pooled_difference(A, B, shared, power=1.0)
