"""Planted laws are recovered, and a wrong formula is said to be wrong."""

import math

import numpy as np
import pytest
from scipy import stats

from ablations.complexity.laws import LAWS, agreement, candidates, choose, exponent, formula_value
from ablations.complexity.paper import big_o, table1


def points(cost, n=(16, 32, 64, 128), d=(8, 64), noise=0.0):
    generator = np.random.default_rng(1)
    return [({"n": a, "d": b}, cost(a, b) * math.exp(noise * generator.standard_normal())) for a in n for b in d]


def test_the_exponent_of_one_size_is_scipy_s_slope() -> None:
    generator = np.random.default_rng(2)
    n = np.array([16, 32, 64, 128, 256, 512])
    cost = 3.0 * n**1.7 * np.exp(0.1 * generator.standard_normal(6))
    ours = exponent([({"n": int(a)}, float(c)) for a, c in zip(n, cost, strict=True)], "n")
    theirs = stats.linregress(np.log(n), np.log(cost))
    half = stats.t.ppf(0.975, 4) * theirs.stderr
    assert ours.value == pytest.approx(theirs.slope)
    assert (ours.low, ours.high) == pytest.approx((theirs.slope - half, theirs.slope + half))
    assert ours.points == 6


def test_groups_have_factors_of_their_own() -> None:
    fit = exponent(points(lambda n, d: (1e3 if d == 8 else 1e-3) * n**1.5), "n")
    assert fit.value == pytest.approx(1.5)
    assert fit.high - fit.low < 1e-6
    assert exponent(points(lambda n, d: n), "d") is None  # two widths carry no exponent


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    generator = np.random.default_rng(3)
    covered = 0
    for _ in range(400):
        noisy = [
            ({"n": n, "d": d}, d * n**1.5 * math.exp(0.2 * generator.standard_normal()))
            for n in (8, 16, 32, 64)
            for d in (1, 2)
        ]
        fit = exponent(noisy, "n")
        covered += fit.low <= 1.5 <= fit.high
    assert 0.92 <= covered / 400 <= 0.98


def test_a_formula_with_lower_order_terms_agrees() -> None:
    found = agreement(points(lambda n, d: 4 * n**2 * d + 6 * n**2, d=(64, 128, 256)), "n**2 * d")
    assert found.agrees
    assert found.reason is None
    assert found.ratio.keys() == {"n", "d"}


@pytest.mark.parametrize("wrong", ["n * d", "n**2 * d**2", "n**2", "n * d**2", "n**1.5 * d"])
def test_a_wrong_formula_disagrees(wrong: str) -> None:
    found = agreement(points(lambda n, d: 4 * n**2 * d, d=(64, 128, 256)), wrong)
    assert not found.agrees
    assert "measured / stated grows as" in found.reason


def test_a_sum_of_terms_is_tested_as_it_stands() -> None:
    cost = lambda n, d: 3 * n * d + n * d**2  # noqa: E731
    assert agreement(points(cost, d=(2, 8, 32)), "3 * n * d + n * d**2").agrees
    assert not agreement(points(cost, d=(2, 8, 32)), "n * d**2").agrees


def test_noise_that_hides_the_exponent_is_no_agreement() -> None:
    assert not agreement(points(lambda n, d: n, noise=1.0), "n").agrees
    assert not agreement([({"n": 4}, 1.0), ({"n": 8}, 2.0)], "n").agrees


@pytest.mark.parametrize(
    ("law", "cost"),
    [
        ("1", lambda n, k: 7),
        ("log(n)", lambda n, k: 3 + 2 * math.ceil(math.log2(n))),
        ("n", lambda n, k: 5 * n + 2),
        ("log_k(n)", lambda n, k: 2 * math.ceil(math.log(2 * n - 1, k))),
        ("n/k", lambda n, k: 3 * math.ceil(2 * (n - 1) / (k - 1))),
        ("n^2", lambda n, k: n * n + 3 * n),
    ],
)
def test_a_planted_law_is_chosen(law: str, cost) -> None:
    measured = [({"n": n, "k": k}, cost(n, k)) for n in (8, 12, 16, 24, 32, 48, 64) for k in (3, 5, 9)]
    choice = choose(measured)
    assert choice.law == law
    assert choice.ahead > 2
    assert choice.fits[0].low <= choice.fits[0].factor <= choice.fits[0].high


def test_least_squares_is_scipy_s() -> None:
    n = np.array([4, 8, 16, 32, 64, 128])
    cost = 3.0 * n + np.array([1, -2, 0, 2, -1, 1])
    fit = next(
        fit for fit in choose([({"n": int(a)}, float(c)) for a, c in zip(n, cost, strict=True)]).fits if fit.law == "n"
    )
    theirs = stats.linregress(n, cost)
    half = stats.t.ppf(0.975, 4) * theirs.stderr
    assert (fit.factor, fit.offset, fit.low) == pytest.approx((theirs.slope, theirs.intercept, theirs.slope - half))


def test_what_varies_decides_which_laws_are_tried() -> None:
    assert candidates([({"n": n}, 1.0) for n in (1, 2, 3)]) == ["1", "log(n)", "n", "n^2"]
    assert "n/r" in candidates([({"n": 4, "r": r}, 1.0) for r in (3, 5)])
    assert "n/k" not in candidates([({"n": 4, "r": r}, 1.0) for r in (3, 5)])


def test_a_shrinking_length_follows_no_growing_law() -> None:
    assert choose([({"n": n}, 100 - n) for n in (4, 8, 16, 32, 64, 80)]).law == "1"


def test_five_points_are_too_few() -> None:
    with pytest.raises(ValueError, match="too few"):
        choose([({"n": n}, n) for n in range(1, 6)])


def test_the_paper_s_table_can_be_computed() -> None:
    sizes = {"n": 7, "d": 5, "k": 3, "r": 9}
    values = {layer: formula_value(entry.operations, sizes) for layer, entry in table1().items()}
    assert values["self-attention"] == 7**2 * 5
    assert values["lstm"] == values["gru"] == values["recurrent"] == 7 * 5**2
    assert values["convolution"] == values["convolution-dilated"] == 3 * 7 * 5**2
    assert values["convolution-separable"] == 3 * 7 * 5 + 7 * 5**2
    assert values["restricted"] == 9 * 7 * 5
    assert {entry.sequential for entry in table1().values()} | {
        entry.path for entry in table1().values()
    } <= LAWS.keys()
    assert big_o("n**2 * d") == "O(n^2 d)"
