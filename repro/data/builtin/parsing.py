"""A generated sentence with its constituency tree in place of its translation.

Words are cut as in the Penn Treebank: commas and the mark at the end are words of their own. The first word has no
capital, so that each word has one form.
"""

from typing import Any

from repro.data.builtin.english import constituents
from repro.data.builtin.probes import BEYOND, WITHIN
from repro.data.builtin.reading import Example
from repro.data.builtin.words import COMMA, Part, Span
from repro.data.parsed import pair, parts_of_speech
from repro.trees.linearisation import WORD
from repro.trees.tree import Constituent, Leaf, Node


def parsed_pair(example: Example) -> tuple[str, str]:
    """The words of a sentence, and its tree as a line."""
    return pair(constituency(example))


def constituency(example: Example) -> Constituent:
    """A sentence's tree. Only punctuation has parts of speech; all else is `XX`."""
    assert example.tree is not None
    span = constituents(example.tree)
    end = "." if example.tree.question is None else "?"
    return Constituent(span.label, (*(_node(part) for part in span.parts), Leaf(".", end)))


def relative_depth(example: Example) -> int:
    """How many relative clauses stand in each other, at most."""
    depths = [int(name.split("-")[1]) for name in example.phenomena if name.startswith("relative-")]
    return max(depths, default=0)


def tree_tags(example: Example, trained: int) -> dict[str, Any]:
    """What is in a sentence, whether its relative clauses are deeper than those of training, and its parts of speech.

    Args:
        trained: depth of relative clauses in training.
    """
    tags = example.tags()
    kind = BEYOND if relative_depth(example) > trained else WITHIN
    return {
        "phenomena": sorted([*tags["phenomena"], kind]),
        "dependencies": [],
        "parts_of_speech": parts_of_speech(constituency(example)),
    }


def _node(part: Part) -> Node:
    if isinstance(part, Span):
        return Constituent(part.label, tuple(_node(each) for each in part.parts))
    word, _ = part
    return Leaf(",", word) if part is COMMA else Leaf(WORD, word)
