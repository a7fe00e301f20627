"""Small probes of one phenomenon each, for grids of small models.

They are built from the trees of the built-in grammar, over a vocabulary of at most 64 words a side
and sentences of at most 24 words, without punctuation and capitals at the start. Fillers have as many
words in English as in German, so that a chosen distance is met exactly. `copy`, `reverse`, `overlap`
and `chains` are strings of words and no language at all.

| probe | what decides what | distance |
| --- | --- | --- |
| `agreement` | the subject's number decides the verb's, which English does not show | noun to verb |
| `homonym` | a cue decides a noun's translation | cue to homonym, in English |
| `separable` | the verb's prefix stands at the end | finite verb to prefix, in German |
| `verb_final` | after "dass" the verb stands at the end | "dass" to verb, in German |
| `order` | after an adverb the verb stands before its subject | adverb to verb, in English |
| `relative` | relative clauses one in the other | none; a depth |
| `copy`, `reverse` | each word decides one | none |
| `overlap`, `chains` | see `symbol_probes.py` | none |
"""

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from repro.data.builtin import lexicon
from repro.data.builtin.inflection import Tense
from repro.data.builtin.lexicon import BARE, THE
from repro.data.builtin.reading import Example, read
from repro.data.builtin.symbol_probes import SYMBOL_PROBES
from repro.data.builtin.tree import (
    Adverbial,
    Attribute,
    Clause,
    Gap,
    NounPhrase,
    PrepositionalPhrase,
    Pronoun,
    RelativeClause,
    Sentence,
)

Item = TypeVar("Item")

LONGEST = 24
"""Words in a sentence, at most."""
STRING_LENGTHS = (4, 12)
"""Words in a string of `copy` and `reverse`: at least and at most."""
TEST_LENGTHS = range(STRING_LENGTHS[1] + 1, 101)
"""What may be asked for as the longest test string of these two."""
WITHIN, BEYOND = "within", "beyond"
"""Phenomena of test strings that are as long as those of training, and of longer ones."""


def _named(entries: Sequence[Item], names: str, field: str = "english") -> tuple[Item, ...]:
    """The entries of the lexicon with these English words."""
    return tuple(entry for entry in entries if getattr(entry, field) in names.split(" "))


_NOUNS = _named(lexicon.NOUNS, "man woman child dog cat horse")
_ADJECTIVES = _named(lexicon.ADJECTIVES, "small old beautiful")
_CUES = _named(lexicon.CUES, "river lake office factory")
_HOMONYMS = _named(lexicon.HOMONYMS, "bank crane seal bat")
_ACCUSATIVE = tuple(v for v in _named(lexicon.VERBS, "see find love know", "base") if v.frame == "accusative")
_FINDING = _named(lexicon.VERBS, "see find draw", "base")
_SEPARABLE = _named(lexicon.VERBS, "call invite pick introduce", "base")
_REPORTING = tuple(v for v in _named(lexicon.VERBS, "say believe know", "base") if v.frame == "that")
_RESTING = _named(lexicon.VERBS, "sleep wait laugh", "base")
_MODALS: tuple[Tense, ...] = ("future", "can", "must")
_STRING_WORDS = tuple(noun.english for noun in lexicon.NOUNS[:32])


class Probe:
    """Draws the sentences of one probe.

    Args:
        name: a key of `DISTANCES` or one of "relative", "copy", "reverse", "overlap", "chains".
        rng: the source of all choices; only its `random()` is used.
        distance: the distance of the dependency, or None to draw one for each sentence.
        relative_depth: how deep the relative clauses of `relative` are nested at most.
        longest: words in a string of `copy` and `reverse`, at most. If it is given, their phenomena say how many words
            a string has, and whether these are more than a string has without it.
    """

    def __init__(
        self, name: str, rng: random.Random, distance: int | None, relative_depth: int, longest: int | None = None
    ) -> None:
        self._random, self._longest = rng.random, longest
        self._name, self._distance, self._depth = name, distance, relative_depth

    def _pick(self, items: Sequence[Item]) -> Item:
        return items[int(self._random() * len(items))]

    def _between(self, low: int, high: int) -> int:
        return low + int(self._random() * (high + 1 - low))

    def example(self) -> Example:
        """The next sentence."""
        if self._name in ("copy", "reverse"):
            least, most = STRING_LENGTHS
            words = [self._pick(_STRING_WORDS) for _ in range(self._between(least, self._longest or most))]
            target = words if self._name == "copy" else words[::-1]
            phenomena = {self._name}
            if self._longest is not None:
                phenomena |= {f"words-{len(words)}", BEYOND if len(words) > most else WITHIN}
            return Example(" ".join(words), " ".join(target), frozenset(phenomena), ())
        if self._name in SYMBOL_PROBES:
            return SYMBOL_PROBES[self._name](self._random)
        if self._name == "relative":
            depth = self._between(1, self._depth)
            clause = Clause(self._nested(depth), self._pick(_RESTING))
            return read(Sentence(clause), plain=True)
        usual = [d for d in DISTANCES[self._name] if d <= 8]
        distance = self._pick(usual) if self._distance is None else self._distance
        return read(_BUILDERS[self._name](self, distance), plain=True)

    def _filler(self, words: int, head: bool | None = None) -> NounPhrase:
        """A noun phrase of so many words on either side; `head` settles whether it is plural."""
        plural = self._random() < 0.5 if head is None else head
        if words == 1:
            return NounPhrase(self._pick(_NOUNS), True, BARE)
        adjective = self._pick(_ADJECTIVES) if words == 3 or (words > 4 and self._random() < 0.5) else None
        rest = words - 2 - (adjective is not None)
        attribute = Attribute(lexicon.WITH, self._filler(rest - 1)) if rest else None
        return NounPhrase(self._pick(_NOUNS), plural, THE, adjective, attribute)

    def _short(self) -> NounPhrase:
        """An object outside the dependency."""
        return self._filler(self._between(1, 4))

    def _speaker(self, longest: int) -> NounPhrase | Pronoun:
        """A subject outside the dependency, of at most so many words."""
        return Pronoun("I") if self._random() < 0.3 else self._filler(self._between(2, min(5, longest)))

    def _agreement(self, distance: int) -> Sentence:
        attribute = Attribute(lexicon.WITH, self._filler(distance - 2)) if distance > 1 else None
        subject = NounPhrase(self._pick(_NOUNS), self._random() < 0.5, THE, attribute=attribute)
        return Sentence(Clause(subject, self._pick(_ACCUSATIVE), self._pick(_MODALS), object=self._short()))

    def _homonym(self, distance: int) -> Sentence:
        cue = self._pick(_CUES)
        place = PrepositionalPhrase(lexicon.CUE_PREPOSITIONS[cue.english], NounPhrase(cue, False, THE))
        before = self._between(0, min(2, distance - 3))
        plural = before == 0 or self._random() < 0.5
        adjective = self._pick(_ADJECTIVES) if before == 2 else None
        tail = self._between(0, min(4, LONGEST - 4 - distance))
        attribute = Attribute(lexicon.WITH, self._filler(tail)) if tail else None
        homonym = NounPhrase(self._pick(_HOMONYMS), plural, THE if before else BARE, adjective, attribute)
        subject = self._filler(distance - 2 - before)
        return Sentence(Clause(subject, self._pick(_FINDING), object=homonym, place=place, front="place"))

    def _separable(self, distance: int) -> Sentence:
        subject = self._speaker(LONGEST - 1 - distance)
        return Sentence(Clause(subject, self._pick(_SEPARABLE), object=self._filler(distance - 1)))

    def _verb_final(self, distance: int) -> Sentence:
        words = self._between(1, distance - 2)
        clause = Clause(self._filler(words), self._pick(_ACCUSATIVE), object=self._filler(distance - 1 - words))
        subject = self._speaker(LONGEST - 2 - distance)
        return Sentence(Clause(subject, self._pick(_REPORTING), complement=clause))

    def _order(self, distance: int) -> Sentence:
        time = Adverbial(self._pick([t for t in lexicon.TIMES if "present" in t.tenses]))
        subject, verb = self._filler(distance - 1), self._pick(_ACCUSATIVE)
        return Sentence(Clause(subject, verb, object=self._short(), time=time, front="time"))

    def _nested(self, depth: int) -> NounPhrase:
        whole = NounPhrase(self._pick(_NOUNS), self._random() < 0.5, THE)
        if depth == 0:
            return whole
        inner, verb = self._nested(depth - 1), self._pick(_ACCUSATIVE)
        subject, last = (Gap(), inner) if self._random() < 0.5 else (inner, Gap())
        clause = Clause(subject, verb, object=last)
        return NounPhrase(whole.noun, whole.plural, THE, attribute=RelativeClause(clause))


_BUILDERS: dict[str, Callable[[Probe, int], Sentence]] = {
    "agreement": Probe._agreement,
    "homonym": Probe._homonym,
    "separable": Probe._separable,
    "verb_final": Probe._verb_final,
    "order": Probe._order,
}
DISTANCES: dict[str, tuple[int, ...]] = {
    # A filler between noun and verb has two words at least ("with dogs").
    "agreement": (1, *range(3, 18)),
    "homonym": tuple(range(3, 21)),
    "separable": tuple(range(2, 22)),
    "verb_final": tuple(range(3, 21)),
    "order": tuple(range(2, 20)),
}
"""The probes in which a distance can be chosen, and those that keep a sentence within `LONGEST` words."""
DEPTHS = tuple(range(1, 6))
"""The depths that the probe `relative` may have."""
PROBES = (*DISTANCES, "relative", "copy", "reverse", *SYMBOL_PROBES)
