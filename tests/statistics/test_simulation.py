"""What the rule does to families whose truth is known: how often it is wrong, and what it can find.

A family is 20 rows against one base, paired by seed, so that the base's luck moves all rows at once. Runs are normal
with deviation 1, rows and base independent: shared seeds help nothing here, which is the worst case of pairing.
"""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from repro.statistics.decision import Question, decide
from repro.statistics.differences import difference
from repro.statistics.families import holm

FAMILIES, ROWS = 1000, 20
Runs = NDArray[np.float64]


def simulate(effects: NDArray[np.float64], seeds: int, families: int, generator: np.random.Generator) -> Runs:
    """Row minus base, shape (families, rows, seeds), for true effects of shape (rows,)."""
    base = generator.normal(size=(families, 1, seeds))
    return effects[:, None] + generator.normal(size=(families, len(effects), seeds)) - base


def signs_found(runs: Runs) -> NDArray[np.float64]:
    """-1, 0 or 1 for each row of each family, shape (families, rows); 0 is inconclusive."""
    found = stats.ttest_1samp(runs, 0.0, axis=-1)
    return np.where(holm(found.pvalue) <= 0.05, np.sign(found.statistic), 0.0)


def with_one_planted(effect: float, rows: int = ROWS) -> NDArray[np.float64]:
    return np.array([effect] + [0.0] * (rows - 1))


def power_of_first_step(effect: float, seeds: int, rows: int) -> float:
    """That of a two-sided t test at alpha / rows, from the noncentral t distribution.

    The difference of two runs has the deviation sqrt(2).
    """
    critical = stats.t.isf(0.025 / rows, seeds - 1)
    noncentrality = effect * math.sqrt(seeds / 2)
    return float(stats.nct.sf(critical, seeds - 1, noncentrality))


@pytest.mark.parametrize("seeds", [5, 8])
def test_the_fast_way_is_the_rule(seeds: int) -> None:
    """So that what follows speaks of `decide`."""
    words = {-1: "worse", 0: "inconclusive", 1: "better"}
    effects = np.array([0.0, 2.0, -4.0, 8.0, 20.0])
    runs = simulate(effects, seeds, 20, np.random.default_rng(seeds))
    seen = set()
    for family, signs in zip(runs, signs_found(runs), strict=True):
        rows = [difference(dict(enumerate(row)), dict.fromkeys(range(seeds), 0.0)) for row in family]
        found = decide({str(name): Question(row, "higher") for name, row in enumerate(rows)})
        assert [finding.decision for finding in found.values()] == [words[int(sign)] for sign in signs]
        seen |= set(signs)
    assert seen == {-1, 0, 1}


@pytest.mark.parametrize("seeds", [5, 8])
def test_wrong_findings_where_nothing_differs(seeds: int) -> None:
    runs = simulate(np.zeros(ROWS), seeds, FAMILIES, np.random.default_rng(17))
    wrong = (signs_found(runs) != 0).any(axis=-1).mean()
    # At most 0.05, and 2.3 standard errors of the simulation.
    assert wrong <= 0.066
    uncorrected = (stats.ttest_1samp(runs, 0.0, axis=-1).pvalue <= 0.05).any(axis=-1).mean()
    assert uncorrected > 0.3
    print(f"\n{seeds} seeds: {wrong:.1%} of families with a wrong finding, {uncorrected:.1%} without Holm's correction")


@pytest.mark.parametrize("effect", [3.0, 30.0])
def test_wrong_findings_beside_true_ones(effect: float) -> None:
    """Half of the rows differ; wrong is any finding in the other half, and any wrong sign."""
    effects = np.repeat([effect, 0.0], ROWS // 2)
    found = signs_found(simulate(effects, 8, FAMILIES, np.random.default_rng(18)))
    wrong = (found[:, ROWS // 2 :] != 0).any(axis=-1) | (found[:, : ROWS // 2] < 0).any(axis=-1)
    assert wrong.mean() <= 0.066


def test_power_grows_with_effect_and_seeds() -> None:
    """Of one planted row: alone, and among 19 that differ in nothing."""
    generator = np.random.default_rng(19)
    power: dict[tuple[int, int, float], float] = {}
    for rows in (1, ROWS):
        for seeds in (5, 8):
            for effect in (1.0, 2.0, 3.0):
                runs = simulate(with_one_planted(effect, rows), seeds, 4 * FAMILIES, generator)
                found = float((signs_found(runs)[:, 0] == 1).mean())
                expected = power_of_first_step(effect, seeds, rows)
                # Later steps of Holm's correction add a little where another row was, wrongly, rejected.
                slack = 4 * math.sqrt(expected * (1 - expected) / (4 * FAMILIES))
                assert expected - slack < found < expected + slack + 0.005
                power[rows, seeds, effect] = found
    for (rows, seeds, effect), found in power.items():
        if effect < 3:
            assert power[rows, seeds, effect + 1] > found
        if seeds == 5:
            assert power[rows, 8, effect] > found
        if rows == 1:
            assert power[ROWS, seeds, effect] < found
    print("\nrows seeds   1 sd   2 sd   3 sd")
    for rows, seeds in ((1, 5), (1, 8), (ROWS, 5), (ROWS, 8)):
        print(f"{rows:4} {seeds:5}", *(f"{power[rows, seeds, effect]:6.1%}" for effect in (1.0, 2.0, 3.0)))


def test_wrong_sames_at_the_margin() -> None:
    """All rows differ by exactly the margin: "the same" is wrong for each of them."""
    generator = np.random.default_rng(20)
    runs = 0.5 + 0.1 * simulate(np.zeros(4), 5, 400, generator)
    wrong = 0
    for family in runs:
        rows = [difference(dict(enumerate(row)), dict.fromkeys(range(5), 0.0)) for row in family]
        found = decide({str(name): Question(row, "higher", 0.5) for name, row in enumerate(rows)})
        wrong += any(finding.decision == "same" for finding in found.values())
    assert wrong / 400 <= 0.05 + 2.33 * math.sqrt(0.05 * 0.95 / 400)
