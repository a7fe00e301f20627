"""A share of the training text, to measure how much of it a model needs."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

SEED = 1
"""The seed of the draw. It is the same for every share, so that a smaller share is part of a larger one."""


@dataclass
class ShareCounts:
    """How many pairs are in the share, and how many are not."""

    kept: int = 0
    not_in_share: int = 0


def shared(pairs: Iterator[tuple[str, str]], share: float, counts: ShareCounts) -> Iterator[tuple[str, str]]:
    """Yield about this share of the pairs, in their order, and count them.

    Each pair is drawn independently, so the length of the text need not be known. Of n pairs, share * n are kept on
    average, with a standard deviation of sqrt(n * share * (1 - share)).

    Args:
        share: above 0 and at most 1; 1 keeps all.
    """
    numbers = random.Random(SEED)
    for pair in pairs:
        if numbers.random() < share:
            counts.kept += 1
            yield pair
        else:
            counts.not_in_share += 1
