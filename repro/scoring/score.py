"""All scores of one set of hypotheses, side by side."""

from collections.abc import Sequence
from pathlib import Path

from repro.data.text import lines
from repro.errors import BadInput
from repro.scoring.corpus_scores import bleu, chrf
from repro.scoring.definitions import DEFINITIONS, left_out
from repro.scoring.exact_match import exact_match
from repro.scoring.metric import Metric
from repro.streams import note_once


def score_lines(
    hypotheses: Sequence[str],
    references: Sequence[str],
    language: str,
    *,
    pretokenised: bool = False,
    resamples: int = 1000,
    seed: int = 0,
) -> list[Metric]:
    """BLEU under every definition, chrF and exact match; said on stderr is what a language goes without.

    Args:
        hypotheses, references: corresponding lines, detokenised; blank lines count.
        language: the target language's code, such as "de".
        pretokenised: both sides are tokens joined by spaces, as a model trained on tokenised text writes
            them. They are scored as they are, so only definitions on tokens remain; and if the references
            have no upper-case letter, the text was lower-cased beforehand, and only the lower-cased
            definition remains.
        resamples: of each bootstrap interval; 0 for none.
        seed: of the bootstrap. All scores see the same resamples.

    Raises:
        BadInput: no lines, unequal numbers of lines, references without text.
    """
    if len(hypotheses) != len(references):
        raise BadInput(
            f"hypotheses and references differ in their number of lines, {len(hypotheses):,} and {len(references):,}; "
            "line i of one must belong to line i of the other"
        )
    if not any(reference.strip() for reference in references):
        raise BadInput("the references hold no text; give at least one line with a word")
    for said in left_out(language, pretokenised):
        note_once(said)
    chosen = [it for it in DEFINITIONS.values() if it.lacks(language, pretokenised) is None]
    if pretokenised:
        uncased = not any(character.isupper() for reference in references for character in reference)
        chosen = [it for it in chosen if it.on_tokens and (it.lowercase or not uncased)]
    metrics = [
        bleu(
            hypotheses,
            references,
            definition,
            language,
            pretokenised=pretokenised,
            resamples=resamples,
            seed=seed,
        )
        for definition in chosen
    ]
    if not pretokenised:
        metrics.append(chrf(hypotheses, references, resamples=resamples, seed=seed))
    metrics.append(exact_match(hypotheses, references))
    return metrics


def score_files(
    hypothesis_path: Path,
    reference_path: Path,
    language: str,
    *,
    pretokenised: bool = False,
    resamples: int = 1000,
    seed: int = 0,
) -> list[Metric]:
    """`score_lines` of two UTF-8 files, plain or compressed.

    Raises:
        BadInput: as `score_lines`; also a file that is missing, empty or not UTF-8 (with line number).
    """
    hypotheses, references = read_pair(hypothesis_path, reference_path)
    return score_lines(hypotheses, references, language, pretokenised=pretokenised, resamples=resamples, seed=seed)


def read_pair(hypothesis_path: Path, reference_path: Path) -> tuple[list[str], list[str]]:
    """The lines of hypotheses and references.

    Raises:
        BadInput: as `score_files`.
    """
    hypotheses, references = list(lines(hypothesis_path)), list(lines(reference_path))
    if len(hypotheses) != len(references):
        raise BadInput(
            f"{hypothesis_path} has {len(hypotheses):,} lines but {reference_path} has {len(references):,}; "
            "line i of one must belong to line i of the other"
        )
    if not any(reference.strip() for reference in references):
        raise BadInput(f"{reference_path} holds only blank lines; give references with text")
    return hypotheses, references
