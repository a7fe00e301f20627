"""bAbI's files: stories of numbered sentences, with questions, answers and the sentences that these follow from."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ablations.explanation.data.dataset import Instance, Span, add_end_words
from repro.data.text import lines
from repro.errors import BadInput

BETWEEN_FACTS = "."
"""The word between two facts of a story, as in the paper's code."""


@dataclass(frozen=True)
class Question:
    """A question of a story.

    Attributes:
        facts: the sentences before it, in words.
        question: its words.
        answer: a word.
        support: the places of the facts that the answer follows from.
    """

    facts: tuple[tuple[str, ...], ...]
    question: tuple[str, ...]
    answer: str
    support: tuple[int, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The facts, with a word between two of them."""
        parted = ((BETWEEN_FACTS, *fact) if place else fact for place, fact in enumerate(self.facts))
        return tuple(word for fact in parted for word in fact)

    @property
    def size(self) -> int:
        """Words of the facts."""
        return len(self.words)

    def instance(self, answers: tuple[str, ...]) -> Instance:
        """The text for a model, and the answer by its number among all; the evidence is the supporting facts' words."""
        spans: list[Span] = []
        at = 1
        for fact in self.facts:
            spans.append((at, at + len(fact)))
            at += len(fact) + 1
        evidence = tuple(place for number in self.support for place in range(*spans[number]))
        words, label = add_end_words(self.words), answers.index(self.answer)
        return Instance(words, label, self.question, evidence, tuple(spans), tuple(spans))


def questions(path: Path) -> Iterator[Question]:
    """The questions of a file, story by story.

    Raises:
        BadInput: a line is not as bAbI's are.
    """
    for story in _stories(path):
        yield from _story(story)


def _stories(path: Path) -> Iterator[list[tuple[int, str]]]:
    story: list[tuple[int, str]] = []
    for number, line in enumerate(lines(path), start=1):
        at, _, text = line.partition(" ")
        if not at.isdecimal():
            raise BadInput(f"{path}, line {number}: does not start with a number; bAbI's lines do")
        if at == "1" and story:
            yield story
            story = []
        _, *more = text.split("\t")
        told = {str(place) for place, words in story if "\t" not in words}
        if more and (len(more) != 2 or not told.issuperset(more[1].split())):
            raise BadInput(
                f"{path}, line {number}: is not a question; one is followed by a tab, its answer, a tab and numbers of "
                "sentences before it in its story"
            )
        story.append((int(at), text))
    if story:
        yield story


def _story(story: Sequence[tuple[int, str]]) -> list[Question]:
    facts: dict[int, tuple[str, ...]] = {}
    asked = []
    for number, text in story:
        if "\t" not in text:
            facts[number] = tuple(re.findall(r"\w+", text.lower()))
            continue
        question, answer, support = text.split("\t")
        places = {line: place for place, line in enumerate(facts)}
        supporting = tuple(sorted(places[int(line)] for line in support.split()))
        words = tuple(re.findall(r"\w+", question.lower()))
        asked.append(Question(tuple(facts.values()), words, answer.strip().lower(), supporting))
    return asked
