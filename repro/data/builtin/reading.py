"""A tree read out on both sides, with its tags: one example of the corpus."""

from dataclasses import dataclass
from typing import Any

from repro.data.builtin.english import english
from repro.data.builtin.german import German
from repro.data.builtin.tree import Sentence
from repro.data.builtin.words import Dependency, assembled


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence pair and what is in it.

    Attributes:
        source, target: English and German.
        phenomena: what the sentence shows, such as "separable" or "relative-2".
        dependencies: which words depend on each other, in order of kind and position.
        tree: its derivation; None for strings of words that no grammar made (copy, reverse).
    """

    source: str
    target: str
    phenomena: frozenset[str]
    dependencies: tuple[Dependency, ...]
    tree: Sentence | None = None

    def tags(self) -> dict[str, Any]:
        """Phenomena and dependencies as plain data that JSON can hold."""
        return {
            "phenomena": sorted(self.phenomena),
            "dependencies": [dependency.as_dict() for dependency in self.dependencies],
        }


def read(tree: Sentence, plain: bool = False) -> Example:
    """Read a tree out; `plain` leaves out punctuation and the capital at the start."""
    german = German(tree)
    end = "?" if tree.question is not None else "."
    source, source_positions = assembled(english(tree), end, plain)
    target, target_positions = assembled(german.words, end, plain)
    positions = {"source": source_positions, "target": target_positions}
    dependencies = []
    for link in german.links:
        of_side = positions[link.side]
        translation = None if link.translation is None else target_positions[link.translation]
        dependencies.append(Dependency(link.kind, link.side, of_side[link.first], of_side[link.second], translation))
    dependencies.sort(key=lambda dependency: (dependency.kind, dependency.first, dependency.second))
    return Example(source, target, frozenset(german.phenomena), tuple(dependencies), tree)
