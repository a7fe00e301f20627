"""Percentile bootstrap over sentences, for scores that are functions of summed statistics.

A corpus score such as BLEU is no mean over sentences, but it is a function of a few counts summed
over them. Drawing sentences with replacement therefore needs no text again: one matrix product sums
the counts of all resamples (Koehn 2004, "Statistical significance tests for machine translation
evaluation"; Efron and Tibshirani 1993, chapter 13).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Score = Callable[[NDArray[np.float64]], float]
"""From statistics summed over sentences, shape (s,), to a score."""

DRAWS_AT_ONCE = 4_000_000
"""Sentences drawn before their counts are summed: bounds memory at some 100 MB, however large the corpus."""


@dataclass(frozen=True)
class Interval:
    """A score and the percentile interval around it.

    Attributes:
        estimate: the score of the sentences as they are.
        low, high: the (1 - level) / 2 and (1 + level) / 2 quantiles of the resampled scores.
        level: the nominal coverage, such as 0.95.
        resamples: how many resamples were drawn.
    """

    estimate: float
    low: float
    high: float
    level: float
    resamples: int


@dataclass(frozen=True)
class PairedDifference(Interval):
    """The difference of two scores on the same sentences.

    Attributes:
        p_value: two-sided, for the null hypothesis of no difference: how often a resampled difference,
            shifted to mean zero under the null, is at least as large as the one seen (Riezler and Maxwell
            2005, section 3.2), counting the sample itself, so never 0.
    """

    p_value: float


def resampled_sums(statistics: ArrayLike, resamples: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """The summed statistics of resamples of the sentences, each of as many sentences as there are.

    Args:
        statistics: shape (n, s): s statistics of each of n sentences.
        resamples: how many resamples (R) to draw.
        generator: decides which sentences are drawn.

    Returns:
        Shape (R, s). Integer statistics are summed exactly (up to 2^53).
    """
    rows = np.asarray(statistics, dtype=np.float64)
    if rows.ndim != 2 or len(rows) == 0:
        raise ValueError(f"statistics must have shape (n, s) with n > 0, not {rows.shape}")
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, not {resamples}")
    n = len(rows)
    sums = np.empty((resamples, rows.shape[1]))
    at_once = max(1, DRAWS_AT_ONCE // n)
    for start in range(0, resamples, at_once):
        block = min(at_once, resamples - start)
        drawn = generator.integers(n, size=(block, n))
        # Row r of `times` counts how often resample r holds each sentence.
        drawn += np.arange(block)[:, None] * n
        times = np.bincount(drawn.ravel(), minlength=block * n).reshape(block, n)
        sums[start : start + block] = times @ rows
    return sums


def percentile_interval(
    statistics: ArrayLike,
    score: Score,
    generator: np.random.Generator,
    *,
    resamples: int = 1000,
    level: float = 0.95,
) -> Interval:
    """The percentile bootstrap interval of a score.

    Args:
        statistics: shape (n, s): s statistics of each of n sentences.
        score: from their sum, shape (s,), to the score.
        generator: decides which sentences are drawn.
        resamples: how many resamples to draw.
        level: the nominal coverage.
    """
    scores = np.array([score(sums) for sums in resampled_sums(statistics, resamples, generator)])
    low, high = _quantiles(scores, level)
    estimate = score(np.asarray(statistics, dtype=np.float64).sum(axis=0))
    return Interval(float(estimate), low, high, level, resamples)


def paired_difference(
    statistics_a: ArrayLike,
    score_a: Score,
    statistics_b: ArrayLike,
    score_b: Score,
    generator: np.random.Generator,
    *,
    resamples: int = 1000,
    level: float = 0.95,
) -> PairedDifference:
    """The bootstrap of the difference b - a of two scores; each resample draws the same sentences for both.

    The two may be two systems under one score, or one system under two.

    Args:
        statistics_a, statistics_b: shapes (n, s_a) and (n, s_b); row i of both belongs to sentence i.
        score_a, score_b: from the sums to the scores.
        generator, resamples, level: as in `percentile_interval`.
    """
    rows_a = np.asarray(statistics_a, dtype=np.float64)
    rows_b = np.asarray(statistics_b, dtype=np.float64)
    if len(rows_a) != len(rows_b):
        raise ValueError(f"{len(rows_a)} sentences cannot be paired with {len(rows_b)}")
    split = rows_a.shape[1]
    sums = resampled_sums(np.hstack([rows_a, rows_b]), resamples, generator)
    differences = np.array([score_b(row[split:]) - score_a(row[:split]) for row in sums])
    estimate = score_b(rows_b.sum(axis=0)) - score_a(rows_a.sum(axis=0))
    low, high = _quantiles(differences, level)
    # A tolerance, so that rounding does not hide ties of a discrete score.
    as_large = np.abs(differences - estimate) >= abs(estimate) - 1e-12
    p_value = (1 + int(as_large.sum())) / (1 + resamples)
    return PairedDifference(float(estimate), low, high, level, resamples, p_value)


def _quantiles(scores: NDArray[np.float64], level: float) -> tuple[float, float]:
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")
    low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
