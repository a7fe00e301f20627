"""The built-in text as a corpus: one translation each, disjoint splits, the same bytes, no rare words."""

import collections
import hashlib
import json
import os
import random
import subprocess
import sys

import pytest

from repro.data.builtin import BuiltinSettings, GeneratedPart, builtin_corpus
from repro.data.builtin.corpus import PHENOMENA, SPLITS
from repro.data.builtin.grammar import Grammar
from repro.data.builtin.reading import read
from repro.errors import BadInput

SMALL = BuiltinSettings(seed=3, train=2000, dev=200, test=300)


def words(line: str) -> list[str]:
    return [word.strip(".,?").lower() for word in line.split(" ")]


def digest_of(settings: BuiltinSettings) -> str:
    corpus = builtin_corpus(settings)
    digest = hashlib.sha256()
    for split in SPLITS:
        for pair in corpus.pairs(split):
            digest.update("\t".join(pair).encode())
    digest.update(json.dumps(corpus.tags["test"]).encode())
    return digest.hexdigest()


def _translations(sentences: int) -> None:
    """Every English sentence has one German one, and nothing about its parse is in doubt either."""
    grammar = Grammar(random.Random("translations"))
    seen: dict[str, tuple[str, frozenset[str]]] = {}
    repeated = 0
    for _ in range(sentences):
        example = read(grammar.sentence())
        now = (example.target, example.phenomena)
        before = seen.setdefault(example.source, now)
        repeated += before is not now
        assert before == now, example.source
    assert repeated > sentences // 1000, "too few sentences were met twice for this to show anything"


def test_an_english_sentence_has_one_translation() -> None:
    _translations(6_000)


@pytest.mark.slow
def test_an_english_sentence_has_one_translation_among_very_many() -> None:
    _translations(200_000)


def test_splits_are_disjoint_on_both_sides_and_without_duplicates() -> None:
    # Other seeds and sizes as well: what is a test sentence once is never trained on.
    other_seed = BuiltinSettings(seed=4, train=700, dev=100, test=100)
    read_out = [
        (settings, {split: list(builtin_corpus(settings).pairs(split)) for split in SPLITS})
        for settings in (SMALL, other_seed)
    ]
    for side in (0, 1):
        lines = {split: [pair[side] for _, pairs in read_out for pair in pairs[split]] for split in SPLITS}
        for one, other in (("train", "dev"), ("train", "test"), ("dev", "test")):
            assert not set(lines[one]) & set(lines[other])
        for settings, pairs in read_out:
            for split in SPLITS:
                own = [pair[side] for pair in pairs[split]]
                assert len(set(own)) == len(own) == getattr(settings, split)


def test_the_same_bytes_in_processes_with_other_hash_seeds() -> None:
    code = (
        "from tests.data.builtin.test_corpus import digest_of;"
        "from repro.data.builtin import BuiltinSettings;"
        "print(digest_of(BuiltinSettings(seed=5, train=300, dev=40, test=50)))"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert digests == {digest_of(BuiltinSettings(seed=5, train=300, dev=40, test=50)) + "\n"}
    assert digests != {digest_of(BuiltinSettings(seed=6, train=300, dev=40, test=50)) + "\n"}


def test_a_longer_split_begins_with_the_shorter_one() -> None:
    short = list(GeneratedPart(BuiltinSettings(train=50), "train").pairs())
    long = list(GeneratedPart(BuiltinSettings(train=90, dev=3), "train").pairs())
    assert long[:50] == short


@pytest.fixture(scope="module")
def default_train() -> list[tuple[str, str]]:
    return list(GeneratedPart(BuiltinSettings(), "train").pairs())


def test_vocabulary_is_rich() -> None:
    pairs = list(GeneratedPart(BuiltinSettings(train=5_000), "train").pairs())
    for side, least in ((0, 300), (1, 500)):
        assert len({word for pair in pairs for word in words(pair[side])}) >= least


@pytest.mark.slow
def test_vocabulary_is_rich_and_no_word_is_rare(default_train: list[tuple[str, str]]) -> None:
    assert len(default_train) == 30_000
    for side, least in ((0, 300), (1, 500)):
        counts = collections.Counter(word for pair in default_train for word in words(pair[side]))
        assert len(counts) >= least
        rarest, count = counts.most_common()[-1]
        assert count >= 50, f"{rarest} occurs {count} times"
        lengths = [len(pair[side].split(" ")) for pair in default_train]
        assert max(lengths) <= 20
        assert 8 <= sum(lengths) / len(lengths) <= 14


@pytest.mark.slow
def test_held_out_sentences_hold_no_unknown_word(default_train: list[tuple[str, str]]) -> None:
    corpus = builtin_corpus(BuiltinSettings())
    for side in (0, 1):
        known = {word for pair in default_train for word in words(pair[side])}
        for split in ("dev", "test"):
            assert {word for pair in corpus.pairs(split) for word in words(pair[side])} <= known


def test_tags_are_aligned_plain_and_of_known_phenomena() -> None:
    corpus = builtin_corpus(SMALL)
    assert (corpus.name, corpus.languages) == ("builtin", ("en", "de"))
    assert list(corpus.tags) == ["dev", "test"]
    met = set()
    for split in corpus.tags:
        pairs, tags = list(corpus.pairs(split)), corpus.tags[split]
        assert len(pairs) == len(tags)
        assert json.loads(json.dumps(tags)) == list(tags)
        for (source, target), tag in zip(pairs, tags, strict=True):
            met.update(tag["phenomena"])
            for link in tag["dependencies"]:
                line = (source if link["side"] == "source" else target).split(" ")
                assert 0 <= link["first"] < len(line)
                assert 0 <= link["second"] < len(line)
                assert link["distance"] == abs(link["first"] - link["second"]) > 0
            if "pronoun" in tag["phenomena"]:
                assert "it" in words(source)
    assert met == PHENOMENA


@pytest.mark.parametrize("distance", [3, 6, 12])
def test_a_chosen_distance_holds_for_all_homonyms(distance: int) -> None:
    part = GeneratedPart(BuiltinSettings(train=400, distance=distance), "train")
    met = [link.distance for example in part.examples() for link in example.dependencies if link.kind == "homonym"]
    assert len(met) > 20
    assert set(met) == {distance}


def test_relative_clauses_are_as_deep_as_asked_for() -> None:
    for depth in (0, 1, 3):
        met = set()
        for example in GeneratedPart(BuiltinSettings(train=700, relative_depth=depth), "train").examples():
            met |= {name for name in example.phenomena if name.startswith("relative-")}
        assert met == {f"relative-{level}" for level in range(1, depth + 1)}


def test_only_sentences_with_the_phenomena_asked_for() -> None:
    part = GeneratedPart(BuiltinSettings(train=50, phenomena=("separable", "inversion")), "train")
    assert all({"separable", "inversion"} <= example.phenomena for example in part.examples())


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"train": 0}, "train"),
        ({"probe": "nothing"}, "nothing"),
        ({"probe": "copy", "distance": 3}, "copy"),
        ({"probe": "agreement", "distance": 2}, "agreement"),
        ({"probe": "relative", "relative_depth": 9}, "relative_depth"),
        ({"probe": "order", "phenomena": ("homonym",)}, "phenomena"),
        ({"distance": 99}, "distance"),
        ({"distance": 16, "longest": 16}, "distance is 16, which a sentence of at most 16 words cannot hold"),
        ({"relative_depth": -1}, "relative_depth"),
        ({"phenomena": ("poetry",)}, "poetry"),
    ],
)
def test_bad_settings_are_named(settings: dict[str, object], named: str) -> None:
    with pytest.raises(BadInput, match=named):
        BuiltinSettings(**settings)  # type: ignore[arg-type]


def test_too_small_a_space_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repro.data.builtin.corpus.PATIENCE", 300)
    # No sentence of the grammar has both.
    part = GeneratedPart(BuiltinSettings(phenomena=("passive", "homonym")), "train")
    with pytest.raises(BadInput, match="ask for fewer"):
        collections.deque(part.pairs(), maxlen=0)


def test_a_distance_that_no_sentence_of_that_length_has_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repro.data.builtin.corpus.DRAWS", 300)
    part = GeneratedPart(BuiltinSettings(distance=7, longest=8), "train")
    with pytest.raises(BadInput, match=r"of at most 8 words with distance 7, .* was found among 300; raise longest"):
        collections.deque(part.pairs(), maxlen=0)


def test_a_distance_that_is_rare_at_that_length_is_found() -> None:
    pairs = list(GeneratedPart(BuiltinSettings(distance=6, longest=8, train=40), "train").pairs())
    assert len(pairs) == 40
    assert max(len(line.split()) for pair in pairs for line in pair) == 8


def test_identity_is_plain_and_names_what_decides() -> None:
    part = GeneratedPart(SMALL, "dev")
    assert json.loads(json.dumps(part.identity())) == part.identity()
    more_train = GeneratedPart(BuiltinSettings(seed=3, train=9, dev=200, test=9), "dev")
    assert more_train.identity() == part.identity()
    for other in ({"seed": 4}, {"dev": 201}, {"relative_depth": 1}, {"distance": 5}, {"probe": "copy"}):
        settings = BuiltinSettings(**{"seed": 3, "dev": 200, **other})  # type: ignore[arg-type]
        assert GeneratedPart(settings, "dev").identity() != part.identity()
