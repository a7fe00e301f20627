"""The same text with its sentences or clauses in another order."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ablations.explanation.data.dataset import Instance, Span


@dataclass(frozen=True)
class ReorderedText:
    """A text in another order.

    Attributes:
        instance: with the label of before, and without spans.
        places: where each word of before is now.
    """

    instance: Instance
    places: tuple[int, ...]


def reorder(instance: Instance, spans: Sequence[Span], draw: random.Random) -> ReorderedText | None:
    """Put the spans into another order, drawn at random; what stands between spans stays between them.

    Args:
        instance: the text.
        spans: of its sentences or its clauses, rising.
        draw: where the order comes from.

    Returns:
        None if there are fewer than two spans.
    """
    if len(spans) < 2:
        return None
    order = list(range(len(spans)))
    while order == sorted(order):
        draw.shuffle(order)
    # Positions of before, in the order of after: spans take each other's turns, and the rest keeps its own.
    sequence: list[int] = []
    done = 0
    for (start, stop), taken in zip(spans, order, strict=True):
        sequence += [*range(done, start), *range(*spans[taken])]
        done = stop
    sequence += range(done, len(instance))
    places = [0] * len(instance)
    for now, before in enumerate(sequence):
        places[before] = now
    words = tuple(instance.words[at] for at in sequence)
    return ReorderedText(replace(instance, words=words, evidence=None, sentences=(), clauses=()), tuple(places))
