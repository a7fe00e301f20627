"""Labelled bracketing by the rules of EVALB (Sekine & Collins 1997) with its parameters COLLINS.prm.

    what is compared       (label, first word, last word) of each constituent, as often as it occurs
    traces                 words tagged -NONE- are deleted first, and constituents of nothing else with them
    function tags          NP-SBJ-1 and NP=2 count as NP
    TOP                    is no constituent
    punctuation            words tagged , : `` '' . are left out before words are numbered, and a constituent that then
                           holds none goes
    ADVP and PRT           count as one label
    tags                   are not compared

EVALB leaves out sentences of which the two files have different words. Here such a sentence counts as one without any
constituent, so that nobody gains by it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from repro.trees.tree import Constituent, Leaf, Node, leaves

DELETED = "-NONE-"
LEFT_OUT = frozenset((",", ":", "``", "''", "."))
NO_CONSTITUENT = frozenset(("TOP", ""))
EQUAL = {"PRT": "ADVP"}

Span = tuple[str, int, int]


@dataclass(frozen=True)
class Counts:
    """Of a sentence.

    Attributes:
        gold, predicted: constituents.
        matched: of those, in both.
    """

    gold: int
    predicted: int
    matched: int

    @property
    def exact(self) -> bool:
        """Whether both have the same constituents."""
        return self.gold == self.predicted == self.matched


def compare(gold: Constituent, predicted: Constituent | None) -> Counts:
    """Count the constituents of a sentence.

    Args:
        gold: the right tree, whose tags say which words are punctuation.
        predicted: the other; None if there is none.
    """
    words = scored_words(gold)
    right = Counter(spans(gold, words))
    if predicted is None or [leaf.word for leaf in scored_words(predicted)] != [leaf.word for leaf in words]:
        return Counts(right.total(), 0, 0)
    found = Counter(spans(predicted, words))
    return Counts(right.total(), found.total(), (right & found).total())


def scored_words(tree: Constituent) -> list[Leaf]:
    """The words of a tree that are left when its traces are deleted."""
    return [leaf for leaf in leaves(tree) if leaf.tag != DELETED]


def spans(tree: Constituent, words: Sequence[Leaf]) -> Iterator[Span]:
    """The constituents of a tree over words that are numbered without punctuation.

    Args:
        tree: over these words, and traces.
        words: with the tags that say what is punctuation.
    """
    places = [0]
    for leaf in words:
        places.append(places[-1] + (leaf.tag not in LEFT_OUT))

    def of(node: Node, first: int) -> tuple[int, list[Span]]:
        if isinstance(node, Leaf):
            return first + (node.tag != DELETED), []
        last, below = first, []
        for child in node.children:
            last, within = of(child, last)
            below += within
        plain = _without_function_tags(node.label)
        label = EQUAL.get(plain, plain)
        start, end = places[first], places[last]
        own = [] if label in NO_CONSTITUENT | LEFT_OUT or start == end else [(label, start, end)]
        return last, [*own, *below]

    yield from of(tree, 0)[1]


def _without_function_tags(label: str) -> str:
    return label if label.startswith("-") else re.split("[-=]", label, maxsplit=1)[0]
