"""BLEU and chrF as sacreBLEU computes them, together with the counts per sentence that a bootstrap needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from repro.scoring.definitions import BleuDefinition
from repro.scoring.metric import Metric, interval_description
from repro.scoring.tokenisation import base_language
from repro.statistics.bootstrap import Score, percentile_interval

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU


@dataclass(frozen=True)
class SentenceStatistics:
    """A corpus score taken apart: the counts of each sentence, and the score of their sum.

    Attributes:
        counts: shape (n, s), as sacreBLEU lays them out. BLEU, s = 10: hypothesis length, reference length,
            matching n-grams of order 1 to 4, n-grams of the hypothesis of order 1 to 4. chrF, s = 18: n-grams
            of the hypothesis, of the reference, and matching ones, for each order from 1 to 6.
        score: from their sum, shape (s,), to the corpus score, 0 to 100.
        signature: sacreBLEU's.
    """

    counts: NDArray[np.int64]
    score: Score
    signature: str

    def corpus_score(self) -> float:
        """The score of all sentences: exactly sacreBLEU's `corpus_score`."""
        return float(self.score(self.counts.sum(axis=0)))


def bleu_statistics(
    hypotheses: Sequence[str],
    references: Sequence[str],
    definition: BleuDefinition,
    language: str,
    pretokenised: bool = False,
) -> SentenceStatistics:
    """BLEU's statistics under a definition; the lines of both sides correspond.

    Raises:
        BadInput: a language that Moses does not know.
    """
    import sacremoses

    definition = definition.of(language)
    # Let sacreBLEU's warning of text that looks tokenised come once, and only where it applies.
    bleu = bleu_of_sacrebleu(definition, warn=definition.tokenizer == "13a")

    def prepared(lines: Sequence[str]) -> list[str]:
        return [definition.prepare(line, language, pretokenised) for line in lines]

    counts = _corpus_statistics(bleu, prepared(hypotheses), prepared(references))
    signature = str(bleu.get_signature())
    if definition.on_tokens:
        # sacreBLEU sees tok:none and cannot know who made the tokens.
        made_by = "given" if pretokenised else f"sacremoses-{base_language(language)}-{sacremoses.__version__}"
        signature += f"|tokens:{made_by}" + ("|compounds:split" if definition.compounds else "")
    return SentenceStatistics(
        counts, lambda sums: float(bleu._compute_score_from_stats(sums.tolist()).score), signature
    )


def bleu_of_sacrebleu(definition: BleuDefinition, warn: bool) -> "BLEU":
    """What counts a definition's prepared lines; it may warn of text that looks tokenised."""
    from sacrebleu.metrics.bleu import BLEU

    return BLEU(
        lowercase=definition.lowercase,
        tokenize=definition.tokenizer,
        smooth_method=definition.smooth_method,
        force=not warn,
    )


def chrf_statistics(hypotheses: Sequence[str], references: Sequence[str]) -> SentenceStatistics:
    """chrF2's statistics."""
    from sacrebleu.metrics.chrf import CHRF

    chrf = CHRF()
    counts = _corpus_statistics(chrf, list(hypotheses), list(references))
    return SentenceStatistics(
        counts,
        lambda sums: float(chrf._compute_score_from_stats(sums.tolist()).score),
        str(chrf.get_signature()),
    )


def _corpus_statistics(metric: object, hypotheses: list[str], references: list[str]) -> NDArray[np.int64]:
    if len(hypotheses) != len(references) or not hypotheses:
        raise ValueError(f"cannot score {len(hypotheses)} hypotheses against {len(references)} references")
    # Not public in sacreBLEU, but the same since 2.0 and what its own significance tests stand on; the public
    # interface would count all n-grams again for each resample.
    rows = metric._extract_corpus_statistics(hypotheses, [references])  # type: ignore[attr-defined]
    return np.array(rows, dtype=np.int64)


def bleu(
    hypotheses: Sequence[str],
    references: Sequence[str],
    definition: BleuDefinition,
    language: str,
    *,
    pretokenised: bool = False,
    resamples: int = 1000,
    seed: int = 0,
) -> Metric:
    """BLEU under a definition, with its bootstrap interval over sentences.

    Args:
        hypotheses, references: corresponding lines: detokenised text, or tokens joined by spaces if
            `pretokenised`.
        definition: one of `definitions.DEFINITIONS`.
        language: the target language's code, for Moses.
        pretokenised: score the tokens as given; only for definitions on Moses tokens.
        resamples: of the bootstrap; 0 for no interval.
        seed: of the bootstrap.

    Raises:
        BadInput: a language that Moses does not know.
        ValueError: `pretokenised` under a definition that tokenises for itself.
    """
    if pretokenised and not definition.on_tokens:
        raise ValueError(f"{definition.name} is defined on detokenised text")
    definition = definition.of(language)
    statistics = bleu_statistics(hypotheses, references, definition, language, pretokenised)
    hypothesis_tokens, reference_tokens, *ngrams = (int(count) for count in statistics.counts.sum(axis=0))
    if not definition.on_tokens:
        tokens = "by sacreBLEU on detokenised text"
    elif pretokenised:
        tokens = "on tokens as given"
    else:
        tokens = f"on Moses tokens ({base_language(language)})"
    matching, total = ngrams[:4], ngrams[4:]
    return _metric(
        definition.name,
        "BLEU, 0 to 100",
        f"Corpus {definition.meaning} {tokens}, smoothing {definition.smooth_method}.",
        statistics,
        reference_tokens,
        {
            "lines": len(hypotheses),
            "hypothesis_tokens": hypothesis_tokens,
            "precisions": [100 * m / t if t else 0.0 for m, t in zip(matching, total, strict=True)],
            "length_ratio": hypothesis_tokens / reference_tokens if reference_tokens else None,
        },
        resamples,
        seed,
    )


def chrf(hypotheses: Sequence[str], references: Sequence[str], *, resamples: int = 1000, seed: int = 0) -> Metric:
    """chrF2 (Popović 2015) with its bootstrap interval; its tokens are characters, white space left out."""
    statistics = chrf_statistics(hypotheses, references)
    return _metric(
        "chrf",
        "chrF, 0 to 100",
        "Corpus chrF2 (character n-grams to order 6, no word n-grams) by sacreBLEU on detokenised text; "
        "its reference tokens are characters.",
        statistics,
        int(statistics.counts[:, 1].sum()),
        {"lines": len(hypotheses)},
        resamples,
        seed,
    )


def _metric(
    name: str,
    unit: str,
    definition: str,
    statistics: SentenceStatistics,
    reference_tokens: int,
    details: dict[str, object],
    resamples: int,
    seed: int,
) -> Metric:
    interval = None
    if resamples:
        bootstrap = percentile_interval(
            statistics.counts, statistics.score, np.random.default_rng(seed), resamples=resamples
        )
        interval = (bootstrap.low, bootstrap.high)
        details = details | {"interval": interval_description(bootstrap.level, resamples, seed)}
    return Metric(
        name,
        statistics.corpus_score(),
        unit,
        definition,
        statistics.signature,
        reference_tokens,
        interval,
        details,
    )
