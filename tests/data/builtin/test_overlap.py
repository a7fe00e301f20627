"""The probe of overlapping phrases: an oracle of its own, what each cue is worth, where the cues stand."""

import collections
import itertools
from functools import cache

import pytest

from repro.data.builtin import BuiltinSettings, GeneratedPart, builtin_corpus
from repro.data.builtin.corpus import SPLITS, split_of
from repro.data.builtin.reading import Example
from repro.data.builtin.symbol_probes import PHRASE_WORDS, ROLES, STRIDE, TARGET_WORDS

PERSONS = {"man": "Mann", "teacher": "Lehrer", "doctor": "Arzt"}
ANIMALS = {"dog": "Hund", "bird": "Vogel", "cat": "Katze"}
ENDING = {
    **{"PPP": "chen", "PPA": "lein", "PAP": "haft", "PAA": "lich"},
    **{"APP": "heit", "APA": "ling", "AAP": "schaft", "AAA": "tum"},
}
CUES = ((0, 2, 4, 6), (5, 7, 9, 11), (10, 12, 14, 16))
"""For each target word, where the cues of its stem and of its three classes stand: counted by hand."""


def kind(noun: str) -> str:
    return "P" if noun in PERSONS else "A"


@cache
def drawn(sentences: int = 6_000) -> tuple[Example, ...]:
    return tuple(GeneratedPart(BuiltinSettings(probe="overlap", train=sentences), "train").examples())


def test_all_cues_decide_every_word() -> None:
    for example in drawn():
        words = example.source.split(" ")
        answer = [
            {**PERSONS, **ANIMALS}[words[stem]] + ENDING["".join(kind(words[cue]) for cue in others)]
            for stem, *others in CUES
        ]
        assert " ".join(answer) == example.target


@pytest.mark.parametrize("known", [cues for n in range(5) for cues in itertools.combinations(range(4), n)])
def test_a_cue_that_is_withheld_leaves_a_guess(known: tuple[int, ...]) -> None:
    """The best guess from the other cues, by counting: each missing cue divides it by the values that it has."""
    chance = 1.0
    for cue, values in enumerate((6, 2, 2, 2)):
        chance /= 1 if cue in known else values
    for place, cues in enumerate(CUES):
        seen: dict[tuple[str, ...], collections.Counter[str]] = collections.defaultdict(collections.Counter)
        for example in drawn():
            words = [example.source.split(" ")[position] for position in cues]
            found = tuple(words[cue] if cue == 0 else kind(words[cue]) for cue in known)
            seen[found][example.target.split(" ")[place]] += 1
        best = sum(max(counts.values()) for counts in seen.values()) / len(drawn())
        assert best == pytest.approx(chance, abs=0.03)


def test_the_order_of_the_classes_counts() -> None:
    words = [(example.source.split(" "), example.target.split(" ")[0]) for example in drawn()]
    endings = {
        "".join(kind(source[cue]) for cue in (2, 4, 6)): target.removeprefix({**PERSONS, **ANIMALS}[source[0]])
        for source, target in words
    }
    assert len(set(endings.values())) == len(endings) == 8
    for one, other in itertools.permutations(("PPA", "PAP", "APP"), 2):
        assert endings[one] != endings[other]


def test_every_noun_stands_everywhere_and_tells_nothing_of_another() -> None:
    lines = [example.source.split(" ") for example in drawn()]
    for one, other in itertools.combinations(range(18), 2):
        pairs = collections.Counter((line[one], line[other]) for line in lines)
        assert len(pairs) == 36
        expected = len(lines) / 36
        assert max(abs(count - expected) for count in pairs.values()) < 6 * expected**0.5  # of a Poisson count


def test_the_phrases_of_a_word_overlap_and_no_cue_serves_twice() -> None:
    phrases = [
        [set(range(start, start + PHRASE_WORDS)) for role in ROLES for start in [place * STRIDE + role.start]]
        for place in range(TARGET_WORDS)
    ]
    for place, of_word in enumerate(phrases):
        assert set.intersection(*of_word) == {5 * place + 3, 5 * place + 4}
        assert all(cue in phrase for cue, phrase in zip(CUES[place], of_word, strict=True))
    assert phrases[0][-1] & phrases[1][0], "phrases of neighbouring target words overlap, too"
    cues = [cue for word in CUES for cue in word]
    assert len(set(cues)) == len(cues) == 12


def test_tags_name_the_cues() -> None:
    for example in drawn()[:500]:
        assert example.phenomena == {"overlap"}
        tagged = {(found.kind, found.side, found.translation): found for found in example.dependencies}
        assert len(tagged) == len(example.dependencies) == 9
        for place, (stem, *others) in enumerate(CUES):
            for name, cue in zip(("first-class", "second-class", "third-class"), others, strict=True):
                found = tagged[name, "source", place]
                assert (found.first, found.second) == (stem, cue)


def test_the_words_are_few() -> None:
    source = [example.source.split(" ") for example in drawn()]
    target = [example.target.split(" ") for example in drawn()]
    assert {len(line) for line in source} == {18}
    assert {len(line) for line in target} == {3}
    assert len({word for line in source for word in line}) == 6
    assert len({word for line in target for word in line}) == 48


def test_splits_share_no_line_and_come_again() -> None:
    def texts(seed: int) -> dict[str, list[tuple[str, str]]]:
        corpus = builtin_corpus(BuiltinSettings(probe="overlap", seed=seed, train=900, dev=100, test=200))
        return {split: list(corpus.pairs(split)) for split in SPLITS}

    first, other = texts(1), texts(2)
    assert first == texts(1) != other
    assert all(split_of(target) == split for split in SPLITS for _, target in [*first[split], *other[split]])
    for one, two in itertools.permutations(SPLITS, 2):
        for side in (0, 1):
            assert not {pair[side] for pair in first[one]} & {pair[side] for pair in [*first[two], *other[two]]}
