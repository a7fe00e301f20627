"""Scores of translations, by the names of their definitions."""

from collections.abc import Sequence

from repro.errors import BadInput
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
        BadInput: no lines, unequal numbers of lines, references without text, an entry that is no text.
    """
    for side, lines in (("hypotheses", hypotheses), ("references", references)):
        if isinstance(lines, str):
            raise BadInput(f"{side} is one text; give a list with one line per entry")
        for number, line in enumerate(lines, start=1):
            if not isinstance(line, str):
                raise BadInput(f"{side}, line {number} is {line!r}, which is not text; give lines of text")
    metrics = score_lines(
        list(hypotheses), list(references), language, pretokenised=pretokenised, resamples=resamples, seed=seed
    )
    return {metric.name: metric for metric in metrics}
