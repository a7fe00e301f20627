"""Turns a tree's words, each with a key, into a line of text and the positions of its dependencies."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Key = tuple[int, str]
"""A word's place in the tree: the identity of its node and its role there."""
Token = tuple[str, Key | None]
COMMA: Token = (",", None)


@dataclass(frozen=True, slots=True)
class Span:
    """A constituent.

    Attributes:
        label: as the Penn Treebank names constituents, such as "NP".
        parts: from left to right.
    """

    label: str
    parts: tuple["Part", ...]


Part = Token | Span


def spoken(parts: Iterable[Part]) -> Iterator[Token]:
    """The words of parts and of what is in them."""
    for part in parts:
        if isinstance(part, Span):
            yield from spoken(part.parts)
        else:
            yield part


Side = Literal["source", "target"]


@dataclass(frozen=True, slots=True)
class Link:
    """A dependency of one side by keys; `translation` is the target word that it decides."""

    kind: str
    side: Side
    first: Key
    second: Key
    translation: Key | None = None


@dataclass(frozen=True, slots=True)
class Dependency:
    """A dependency between two words.

    Attributes:
        kind: "agreement", "separable", "homonym", "pronoun" and so on.
        side: "source" or "target", whose words (split at blanks, counted from 0) the positions count.
        first, second: the positions of the two words.
        translation: the position of the target word that a source dependency decides, else None.
    """

    kind: str
    side: Side
    first: int
    second: int
    translation: int | None = None

    @property
    def distance(self) -> int:
        """How many words lie from one to the other: neighbours are at distance 1."""
        return abs(self.second - self.first)

    def as_dict(self) -> dict[str, Any]:
        """Plain data: the positions and the distance."""
        return {
            "kind": self.kind,
            "side": self.side,
            "first": self.first,
            "second": self.second,
            "translation": self.translation,
            "distance": self.distance,
        }


def assembled(tokens: Sequence[Token], end: str, plain: bool) -> tuple[str, dict[Key, int]]:
    """Join words into a line, with the position of every word that has a key.

    Args:
        end: what closes the sentence, "." or "?".
        plain: leave out commas, the closing mark and the capital at the start (for probes).
    """
    words: list[str] = []
    positions: dict[Key, int] = {}
    for token in tokens:
        text, key = token
        if token is COMMA:
            if not plain and not words[-1].endswith(","):
                words[-1] += ","
            continue
        if key is not None:
            positions[key] = len(words)
        words.append(text)
    if not plain:
        words[-1] = words[-1].removesuffix(",") + end
        words[0] = words[0][0].upper() + words[0][1:]
    return " ".join(words), positions
