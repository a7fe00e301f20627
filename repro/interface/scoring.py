"""Scores of translations, by the names of their definitions."""

from collections.abc import Sequence

from repro.errors import BadInput
from repro.interface.lines import checked_lines
from repro.scoring.metric import Metric
from repro.scoring.score import score_lines


def score(
    hypotheses: Sequence[str],
    references: Sequence[str],
    language: str = "de",
    *,
    pretokenised: bool = False,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Metric]:
    """Every definition of BLEU, chrF and exact match, as `repro score` prints them.

    Args:
        hypotheses: translations, a line an entry.
        references: the right ones, in the same order.
        language: the target language's code, for Moses tokenisation.
        pretokenised: both hold tokens; they are scored without being tokenised again.
        resamples: of the bootstrap, for the intervals; 0 for none.
        seed: of the bootstrap.

    Returns:
        Name -> value, unit, definition, signature and interval.

    Raises:
        BadInput: no lines, unequal numbers of lines, references without text, an entry that is no line of text, or an
            option of the wrong kind.
    """
    given = checked_lines(hypotheses, "hypotheses"), checked_lines(references, "references")
    if not isinstance(language, str):
        raise BadInput(f"language is {language!r}; give the code of a language, such as 'de'")
    for name, number in (("resamples", resamples), ("seed", seed)):
        if type(number) is not int or number < 0:
            raise BadInput(f"{name} is {number!r}; it must be a whole number of at least 0")
    metrics = score_lines(*given, language, pretokenised=pretokenised, resamples=resamples, seed=seed)
    return {metric.name: metric for metric in metrics}
