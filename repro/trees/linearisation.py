"""A tree as a line of brackets, and back (Vinyals et al. 2015, "Grammar as a Foreign Language", section 2.1).

Depth first, with a typed bracket at each end of a constituent and one sign for every word, whatever its part of speech:

    (S (NP XX XX )NP (VP XX )VP )S

A model may write a line that is no tree. The line is then counted as ill-formed, and read by these rules:

    a closing bracket      that the innermost constituent does not match closes all down to the nearest that it matches,
                           or is passed over if there is none
    signs                  beyond the words of the sentence are passed over, as is what is no sign and no bracket
    opening brackets       within 200 others are passed over: all that goes through trees is recursive
    at the end             words left over stand in the first constituent; what is open closes; a constituent
                           without words goes; several constituents side by side stand under TOP, as do bare words
"""

from collections.abc import Sequence
from dataclasses import dataclass

from repro.trees.brackets import MOST_NESTED
from repro.trees.tree import Constituent, Leaf, Node, leaves
from repro.trees.usual_rules import TOP

WORD = "XX"
"""Every word of a linearised tree, and every part of speech that nothing tells."""


@dataclass(frozen=True)
class Reading:
    """A line of brackets over the words of a sentence.

    Attributes:
        tree: over exactly these words.
        well_formed: whether the line says it without any repair.
    """

    tree: Constituent
    well_formed: bool


def tokens(tree: Constituent) -> list[str]:
    """The line of a tree, cut at its spaces."""
    line = [f"({tree.label}"]
    for child in tree.children:
        line += [WORD] if isinstance(child, Leaf) else tokens(child)
    return [*line, f"){tree.label}"]


def read(line: Sequence[str], words: Sequence[Leaf]) -> Reading:
    """The tree that a line means for a sentence.

    Args:
        line: as `tokens` writes it, or anything else.
        words: of the sentence, at least one, with their parts of speech if they are known.
    """
    reader = _Reader(words)
    for token in line:
        reader.take(token)
    return reader.end()


class _Reader:
    def __init__(self, words: Sequence[Leaf]) -> None:
        self.words = list(words)
        self.at = 0
        self.top: list[Node] = []
        self.open: list[tuple[str, list[Node]]] = []
        self.well_formed = True

    def take(self, token: str) -> None:
        if token == WORD and self.at < len(self.words):
            self._into().append(self.words[self.at])
            self.at += 1
        elif len(token) > 1 and token[0] == "(" and len(self.open) < MOST_NESTED:
            self.open.append((token[1:], []))
        elif len(token) > 1 and token[0] == ")":
            self._close(token[1:])
        else:
            self.well_formed = False

    def end(self) -> Reading:
        self.well_formed &= not self.open
        while self.open:
            self._close_innermost()
        left = self.words[self.at :]
        self.well_formed &= not left and len(self.top) == 1 and isinstance(self.top[0], Constituent)
        return Reading(self._rooted(left), self.well_formed)

    def _rooted(self, left: Sequence[Leaf]) -> Constituent:
        if self.top and isinstance(self.top[0], Constituent) and len(self.top) == 1:
            return Constituent(self.top[0].label, (*self.top[0].children, *left))
        return Constituent(TOP, (*self.top, *left))

    def _into(self) -> list[Node]:
        return self.open[-1][1] if self.open else self.top

    def _close(self, label: str) -> None:
        if label not in [opened for opened, _ in self.open]:
            self.well_formed = False
            return
        while self.open[-1][0] != label:
            self.well_formed = False
            self._close_innermost()
        self._close_innermost()

    def _close_innermost(self) -> None:
        label, children = self.open.pop()
        if children:
            self._into().append(Constituent(label, tuple(children)))
        else:
            self.well_formed = False


def untold(words: Sequence[str]) -> list[Leaf]:
    """Words whose parts of speech nothing tells."""
    return [Leaf(WORD, word) for word in words]


def words_of(tree: Constituent) -> str:
    """The sentence of a tree, words joined by spaces."""
    return " ".join(leaf.word for leaf in leaves(tree))
