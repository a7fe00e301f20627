"""Agreement with a published column: signs by hand, Kendall's tau and its p value by brute force."""

import math
from itertools import combinations, permutations

import numpy as np
import pytest

from repro.statistics.agreement import RankAgreement, SignAgreement, rank_agreement, sign_agreement
from repro.statistics.differences import Difference, difference


def measured(*differences: float) -> Difference:
    return difference(dict(enumerate(differences)), dict.fromkeys(range(len(differences)), 0.0))


UP = measured(1.0, 0.8, 1.1, 0.9, 1.2)
DOWN = measured(-1.0, -0.8, -1.1, -0.9, -1.2)
STILL = measured(0.01, -0.02, 0.01, 0.0, -0.01)
WILD = measured(3.0, -3.0, 2.0, -2.0, 0.1)


def test_signs_and_sames_are_counted_apart() -> None:
    rows = [UP, DOWN, UP, STILL, UP, WILD, None, STILL, measured()]
    published = [0.5, -0.3, -2.0, 0.1, 0.0, -0.05, 0.4, None, 1.0]
    shown_same = [False, False, False, True, False, False, False, True, False]
    assert sign_agreement(rows, published, shown_same) == SignAgreement(
        signs=3, signs_agreeing=2, sames=3, sames_shown=1, missing=3
    )


def test_published_decimals_count_as_printed() -> None:
    """Table 3 prints 25.8 and 25.7: a difference of 0.1, although not to a computer."""
    gap = 25.8 - 25.7
    assert gap > 0.1
    assert sign_agreement([STILL], [gap], [False]).sames == 1
    assert sign_agreement([STILL], [25.8 - 25.6], [False]).sames == 0
    assert sign_agreement([STILL], [0.3], [False], same=0.3).sames == 1


def test_a_published_sameness_is_never_a_sign() -> None:
    """The sign is right, the difference is measured to be large: not the same."""
    assert sign_agreement([UP], [0.1], [False]) == SignAgreement(0, 0, 1, 0, 0)


def test_sameness_is_shown_by_the_grid_s_own_test_alone() -> None:
    assert sign_agreement([STILL, STILL], [0.0, 0.1], [True, False]) == SignAgreement(0, 0, 2, 1, 0)
    assert sign_agreement([STILL], [1.0], [True]) == SignAgreement(1, int(STILL.estimate > 0), 0, 0, 0)


def test_no_measured_difference_agrees_with_no_sign() -> None:
    nothing = measured(0.0, 0.0, 0.0)
    assert sign_agreement([nothing, nothing], [1.0, -1.0], [False, False]) == SignAgreement(2, 0, 0, 0, 0)


def tau_b_by_counting(x: list[float], y: list[float]) -> float:
    concordant = discordant = tied_x = tied_y = 0
    for i, j in combinations(range(len(x)), 2):
        product = (x[i] - x[j]) * (y[i] - y[j])
        concordant += product > 0
        discordant += product < 0
        tied_x += x[i] == x[j]
        tied_y += y[i] == y[j]
    pairs = math.comb(len(x), 2)
    return (concordant - discordant) / math.sqrt((pairs - tied_x) * (pairs - tied_y))


@pytest.mark.parametrize("seed", range(8))
def test_tau_agrees_with_counting_pairs(seed: int) -> None:
    generator = np.random.default_rng(seed)
    x, y = generator.integers(0, 5, size=(2, 9)).astype(float).tolist()
    found = rank_agreement(x, y)
    assert found.tau == pytest.approx(tau_b_by_counting(x, y))
    assert (found.n, found.missing) == (9, 0)
    assert 0 <= found.p_value <= 1


@pytest.mark.parametrize("y", [[0, 1, 2, 3, 4, 5], [2, 0, 1, 4, 3, 5], [5, 3, 4, 1, 2, 0], [3, 0, 5, 1, 4, 2]])
def test_p_value_agrees_with_all_orders(y: list[float]) -> None:
    x = [float(i) for i in range(6)]
    tau = tau_b_by_counting(x, y)
    as_far = [abs(tau_b_by_counting(x, list(order))) >= abs(tau) - 1e-12 for order in permutations(y)]
    found = rank_agreement(x, y)
    assert (found.tau, found.p_value) == pytest.approx((tau, np.mean(as_far)))


@pytest.mark.parametrize("y", [[1, 2, 2, 3, 4], [1, 1, 1, 2, 3], [2, 1, 1, 4, 3, 3], [4, 3, 2, 2, 1]])
def test_p_value_of_tied_rows_is_that_of_all_orders(y: list[float]) -> None:
    x = [float(i) for i in range(len(y))]
    tau = tau_b_by_counting(x, y)
    as_far = [abs(tau_b_by_counting(x, list(order))) >= abs(tau) - 1e-12 for order in permutations(y)]
    found = rank_agreement(x, y)
    assert (found.tau, found.p_value) == pytest.approx((tau, np.mean(as_far)))


@pytest.mark.parametrize("published", [[1, 2, 2, 3, 4], [1, 1, 1, 2, 3]])
@pytest.mark.parametrize("level", [0.01, 0.04, 0.1])
def test_random_orders_pass_a_level_no_more_often_than_it_says(published: list[float], level: float) -> None:
    """One-sided, as verdicts ask; the normal approximation passes 0.04 in 6.7% and 5% of these orders."""
    orders = list(permutations(range(len(published))))
    agreements = [rank_agreement([float(i) for i in order], published) for order in orders]
    passed = [found.tau > 0 and found.p_value / 2 <= level for found in agreements]
    assert np.mean(passed) <= level


def test_the_base_does_not_change_the_order() -> None:
    x, y = np.random.default_rng(5).normal(size=(2, 10))
    assert rank_agreement(x - 3.0, y + 1.0) == rank_agreement(x, y)


def test_missing_rows_are_skipped_and_counted() -> None:
    assert rank_agreement([None, 1.0, 2.0, 3.0, 9.0], [4.0, 1.0, 2.0, 3.0, None]) == RankAgreement(
        pytest.approx(1.0), pytest.approx(1 / 3), 3, 2
    )


@pytest.mark.parametrize(
    ("x", "y", "n"),
    [
        ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], 3),
        ([1.0, 2.0, 3.0], [0.5, 0.5, 0.5], 3),
        ([1.0, None, 2.0], [1.0, 2.0, None], 1),
        ([], [], 0),
    ],
)
def test_without_an_order_there_is_no_tau(x: list[float | None], y: list[float | None], n: int) -> None:
    assert rank_agreement(x, y) == RankAgreement(None, None, n, len(x) - n)


def test_refuses_what_is_no_pair_of_columns() -> None:
    with pytest.raises(ValueError, match="cannot be compared"):
        rank_agreement([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="cannot be compared"):
        sign_agreement([UP], [], [])
    for bad in (math.nan, math.inf):
        with pytest.raises(ValueError, match="finite"):
            rank_agreement([1.0, bad], [1.0, 2.0])
        with pytest.raises(ValueError, match="finite"):
            sign_agreement([UP], [bad], [False])
        with pytest.raises(ValueError, match="same"):
            sign_agreement([UP], [1.0], [False], same=bad)
