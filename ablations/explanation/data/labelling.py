"""The labelling rule of built-in reviews: the label that follows from a review's words, and the words that decide it.

1. A sentence ends with a full stop. Its clauses are parted by commas, and begin anew at but, although and though.
2. An opinion word is worth its polarity, +1 or -1, times its degree: 3 right after a strong intensifier (very), 1
   right after a weak one (slightly), else 2.
3. A negator (not, never, hardly, nobody) before it in its clause turns its sign.
4. It counts only in a clause that speaks of the film, not of the popcorn or the bus.
5. What stands before a "but" in its sentence is cancelled; so is a clause that begins with although or though.
6. "then i changed my mind" cancels all before it.

The label is 1 if the words that count sum to more than 0, and 0 if to less. The evidence consists of the opinion words
that count and agree with the label, each with its intensifier and its negator. So reviews have opinion words that are
no evidence, evidence whose sign the context reverses, and an order of clauses and sentences that matters.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ablations.explanation.data.dataset import Span
from ablations.explanation.data.lexicon import (
    CONCESSIONS,
    CONTRAST,
    DEGREE,
    FILM,
    NEGATORS,
    PLAIN_DEGREE,
    POLARITY,
    RECANTATION,
)


@dataclass(frozen=True)
class Opinion:
    """An opinion word in its place.

    Attributes:
        value: polarity times degree, negation applied.
        words: positions of the word, its intensifier and its negator, rising.
        counts: whether rules 4 to 6 let it count.
    """

    value: int
    words: tuple[int, ...]
    counts: bool


@dataclass(frozen=True)
class Labelling:
    """The rule applied to a review; positions are indices into its words.

    Attributes:
        sentences: spans that together are the review.
        clauses: spans of clauses; the marks between them belong to none.
        opinions: in order.
    """

    sentences: tuple[Span, ...]
    clauses: tuple[Span, ...]
    opinions: tuple[Opinion, ...]

    @property
    def score(self) -> int:
        """The sum of what counts; its sign is the label, and a proper review's is not 0."""
        return sum(opinion.value for opinion in self.opinions if opinion.counts)

    @property
    def label(self) -> int:
        """1: praise; 0: blame."""
        return int(self.score > 0)

    @property
    def evidence(self) -> tuple[int, ...]:
        """Positions of the words that the label follows from, rising."""
        sign = 1 if self.score > 0 else -1
        return tuple(
            sorted(
                at for opinion in self.opinions if opinion.counts and opinion.value * sign > 0 for at in opinion.words
            )
        )


def label_review(words: Sequence[str]) -> Labelling:
    """Label a review, special words excluded, by the rule at the head of this file."""
    sentences = tuple(_sentences(words))
    recanted = max((start for start, stop in sentences if tuple(words[start : stop - 1]) == RECANTATION), default=0)
    clauses: list[Span] = []
    opinions: list[Opinion] = []
    for sentence in sentences:
        inside = list(_clauses(words, sentence))
        clauses += inside
        contrasts = [start for start, _ in inside if words[start] == CONTRAST]
        for clause in inside:
            cancelled = words[clause[0]] in CONCESSIONS or clause[0] < max([recanted, *contrasts])
            opinions += _opinions(words, clause, cancelled)
    return Labelling(sentences, tuple(clauses), tuple(opinions))


def _sentences(words: Sequence[str]) -> Iterator[Span]:
    start = 0
    for at, word in enumerate(words):
        if word == "." or at == len(words) - 1:
            yield start, at + 1
            start = at + 1


def _clauses(words: Sequence[str], sentence: Span) -> Iterator[Span]:
    start = sentence[0]
    for at in range(*sentence):
        mark = words[at] in (",", ".")
        if mark or words[at] == CONTRAST or words[at] in CONCESSIONS:
            if at > start:
                yield start, at
            start = at + 1 if mark else at
    if start < sentence[1]:
        yield start, sentence[1]


def _opinions(words: Sequence[str], clause: Span, cancelled: bool) -> Iterator[Opinion]:
    about_film = any(words[at] in FILM for at in range(*clause))
    negators = [at for at in range(*clause) if words[at] in NEGATORS]
    for at in range(*clause):
        if words[at] not in POLARITY:
            continue
        before = [place for place in negators if place < at][-1:]
        intensified = at > clause[0] and words[at - 1] in DEGREE
        degree = DEGREE[words[at - 1]] if intensified else PLAIN_DEGREE
        value = POLARITY[words[at]] * degree * (-1 if before else 1)
        yield Opinion(value, (*before, *([at - 1] if intensified else []), at), about_film and not cancelled)
