"""A constituency tree: words under their parts of speech, under constituents."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leaf:
    """A word.

    Attributes:
        tag: its part of speech.
        word: as it is written.
    """

    tag: str
    word: str


@dataclass(frozen=True, slots=True)
class Constituent:
    """A constituent: a label and its children.

    Attributes:
        label: such as "NP"; empty for the wrapper that the Penn Treebank puts around a sentence.
        children: at least one, from left to right.
    """

    label: str
    children: tuple["Node", ...]


Node = Leaf | Constituent


def leaves(node: Node) -> Iterator[Leaf]:
    """The words with their tags, from left to right."""
    if isinstance(node, Leaf):
        yield node
    else:
        for child in node.children:
            yield from leaves(child)


def depth(node: Node) -> int:
    """Constituents on the longest way from the top to a word."""
    return 0 if isinstance(node, Leaf) else 1 + max(depth(child) for child in node.children)
