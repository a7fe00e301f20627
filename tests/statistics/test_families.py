"""Holm's correction against its own definition, step by step, and against cases worked by hand."""

import math

import numpy as np
import pytest

from repro.statistics.families import holm, holm_with_untested


def rejected(p_values: list[float], alpha: float) -> set[int]:
    """Step down: the smallest against alpha / k, the next against alpha / (k - 1), until one is not rejected."""
    done: set[int] = set()
    for step, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        # Rounding: 3 * (alpha / 3) may fall short of alpha.
        if p_values[index] > alpha / (len(p_values) - step) + 1e-15:
            break
        done.add(index)
    return done


def smallest_alpha(p_values: list[float], index: int) -> float:
    """The smallest alpha at which the steps reject one hypothesis, among those at which anything changes."""
    k = len(p_values)
    candidates = sorted({p * times for p in p_values for times in range(1, k + 1)})
    return min(1.0, next(alpha for alpha in candidates if index in rejected(p_values, alpha)))


@pytest.mark.parametrize("seed", range(12))
def test_agrees_with_the_definition(seed: int) -> None:
    generator = np.random.default_rng(seed)
    p_values = generator.beta(0.4, 2.0, size=generator.integers(1, 12))
    if seed % 2:
        p_values = np.round(p_values, 1)  # ties, zeros
    expected = [smallest_alpha(list(p_values), index) for index in range(len(p_values))]
    assert holm(p_values) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("p_values", "adjusted"),
    [
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.04], [0.04]),
        ([0.02, 0.02, 0.02], [0.06, 0.06, 0.06]),
        ([0.9, 0.4, 0.8], [1.0, 1.0, 1.0]),
        ([0.0, 1.0], [0.0, 1.0]),
        ([0.01, 0.011], [0.02, 0.02]),  # the second alone would get 0.011, less than the first
        ([], []),
    ],
)
def test_by_hand(p_values: list[float], adjusted: list[float]) -> None:
    assert holm(p_values) == pytest.approx(adjusted)


def test_families_side_by_side_do_not_mix() -> None:
    families = np.random.default_rng(1).uniform(size=(4, 3, 7)) ** 3
    together = holm(families)
    for index in np.ndindex(4, 3):
        assert np.array_equal(together[index], holm(families[index]))
        order = np.argsort(families[index])
        assert (np.diff(together[index][order]) >= 0).all()
    assert (together >= families).all()


@pytest.mark.parametrize("bad", [[0.1, math.nan], [-0.1], [0.2, 1.1]])
def test_refuses_what_is_no_p_value(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm(bad)


def test_refuses_a_number() -> None:
    with pytest.raises(ValueError, match="shape"):
        holm(0.5)


def test_what_could_not_be_tested_counts_as_1_and_has_no_p_value() -> None:
    assert holm_with_untested([0.01, None, 0.02]) == pytest.approx([0.03, None, 0.04])
    tested, unknown = holm_with_untested([0.01, math.nan])
    assert (tested, unknown) == (pytest.approx(0.02), 1.0)
    assert holm_with_untested([]) == []
