"""Two probes that are strings of words and no language: one needs several heads, the other several layers.

`overlap`, for heads. Four phrases of the source decide each of three target words, and they overlap: each
has five words and begins one word after the phrase before it. What a phrase decides, and which of its
words is the cue, depends on its place:

    source word      0    1    2    3    4    5    6    7    8    9   10   11   ...
    stem            [0    .    .    .    .]
    first class          [.    2    .    .    .]
    second class              [.    .    4    .    .]
    third class                    [.    .    .    6    .]
    of the next target word:
    stem                                     [5    .    .    .    .]
    first class                                   [.    7    .    .    .]
    and so on

So most words stand in several phrases. Each is the cue of one phrase at most, and only its position says of
which: any noun may stand anywhere, and the words that are no cue distract. The ending says the classes of
the last three cues, each a person or an animal, in their order.

`chains`, for layers. A source word is a noun, or it refers to a word on its right: `near` to the next one,
`far` to the third. Its translation is that of the word it refers to, which may itself refer to another.
The longest chain of a sentence has c references; c is drawn evenly from 0 to `LONGEST_CHAIN`, and the
sentence is tagged `chain-c`.

Hops through the target's prefix are excluded for the word that the tag is about, the first of those with
the longest chain. All references go to the right and the decoder says the words from left to right, so the
prefix holds none of the words on its chain; and no word before it may refer into its chain, so the prefix
holds no copy of its answer. All its c hops go through the source. Later words may be read off the prefix.
A single answer a sentence would exclude them too; but from twelve answers a sentence a model learns in a
minute what it does not from three (LOG.md), and the splits need targets that differ.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from repro.data.builtin import lexicon
from repro.data.builtin.reading import Example
from repro.data.builtin.words import Dependency

Item = TypeVar("Item")
Draw = Callable[[], float]
"""A source of numbers, even over 0 to 1 and below 1."""


@dataclass(frozen=True, slots=True)
class Role:
    """One phrase of `overlap`, and the part of the target word that it decides.

    Attributes:
        name: what it is; of a class, the kind of the dependency from the stem's cue to this phrase's.
        start: where the phrase begins, in words after the first phrase of its target word.
        cue: which of the phrase's words is the cue, from 0.
    """

    name: str
    start: int
    cue: int


TARGET_WORDS = 3
"""Of a sentence of `overlap`."""
PHRASE_WORDS = 5
"""In each phrase."""
ROLES = (Role("stem", 0, 0), Role("first-class", 1, 1), Role("second-class", 2, 2), Role("third-class", 3, 3))
"""The phrases of a target word, in order."""
STRIDE = 5
"""Source words from the phrases of a target word to those of the next."""
OVERLAP_WORDS = 18
"""In a source sentence of `overlap`."""
ENDINGS = ("chen", "lein", "haft", "lich", "heit", "ling", "schaft", "tum")
"""By the classes as a number of three binary digits: a person is 0, an animal 1."""
CLASSES = ("person", "animal")

REFERENCES = {"near": 1, "far": 3}
"""The referring words of `chains`, and how many words to the right they refer."""
CHAIN_WORDS = 12
"""In a sentence of `chains`, on either side."""
LONGEST_CHAIN = 5
"""References from a word to its noun, at most."""
REFERRING = 0.6
"""How often a word refers to another where it can."""

_NOUNS = {kind: tuple(noun for noun in lexicon.NOUNS if noun.kind == kind) for kind in CLASSES}
_OVERLAP_NOUNS = tuple(noun for kind in CLASSES for noun in _NOUNS[kind][:3])
_CHAIN_NOUNS = tuple(noun for kind in CLASSES for noun in _NOUNS[kind][:6])


def overlap(draw: Draw) -> Example:
    """A sentence of `overlap`; its tags lead from the cue of each stem to the cues of its three classes."""
    nouns = [_pick(draw, _OVERLAP_NOUNS) for _ in range(OVERLAP_WORDS)]
    target, dependencies = [], []
    for place in range(TARGET_WORDS):
        stem, *others = (place * STRIDE + role.start + role.cue for role in ROLES)
        ending = 0
        for cue in others:
            ending = 2 * ending + CLASSES.index(nouns[cue].kind)
        target.append(nouns[stem].german + ENDINGS[ending])
        dependencies += [
            Dependency(role.name, "source", stem, cue, place) for role, cue in zip(ROLES[1:], others, strict=True)
        ]
    source = " ".join(noun.english for noun in nouns)
    return Example(source, " ".join(target), frozenset({"overlap"}), _in_order(dependencies))


def chains(draw: Draw) -> Example:
    """A sentence of `chains`; its tags: each `reference`, and the longest `chain` from its start to its noun."""
    longest = int(draw() * (LONGEST_CHAIN + 1))
    while True:
        leads_to = _references(draw, longest)
        paths = [_path(leads_to, place) for place in range(CHAIN_WORDS)]
        longest_path = max(paths, key=len)  # the first of them
        if len(longest_path) == longest + 1 and not any(
            set(paths[place]) & set(longest_path) for place in range(longest_path[0])
        ):
            break
    names = {reach: name for name, reach in REFERENCES.items()}
    nouns = [_pick(draw, _CHAIN_NOUNS) for _ in range(CHAIN_WORDS)]
    source = [
        nouns[place].english if referent == place else names[referent - place]
        for place, referent in enumerate(leads_to)
    ]
    target = [nouns[path[-1]].german for path in paths]
    dependencies = [
        Dependency("reference", "source", place, referent, place)
        for place, referent in enumerate(leads_to)
        if referent != place
    ]
    if longest:
        dependencies.append(Dependency("chain", "source", longest_path[0], longest_path[-1], longest_path[0]))
    phenomena = frozenset({"chains", f"chain-{longest}"})
    return Example(" ".join(source), " ".join(target), phenomena, _in_order(dependencies))


def _references(draw: Draw, longest: int) -> list[int]:
    """The word that each word refers to, or its own place for a noun; no chain has more than `longest` references."""
    leads_to, lengths = list(range(CHAIN_WORDS)), [0] * CHAIN_WORDS
    reaches = tuple(REFERENCES.values())
    for place in reversed(range(CHAIN_WORDS)):
        referent = place + _pick(draw, reaches)
        refers = draw() < REFERRING
        if refers and referent < CHAIN_WORDS and lengths[referent] < longest:
            leads_to[place], lengths[place] = referent, lengths[referent] + 1
    return leads_to


def _path(leads_to: Sequence[int], start: int) -> list[int]:
    """The positions from a word to its noun, both included."""
    path = [start]
    while leads_to[path[-1]] != path[-1]:
        path.append(leads_to[path[-1]])
    return path


def _pick(draw: Draw, items: Sequence[Item]) -> Item:
    return items[int(draw() * len(items))]


def _in_order(dependencies: Sequence[Dependency]) -> tuple[Dependency, ...]:
    return tuple(sorted(dependencies, key=lambda dependency: (dependency.kind, dependency.first, dependency.second)))


SYMBOL_PROBES: dict[str, Callable[[Draw], Example]] = {"overlap": overlap, "chains": chains}
"""Probe -> what draws a sentence of it."""
