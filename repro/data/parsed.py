"""Parsing as translation (section 6.3): the pair of a sentence and its tree, with the tags that scoring needs."""

from repro.trees.linearisation import tokens, words_of
from repro.trees.tree import Constituent, leaves

TREES = "trees"
"""In the place of a target language, where targets are linearised trees."""


def pair(tree: Constituent) -> tuple[str, str]:
    """The words of a sentence, and its tree as a line."""
    return words_of(tree), " ".join(tokens(tree))


def parts_of_speech(tree: Constituent) -> str:
    """A tag for each word, which says what is punctuation; a line of brackets has none."""
    return " ".join(leaf.tag for leaf in leaves(tree))
