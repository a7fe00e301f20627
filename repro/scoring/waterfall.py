"""The gain of each step from a plain decode to a published figure.

First the decoding changes under one definition of BLEU (last checkpoint, averaged, beam, length penalty),
then the definition changes for the last of these hypotheses (13a, tokenised, compound-split). The second half
is no better translation: it is the part of a published figure that is bookkeeping.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from repro.json_file import is_number
from repro.scoring.corpus_scores import SentenceStatistics, bleu_statistics
from repro.scoring.definitions import DEFINITIONS
from repro.statistics.bootstrap import paired_difference

PUBLISHED_PATH = ("bleu", "bleu_tokenised", "bleu_compound")
"""From today's standard to the paper's definition."""


@dataclass(frozen=True)
class Step:
    """One step of the waterfall.

    Attributes:
        variant: whose hypotheses are scored.
        definition: the name of the definition they are scored under.
        score: BLEU, 0 to 100.
        gain: score minus the step before's; None for the first.
        interval: the gain's 95% paired bootstrap interval; None for the first step and without resamples.
    """

    variant: str
    definition: str
    score: float
    gain: float | None = None
    interval: tuple[float, float] | None = None


def recorded_steps(value: Any) -> list[Step]:
    """The steps that the details of a record hold; none where they are not as `waterfall` gives them."""
    if not isinstance(value, list | tuple) or not all(map(_is_step, value)):
        return []
    return [Step(**step) for step in value]


def _is_step(value: Any) -> bool:
    if not isinstance(value, Mapping) or value.keys() != {field.name for field in fields(Step)}:
        return False
    named = all(isinstance(value[name], str) for name in ("variant", "definition"))
    gain, interval = value["gain"], value["interval"]
    numbers = [value["score"], *([] if gain is None else [gain])]
    if interval is not None:
        if not isinstance(interval, list | tuple) or len(interval) != 2:
            return False
        numbers += interval
    return named and all(map(is_number, numbers))


def waterfall(
    variants: Mapping[str, Sequence[str]],
    references: Sequence[str],
    language: str,
    definitions: Sequence[str] = PUBLISHED_PATH,
    *,
    pretokenised: bool = False,
    resamples: int = 1000,
    seed: int = 0,
) -> list[Step]:
    """Score the variants in order under the first definition, then the last variant under the other
    definitions.

    Definitions that the language has no tokenisation for are left out; if none is left, there are no steps.

    The gains sum to the last score minus the first. Another order of the steps would divide the same sum
    differently.

    Args:
        variants: name -> hypotheses; each variant adds one change to the one before.
        references: the right lines.
        language: the target language's code.
        definitions: names in `definitions.DEFINITIONS`, in order.
        pretokenised: lines of both sides are tokens joined by spaces, to be scored as they are.
        resamples: of the paired bootstrap; 0 for no intervals.
        seed: of the bootstrap.

    Raises:
        ValueError: no variant, or no definition.
    """
    if not variants or not definitions:
        raise ValueError("a waterfall needs a variant and a definition")
    definitions = [name for name in definitions if DEFINITIONS[name].lacks(language, pretokenised) is None]
    if not definitions:
        return []
    last = list(variants)[-1]
    path = [(name, definitions[0]) for name in variants] + [(last, name) for name in definitions[1:]]
    steps: list[Step] = []
    before: SentenceStatistics | None = None
    for variant, definition in path:
        after = bleu_statistics(variants[variant], references, DEFINITIONS[definition], language, pretokenised)
        steps.append(_step(variant, definition, before, after, resamples, seed))
        before = after
    return steps


def _step(
    variant: str,
    definition: str,
    before: SentenceStatistics | None,
    after: SentenceStatistics,
    resamples: int,
    seed: int,
) -> Step:
    score = after.corpus_score()
    if before is None:
        return Step(variant, definition, score)
    interval = None
    if resamples:
        generator = np.random.default_rng(seed)
        difference = paired_difference(
            before.counts, before.score, after.counts, after.score, generator, resamples=resamples
        )
        interval = (difference.low, difference.high)
    return Step(variant, definition, score, score - before.corpus_score(), interval)
