"""The probes: their bounds, their chosen distances, and that one translation is right."""

import dataclasses

import pytest

from repro.data.builtin import BuiltinSettings, GeneratedPart, builtin_corpus
from repro.data.builtin.probes import DISTANCES, PROBES
from repro.data.builtin.reading import Example
from repro.errors import BadInput

KINDS = {
    "agreement": "agreement",
    "homonym": "homonym",
    "separable": "separable",
    "verb_final": "verb_final",
} | {"order": "inversion"}
CASES = [(name, None) for name in PROBES] + [
    (name, distance) for name, distances in DISTANCES.items() for distance in (distances[0], 6, distances[-1])
]


def drawn(name: str, distance: int | None, sentences: int = 500) -> list[Example]:
    settings = BuiltinSettings(probe=name, distance=distance, train=sentences)
    return list(GeneratedPart(settings, "train").examples())


@pytest.mark.parametrize(("name", "distance"), CASES)
def test_a_probe_keeps_its_bounds_and_its_distance(name: str, distance: int | None) -> None:
    examples = drawn(name, distance)
    for side in ("source", "target"):
        lines = [getattr(example, side).split(" ") for example in examples]
        assert len({word for line in lines for word in line}) <= 64
        assert max(map(len, lines)) <= 24
    assert len({example.source for example in examples}) == len({example.target for example in examples}) == 500
    if name in KINDS:
        distances = set()
        for example in examples:
            links = [link for link in example.dependencies if link.kind == KINDS[name]]
            # The subordinate clause of verb_final has its own; all others have one.
            assert links
            distances.add(links[0].distance)
        assert distances == {distance} if distance else len(distances) > 4


def test_the_number_of_a_verb_in_the_agreement_probe_shows_in_german_only() -> None:
    numbers: dict[str, set[str]] = {}
    for example in drawn("agreement", 5):
        (link,) = (link for link in example.dependencies if link.kind == "agreement")
        german = example.target.split(" ")[link.second]
        english = example.source.split(" ")[link.second]
        numbers.setdefault(english, set()).add(german)
    assert numbers == {"will": {"wird", "werden"}, "can": {"kann", "können"}, "must": {"muss", "müssen"}}


def test_the_separable_prefix_is_the_last_word() -> None:
    for example in drawn("separable", 9):
        assert example.target.split(" ")[-1] in {"an", "ein", "ab", "vor"}


def test_copy_and_reverse() -> None:
    assert all(example.source == example.target for example in drawn("copy", None))
    assert all(example.source.split(" ")[::-1] == example.target.split(" ") for example in drawn("reverse", None))


@pytest.mark.parametrize("name", ["copy", "reverse"])
def test_only_test_strings_can_be_longer_than_those_of_training(name: str) -> None:
    usual = BuiltinSettings(probe=name, train=400, dev=100, test=400)
    longer = dataclasses.replace(usual, test_words=24)
    for split in ("train", "dev"):
        assert list(GeneratedPart(longer, split).pairs()) == list(GeneratedPart(usual, split).pairs())
        assert GeneratedPart(longer, split).identity() == GeneratedPart(usual, split).identity()
    assert GeneratedPart(longer, "test").identity() == {**GeneratedPart(usual, "test").identity(), "test_words": 24}
    examples = list(GeneratedPart(longer, "test").examples())
    counted = [len(example.source.split(" ")) for example in examples]
    assert set(counted) == set(range(4, 25))
    for words, example in zip(counted, examples, strict=True):
        assert example.phenomena == {name, f"words-{words}", "beyond" if words > 12 else "within"}
        target = example.source.split(" ") if name == "copy" else example.source.split(" ")[::-1]
        assert example.target.split(" ") == target


def test_without_longer_test_strings_all_is_as_it_was() -> None:
    part = GeneratedPart(BuiltinSettings(probe="copy", test=50), "test")
    assert "test_words" not in part.identity()
    assert {example.phenomena for example in part.examples()} == {frozenset({"copy"})}
    assert max(len(example.source.split(" ")) for example in part.examples()) <= 12


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"probe": "copy", "test_words": 12}, "test_words is 12; give 13 to 100"),
        ({"probe": "reverse", "test_words": 101}, "test_words is 101; give 13 to 100"),
        ({"probe": "homonym", "test_words": 20}, "test_words is for the probes copy and reverse"),
        ({"test_words": 20}, "test_words is for the probes copy and reverse"),
    ],
)
def test_longer_test_strings_that_cannot_be_are_refused(settings: dict, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        BuiltinSettings(**settings)


@pytest.mark.parametrize("depth", [1, 3, 5])
def test_the_relative_probe_is_as_deep_as_asked_for(depth: int) -> None:
    settings = BuiltinSettings(probe="relative", relative_depth=depth, train=800)
    deepest = {
        max(int(name.removeprefix("relative-")) for name in example.phenomena if name.startswith("relative-"))
        for example in GeneratedPart(settings, "train").examples()
    }
    assert deepest == set(range(1, depth + 1))


def test_a_probe_is_a_corpus_with_tags() -> None:
    corpus = builtin_corpus(BuiltinSettings(probe="homonym", distance=7, train=100, dev=20, test=30))
    assert corpus.name == "builtin-homonym"
    assert len(corpus.tags["test"]) == 30 == len(list(corpus.pairs("test")))
