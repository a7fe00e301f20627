"""The Penn Treebank's notation: `(S (NP (DT the) (NN cat)) (VP (VBZ sits)))`, read and written.

A tree may span lines, as in the treebank's files. Brackets within words are written -LRB- and -RRB-.
"""

import re
from collections.abc import Iterable, Iterator

from repro.errors import BadInput
from repro.trees.tree import Constituent, Leaf, Node, leaves

MOST_WORDS = 1000
"""Words of a tree. The longest sentence of the Wall Street Journal has 250."""
MOST_NESTED = 200
"""Constituents within each other: all that goes through trees is recursive."""
_TOKEN = re.compile(r"[()]|[^\s()]+")


def read_trees(lines: Iterable[str], name: str) -> Iterator[Constituent]:
    """The trees of a text, which may span lines.

    Args:
        lines: of the text; blank ones are passed over.
        name: of the file, for messages.

    Raises:
        BadInput: brackets that do not match, a tree without words, words outside a tree, a tree that is too large;
            with the number of the line.
    """
    reader = _Reader(name)
    for number, line in enumerate(lines, 1):
        yield from reader.read(line, number)
    reader.end()


def read_tree(line: str, name: str, number: int) -> Constituent:
    """The one tree of a line.

    Raises:
        BadInput: as `read_trees`; also none, or several.
    """
    reader = _Reader(name)
    found = list(reader.read(line, number))
    reader.end()
    if len(found) != 1:
        raise BadInput(f"{name}, line {number}, holds {len(found)} trees; a line needs exactly one")
    return found[0]


def written(node: Node) -> str:
    """A tree on one line, as `read_tree` reads it."""
    if isinstance(node, Leaf):
        return f"({node.tag} {node.word})"
    return f"({node.label} {' '.join(written(child) for child in node.children)})"


class _Open:
    """A bracket that has not closed yet."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.label: str | None = None
        self.word: str | None = None
        self.children: list[Node] = []


class _Reader:
    """Reads line by line and keeps what is open."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.open: list[_Open] = []

    def read(self, line: str, number: int) -> Iterator[Constituent]:
        for token in _TOKEN.findall(line):
            if token == "(":
                self._opened(number)
            elif token != ")":
                self._text(token, number)
            elif not self.open:
                raise BadInput(f"{self._at(number)} closes a bracket that was not opened; remove it")
            else:
                node = self._closed(self.open.pop(), number)
                if self.open:
                    self.open[-1].children.append(node)
                elif isinstance(node, Leaf):
                    raise BadInput(f"{self._at(number)} has a word that is in no constituent; put it into one")
                else:
                    yield self._fitting(node, number)

    def end(self) -> None:
        if self.open:
            number = self.open[0].number
            raise BadInput(f"{self._at(number)} opens a bracket that never closes; add {len(self.open)} at its end")

    def _at(self, number: int) -> str:
        return f"{self.name}, line {number},"

    def _opened(self, number: int) -> None:
        if self.open and self.open[-1].word is not None:
            raise BadInput(f"{self._at(number)} opens a bracket after the word {self.open[-1].word}; close it first")
        if len(self.open) >= MOST_NESTED:
            raise BadInput(f"{self._at(number)} nests more than {MOST_NESTED} brackets; leave that tree out")
        self.open.append(_Open(number))

    def _text(self, token: str, number: int) -> None:
        if not self.open:
            raise BadInput(f"{self._at(number)} has {token[:40]} outside any bracket; a tree begins with one")
        bracket = self.open[-1]
        if bracket.label is None and not bracket.children:
            bracket.label = token
        elif bracket.word is None and not bracket.children:
            bracket.word = token
        else:
            raise BadInput(f"{self._at(number)} has {token[:40]} where a bracket is expected; each word needs its own")

    def _closed(self, bracket: _Open, number: int) -> Node:
        if bracket.word is not None:
            return Leaf(bracket.label or "", bracket.word)
        if not bracket.children:
            inside = f"({bracket.label})" if bracket.label else "()"
            raise BadInput(f"{self._at(number)} has the empty tree {inside[:40]}; give it a word, or leave it out")
        return Constituent(bracket.label or "", tuple(bracket.children))

    def _fitting(self, tree: Constituent, number: int) -> Constituent:
        count = sum(1 for _ in leaves(tree))
        if count > MOST_WORDS:
            raise BadInput(
                f"{self._at(number)} ends a tree of {count:,} words; at most {MOST_WORDS:,} are read, so leave it out"
            )
        return tree
