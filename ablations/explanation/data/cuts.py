"""Random splits, by seed, for data sets that lack one of their own."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def cut(items: Sequence[T], share: float, seed: int) -> tuple[list[T], list[T]]:
    """All but a share drawn at random, and that share."""
    order = list(range(len(items)))
    random.Random(seed).shuffle(order)
    taken = set(order[: round(share * len(items))])
    return (
        [each for number, each in enumerate(items) if number not in taken],
        [each for number, each in enumerate(items) if number in taken],
    )


def cut_by_class(
    texts: Sequence[tuple[int, str]], share: float, seed: int
) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """As `cut`, each class by itself, so that both parts have the classes of the whole."""
    labels = sorted({label for label, _ in texts})
    parts = [cut([each for each in texts if each[0] == label], share, seed) for label in labels]
    return [each for rest, _ in parts for each in rest], [each for _, drawn in parts for each in drawn]
