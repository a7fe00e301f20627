"""Bootstrap intervals against SciPy, against resampling real lines, and by their coverage."""

import time

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU
from scipy import stats

from repro.scoring.corpus_scores import bleu_statistics
from repro.scoring.definitions import DEFINITIONS
from repro.statistics import bootstrap
from repro.statistics.bootstrap import paired_difference, percentile_interval, resampled_sums


def mean(sums: np.ndarray) -> float:
    """Of statistics (value, 1)."""
    return float(sums[0] / sums[1])


def with_count(values: np.ndarray) -> np.ndarray:
    return np.stack([values, np.ones_like(values)], axis=1)


def noisy(lines: list[str], generator: np.random.Generator) -> list[str]:
    return [" ".join(word for word in line.split() if generator.random() > 0.2) for line in lines]


def sentences(count: int) -> list[str]:
    generator = np.random.default_rng(7)
    words = np.array(["der", "die", "Katze", "Bart-Träger", "läuft", "sieht", ",", "3,5", "Haus", "."])
    return [" ".join(generator.choice(words, generator.integers(3, 15))) for _ in range(count)]


def test_mean_agrees_with_scipy():
    values = np.random.default_rng(1).exponential(size=200)
    ours = percentile_interval(with_count(values), mean, np.random.default_rng(2), resamples=10_000)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=10_000, method="percentile", rng=np.random.default_rng(3)
    ).confidence_interval
    standard_error = values.std() / np.sqrt(len(values))
    assert ours.estimate == pytest.approx(values.mean())
    assert ours.low == pytest.approx(theirs.low, abs=0.1 * standard_error)
    assert ours.high == pytest.approx(theirs.high, abs=0.1 * standard_error)
    assert (ours.level, ours.resamples) == (0.95, 10_000)


def test_bleu_agrees_with_scoring_the_resampled_lines():
    references = sentences(40)
    hypotheses = noisy(references, np.random.default_rng(4))
    found = bleu_statistics(hypotheses, references, DEFINITIONS["bleu"], "de")
    sums = resampled_sums(found.counts, 25, np.random.default_rng(5))
    drawn = np.random.default_rng(5).integers(40, size=(25, 40))
    for row, lines in zip(sums, drawn, strict=True):
        slow = BLEU().corpus_score([hypotheses[i] for i in lines], [[references[i] for i in lines]])
        assert found.score(row) == slow.score


def test_blocks_do_not_change_the_draws(monkeypatch):
    counts = np.arange(30).reshape(10, 3)
    whole = resampled_sums(counts, 17, np.random.default_rng(6))
    monkeypatch.setattr(bootstrap, "DRAWS_AT_ONCE", 40)
    assert np.array_equal(resampled_sums(counts, 17, np.random.default_rng(6)), whole)


def test_every_resample_holds_as_many_sentences():
    sums = resampled_sums(np.ones((50, 1)), 200, np.random.default_rng(0))
    assert np.array_equal(sums, np.full((200, 1), 50.0))


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_coverage(level):
    generator = np.random.default_rng(11)
    trials, covered = 800, 0
    for _ in range(trials):
        values = generator.normal(3.0, 2.0, size=80)
        interval = percentile_interval(with_count(values), mean, generator, resamples=200, level=level)
        covered += interval.low <= 3.0 <= interval.high
    # Percentile intervals of 80 values cover a little less than they claim: for sqrt(79/80), for the normal
    # in place of Student's t, and for the coarse quantiles of 200 resamples. On top, four standard errors of
    # the simulation.
    slack = 4 * np.sqrt(level * (1 - level) / trials)
    assert level - 0.01 - slack < covered / trials < level + slack


def test_three_thousand_sentences_a_thousand_times_in_a_second():
    counts = np.random.default_rng(0).integers(0, 30, size=(3000, 10))
    started = time.process_time()
    resampled_sums(counts, 1000, np.random.default_rng(0))
    assert time.process_time() - started < 1.0


def test_paired_difference_of_equal_systems_is_nothing():
    values = with_count(np.random.default_rng(0).normal(size=30))
    found = paired_difference(values, mean, values, mean, np.random.default_rng(0))
    assert (found.estimate, found.low, found.high, found.p_value) == (0, 0, 0, 1)


def test_paired_difference_sees_what_unpaired_intervals_hide():
    generator = np.random.default_rng(9)
    difficulty = generator.normal(0, 10, size=300)
    a = with_count(difficulty + generator.normal(0, 0.5, size=300))
    b = with_count(difficulty + 0.3 + generator.normal(0, 0.5, size=300))
    found = paired_difference(a, mean, b, mean, generator)
    assert 0.1 < found.low < found.estimate < found.high < 0.5
    assert found.p_value == pytest.approx(1 / 1001)
    alone = percentile_interval(a, mean, generator)
    assert alone.high - alone.low > 10 * (found.high - found.low)
    # The percentile interval of a mean difference is that of the mean of the differences.
    difference = with_count(b[:, 0] - a[:, 0])
    direct = percentile_interval(difference, mean, np.random.default_rng(1), resamples=4000)
    again = paired_difference(a, mean, b, mean, np.random.default_rng(1), resamples=4000)
    assert (again.low, again.high) == pytest.approx((direct.low, direct.high))


def test_p_value_is_uniform_without_a_difference():
    generator = np.random.default_rng(12)
    p_values = []
    for _ in range(400):
        a, b = (with_count(generator.normal(size=60)) for _ in range(2))
        p_values.append(paired_difference(a, mean, b, mean, generator, resamples=200).p_value)
    assert stats.kstest(p_values, "uniform").pvalue > 0.01


def test_two_scores_of_one_system():
    rows = np.array([[1.0, 2.0], [3.0, 5.0], [2.0, 2.0]])
    found = paired_difference(rows[:, :1], lambda s: float(s[0]), rows, lambda s: float(s[1]), np.random.default_rng(0))
    assert found.estimate == 3.0
    assert found.low >= 0.0


def test_the_seed_decides_and_nothing_else():
    values = with_count(np.random.default_rng(0).normal(size=30))
    first, again = (percentile_interval(values, mean, np.random.default_rng(5)) for _ in range(2))
    other = percentile_interval(values, mean, np.random.default_rng(6))
    assert first == again
    assert (first.low, first.high) != (other.low, other.high)


def test_refuses_what_it_cannot_resample():
    generator = np.random.default_rng(0)
    with pytest.raises(ValueError, match="shape"):
        resampled_sums(np.ones(5), 10, generator)
    with pytest.raises(ValueError, match="shape"):
        resampled_sums(np.ones((0, 2)), 10, generator)
    with pytest.raises(ValueError, match="resamples"):
        resampled_sums(np.ones((5, 2)), 0, generator)
    with pytest.raises(ValueError, match="level"):
        percentile_interval(np.ones((5, 2)), mean, generator, level=95)
    with pytest.raises(ValueError, match="paired"):
        paired_difference(np.ones((5, 2)), mean, np.ones((4, 2)), mean, generator)
