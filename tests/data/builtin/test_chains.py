"""The probe of chains: an oracle of its own, what each link is worth, and that no prefix shortens the longest chain."""

import collections
import itertools
from functools import cache

import pytest

from repro.data.builtin import BuiltinSettings, GeneratedPart, builtin_corpus
from repro.data.builtin.corpus import SPLITS, split_of
from repro.data.builtin.reading import Example

GERMAN = {
    "man": "Mann",
    "teacher": "Lehrer",
    "doctor": "Arzt",
    "boy": "Junge",
    "student": "Student",
    "guest": "Gast",
    "dog": "Hund",
    "bird": "Vogel",
    "cat": "Katze",
    "mouse": "Maus",
    "horse": "Pferd",
    "pig": "Schwein",
}


def chain(words: list[str], start: int) -> list[int]:
    """The positions from a word to its noun."""
    places = [start]
    while words[places[-1]] in ("near", "far"):
        places.append(places[-1] + (1 if words[places[-1]] == "near" else 3))
    return places


@cache
def drawn() -> tuple[Example, ...]:
    return tuple(GeneratedPart(BuiltinSettings(probe="chains", train=5_000), "train").examples())


def test_following_the_references_gives_every_word() -> None:
    for example in drawn():
        words = example.source.split(" ")
        assert " ".join(GERMAN[words[chain(words, place)[-1]]] for place in range(12)) == example.target


def longest_chain(words: list[str]) -> list[int]:
    """The first of the longest chains of a text."""
    return max((chain(words, place) for place in range(len(words))), key=len)


def hops(words: list[str], start: int) -> int:
    """The fewest hops from a word to its answer, by breadth-first search, those through the target's prefix included.

    From a source word to the word it refers to; or to the answer of an earlier word, which is in the prefix, if that
    word is on its chain or has this word on its own.
    """
    todo, done = collections.deque([(start, 0)]), set()
    while todo:
        place, taken = todo.popleft()
        if words[place] not in ("near", "far"):
            return taken
        if place in done:
            continue
        done.add(place)
        if any(place in chain(words, earlier) or earlier in chain(words, place) for earlier in range(start)):
            return taken + 1
        todo.append((chain(words, place)[1], taken + 1))
    raise AssertionError("a chain ends with a noun")


def test_the_tag_is_the_most_hops_that_a_word_takes_even_through_the_prefix() -> None:
    met = set()
    for example in drawn():
        words = example.source.split(" ")
        length = max(len(chain(words, place)) - 1 for place in range(12))
        assert example.phenomena == {"chains", f"chain-{length}"}
        path = longest_chain(words)
        assert len(path) - 1 == length == hops(words, path[0]) == max(hops(words, place) for place in range(12))
        met.add(path[0])
    assert len(met) > 3, "the longest chain may begin at other words than the first"


def test_all_references_go_to_the_right() -> None:
    """So an answer that stands in the prefix already is never that of a word further down the chain."""
    for example in drawn():
        for found in example.dependencies:
            assert found.first < found.second
            assert found.translation == found.first


def test_tags_name_every_reference_and_the_end_of_the_longest_chain() -> None:
    for example in drawn()[:500]:
        words = example.source.split(" ")
        references = {(place, chain(words, place)[1]) for place in range(12) if words[place] in ("near", "far")}
        tagged = [(found.first, found.second) for found in example.dependencies if found.kind == "reference"]
        assert set(tagged) == references
        assert len(tagged) == len(references)
        ends = [(found.first, found.second) for found in example.dependencies if found.kind == "chain"]
        places = longest_chain(words)
        assert ends == ([(places[0], places[-1])] if len(places) > 1 else [])


def test_lengths_come_evenly() -> None:
    counts = collections.Counter(len(longest_chain(example.source.split(" "))) - 1 for example in drawn())
    assert set(counts) == set(range(6))
    assert all(count == pytest.approx(len(drawn()) / 6, rel=0.15) for count in counts.values())


def test_words_off_the_chain_are_of_both_kinds() -> None:
    for length in range(1, 6):
        off: collections.Counter[bool] = collections.Counter()
        for example in drawn():
            words = example.source.split(" ")
            places = longest_chain(words)
            if len(places) == length + 1:
                off.update(words[place] in ("near", "far") for place in set(range(12)) - set(places))
        assert min(off[True], off[False]) > 0.2 * off.total()


def test_no_more_types_and_words_than_said() -> None:
    for side, types in (("source", 14), ("target", 12)):
        lines = [getattr(example, side).split(" ") for example in drawn()]
        assert {len(line) for line in lines} == {12}
        assert len({word for line in lines for word in line}) == types


def possible(words: list[str]) -> bool:
    """Whether the probe can have such a text, by its description."""
    reaches = {"near": 1, "far": 3}
    if any(place + reaches.get(word, 0) >= 12 for place, word in enumerate(words)):
        return False
    path = longest_chain(words)
    return len(path) <= 6 and not any(set(chain(words, place)) & set(path) for place in range(path[0]))


def test_a_link_that_is_withheld_leaves_a_guess() -> None:
    """What remains possible for the answer of the longest chain when one word on it is withheld, by enumeration.

    Who guesses knows all other words, and whether a noun or a reference is missing.
    """
    left: dict[bool, list[float]] = {True: [], False: []}
    for example in drawn():
        words = example.source.split(" ")
        assert possible(words)
        path = longest_chain(words)
        for hidden in path:
            is_noun = hidden == path[-1]
            texts = [[*words[:hidden], word, *words[hidden + 1 :]] for word in (GERMAN if is_noun else ("near", "far"))]
            answers = {text[chain(text, path[0])[-1]] for text in texts if possible(text)}
            left[is_noun].append(1 / len(answers))
    assert set(left[True]) == {1 / 12}
    # Half, but where near and far lead to equal nouns (one case in twelve and more) or one of them out of the text.
    assert 0.5 < sum(left[False]) / len(left[False]) < 0.75


def test_splits_share_no_line_and_come_again() -> None:
    def texts(seed: int) -> dict[str, list[tuple[str, str]]]:
        corpus = builtin_corpus(BuiltinSettings(probe="chains", seed=seed, train=900, dev=100, test=200))
        return {split: list(corpus.pairs(split)) for split in SPLITS}

    first, other = texts(1), texts(2)
    assert first == texts(1) != other
    assert all(split_of(target) == split for split in SPLITS for _, target in [*first[split], *other[split]])
    for one, two in itertools.permutations(SPLITS, 2):
        for side in (0, 1):
            assert not {pair[side] for pair in first[one]} & {pair[side] for pair in [*first[two], *other[two]]}
