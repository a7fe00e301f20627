"""Several translations of one text against a baseline: is a difference more than chance over its lines?

By sacreBLEU's paired tests (`sacrebleu.significance`): bootstrap resampling (Koehn 2004) and approximate randomisation
(Riezler and Maxwell 2005). All lines count as independent, and nothing is said of other seeds or other texts.

Four additions. sacreBLEU counts only differences that are larger than the one seen, so that of two equal translations
it says p = 0.001, and so it does where no word of either is in the references. Here equal scores have p = 1, and two
scores at the floor have none. Swapping all of the k lines that differ always gives the same difference again, so p is
at least 2^(1 - k). And for exact match, where ties are many, p is that of McNemar's exact test, which is randomisation
over all swaps.
"""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from repro.errors import BadInput
from repro.scoring.corpus_scores import bleu_of_sacrebleu, bleu_statistics, chrf_statistics
from repro.scoring.definitions import DEFINITIONS
from repro.scoring.exact_match import matches
from repro.scoring.metric import Metric
from repro.scoring.score import score_lines

if TYPE_CHECKING:
    from sacrebleu.metrics.base import Metric as SacrebleuMetric
    from sacrebleu.significance import Result

Test = Literal["bootstrap", "randomisation"]
SACREBLEU_NAMES: Mapping[Test, str] = {"bootstrap": "bs", "randomisation": "ar"}
TRIALS: Mapping[Test, int] = {"bootstrap": 1000, "randomisation": 10_000}
"""sacreBLEU's defaults."""
SEED = 12345
"""sacreBLEU's default."""

BYTES_A_LINE: Mapping[Test, int] = {"bootstrap": 160, "randomisation": 20}
"""About what sacreBLEU holds in memory for each line of each trial."""
MOST_BYTES = 8 * 2**30
FLOOR = 0.1
"""BLEU of 100 below which smoothing and chance matches make the score, so that two of them cannot be told apart."""


@dataclass(frozen=True)
class PairedScore:
    """A translation's score beside the baseline's.

    Attributes:
        metric: the score with its definition; its interval is that of the resamples, mean -+ half of it.
        mean: of the scores of the resamples; None without resamples, and for exact match.
        difference: score minus the baseline's; None for the baseline.
        p_value: two-sided, for the null hypothesis of no difference; None for the baseline, and where this score and
            the baseline's are both at the floor.
    """

    metric: Metric
    mean: float | None
    difference: float | None = None
    p_value: float | None = None

    @property
    def at_floor(self) -> bool:
        """Whether this score and the baseline's are both at the floor, so that nothing was tested."""
        return self.difference is not None and self.p_value is None

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON: the metric's, and these."""
        return {
            **self.metric.as_record(),
            "mean": self.mean,
            "difference": self.difference,
            "p_value": self.p_value,
        }


def paired_scores(
    systems: Sequence[Sequence[str]],
    references: Sequence[str],
    language: str,
    *,
    pretokenised: bool = False,
    test: Test = "bootstrap",
    trials: int | None = None,
    resamples: int = 1000,
    seed: int = SEED,
    metrics: Collection[str] | None = None,
) -> list[dict[str, PairedScore]]:
    """Score several translations of the same lines, and test each against the first.

    Args:
        systems: hypotheses of each, line by line; the first is the baseline.
        references, language, pretokenised: as for `score_lines`.
        test: which.
        trials: resamples of the bootstrap, or random swaps; None: sacreBLEU's default for the test.
        resamples: for the intervals beside a test by randomisation, 0 for none; the bootstrap has its own.
        seed: of all draws; every metric and system sees the same.
        metrics: names of those to test; None: all.

    Returns:
        For each system, in order, metric name -> score. p values are not corrected for several systems or metrics.

    Raises:
        BadInput: as `score_lines`; also a seed of 0, which sacreBLEU takes for none, or more trials than fit in memory.
    """
    if seed < 1:
        raise BadInput(f"--seed {seed} would leave sacreBLEU's tests without a seed; give one from 1")
    trials = TRIALS[test] if trials is None else trials
    _check_memory("--trials", trials, test, len(references))
    if test == "randomisation":
        _check_memory("--resamples", resamples, "bootstrap", len(references))
    scored = [
        {
            metric.name: metric
            for metric in score_lines(lines, references, language, pretokenised=pretokenised, resamples=0)
        }
        for lines in systems
    ]
    scores: list[dict[str, PairedScore]] = [{} for _ in systems]
    for name in scored[0] if metrics is None else [name for name in scored[0] if name in metrics]:
        of_name = [of_system[name] for of_system in scored]
        if name == "exact_match":
            tested = _exact_match(of_name, systems, references)
        else:
            tested = _sacrebleu(of_name, systems, references, language, pretokenised, test, trials, resamples, seed)
        for of_system, score in zip(scores, tested, strict=True):
            of_system[name] = score
    return scores


def _check_memory(option: str, draws: int, test: Test, lines: int) -> None:
    most = MOST_BYTES // (BYTES_A_LINE[test] * max(lines, 1))
    if draws > most:
        raise BadInput(f"{option} {draws:,} of {lines:,} lines would not fit in memory; give at most {most:,}")


def _exact_match(
    metrics: Sequence[Metric], systems: Sequence[Sequence[str]], references: Sequence[str]
) -> Iterator[PairedScore]:
    right = [np.array(matches(lines, references)) for lines in systems]
    for place, (metric, mine) in enumerate(zip(metrics, right, strict=True)):
        if place == 0:
            yield PairedScore(metric, None)
            continue
        either = bool(mine.any() or right[0].any())
        p_value = mcnemar(int((mine & ~right[0]).sum()), int((right[0] & ~mine).sum())) if either else None
        yield PairedScore(metric, None, _difference(metric, metrics[0]), p_value)


def mcnemar(only_one: int, only_other: int) -> float:
    """McNemar's exact test, two-sided: lines that only the one, and only the other, has right (McNemar 1947)."""
    from scipy.stats import binomtest  # imported late: it costs most of a second

    decisive = only_one + only_other
    return float(binomtest(only_one, decisive).pvalue) if decisive else 1.0


def _sacrebleu(
    metrics: Sequence[Metric],
    systems: Sequence[Sequence[str]],
    references: Sequence[str],
    language: str,
    pretokenised: bool,
    test: Test,
    trials: int,
    resamples: int,
    seed: int,
) -> Iterator[PairedScore]:
    from sacrebleu.significance import PairedTest

    name = metrics[0].name
    counter, prepared, counts = _counted(name, [*systems, references], language, pretokenised)
    with _seeded(seed):
        paired = PairedTest(
            [(str(place), lines) for place, lines in enumerate(prepared[:-1])],
            {name: counter},
            [prepared[-1]],
            SACREBLEU_NAMES[test],
            trials,
            resamples or -1,
        )
        _, columns = paired()
    (results,) = [cast("list[Result]", column) for key, column in columns.items() if key != "System"]
    for place, (metric, result) in enumerate(zip(metrics, results, strict=True)):
        mean, half = result.mean, result.ci
        interval = None if mean is None or half is None else (float(mean - half), float(mean + half))
        mean = None if mean is None else float(mean)
        bounded = _with_interval(metric, interval, trials if test == "bootstrap" else resamples, seed)
        if place == 0:
            yield PairedScore(bounded, mean)
            continue
        difference = _difference(metric, metrics[0])
        if all(score.value is not None and score.value < FLOOR for score in (metric, metrics[0])):
            yield PairedScore(bounded, mean, difference)
            continue
        differing = int((counts[place] != counts[0]).any(axis=1).sum())
        assert result.p_value is not None
        p_value = 1.0 if difference == 0 else max(result.p_value, min(1.0, 2.0 ** (1 - differing)))
        yield PairedScore(bounded, mean, difference, p_value)


def _counted(
    name: str, texts: Sequence[Sequence[str]], language: str, pretokenised: bool
) -> tuple["SacrebleuMetric", list[list[str]], list[Any]]:
    """sacreBLEU's metric of a name, all texts as it gets them, and each system's counts a line.

    Args:
        texts: the systems' and, as the last, the references.
    """
    *systems, references = texts
    if name == "chrf":
        from sacrebleu.metrics.chrf import CHRF

        return CHRF(), [list(lines) for lines in texts], [chrf_statistics(it, references).counts for it in systems]
    definition = DEFINITIONS[name].of(language)
    prepared = [[definition.prepare(line, language, pretokenised) for line in lines] for lines in texts]
    counts = [bleu_statistics(it, references, definition, language, pretokenised).counts for it in systems]
    return bleu_of_sacrebleu(definition, warn=False), prepared, counts


def _with_interval(metric: Metric, interval: tuple[float, float] | None, resamples: int, seed: int) -> Metric:
    if interval is None:
        return metric
    description = {
        "method": "bootstrap over sentences, as sacreBLEU's",
        "level": 0.95,
        "resamples": resamples,
        "seed": seed,
    }
    return replace(metric, interval=interval, details={**metric.details, "interval": description})


def _difference(metric: Metric, baseline: Metric) -> float | None:
    return None if metric.value is None or baseline.value is None else metric.value - baseline.value


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """sacreBLEU takes its seed from the environment alone."""
    before = os.environ.get("SACREBLEU_SEED")
    os.environ["SACREBLEU_SEED"] = str(seed)
    try:
        yield
    finally:
        if before is None:
            del os.environ["SACREBLEU_SEED"]
        else:
            os.environ["SACREBLEU_SEED"] = before
