"""Generated sentences with their trees."""

import random
import re

import pytest

from repro.data.builtin.corpus import BuiltinSettings, GeneratedPart, builtin_corpus
from repro.data.builtin.english import constituents, english
from repro.data.builtin.grammar import Grammar
from repro.data.builtin.parsing import constituency, parsed_pair, relative_depth, tree_tags
from repro.data.builtin.reading import read
from repro.data.builtin.words import COMMA
from repro.errors import BadInput
from repro.trees.brackets import written
from repro.trees.linearisation import WORD
from repro.trees.linearisation import read as read_line
from repro.trees.tree import Leaf, leaves

TREES = BuiltinSettings(seed=3, train=400, dev=40, test=80, trees=True)


def examples(count: int, depth: int = 2):
    grammar = Grammar(random.Random(5), depth)
    return [read(grammar.sentence(None)) for _ in range(count)]


def test_the_words_of_a_tree_are_those_of_the_sentence() -> None:
    for example in examples(400, 3):
        words = [leaf.word for leaf in leaves(constituency(example))]
        said = [word for word, _ in english(example.tree)]
        assert words == [*said, "?" if example.source.endswith("?") else "."]
        cut = example.source[:-1].replace(",", " ,").split()
        kept = [part for place, part in enumerate(said) if part != "," or said[place - 1] != ","]
        assert [word.lower() for word in cut] == [word.lower() for word in kept if word != ""]


def test_phrases_are_labelled_as_in_the_penn_treebank() -> None:
    found = [(example.phenomena, written(constituency(example)).replace(f"({WORD} ", "(")) for example in examples(600)]
    shown = {
        "passive": r"\((is|are|was|were|am)\).* \(PP \(by\) \(NP ",
        "relative-1": r"\(NP \(NP .*\(SBAR (\(WHNP \((who|whom|which)\)\) )?\(S ",
        "question-yes-no": r"^\(SQ \(\w+\) \(NP .*\(\. \?\)\)$",
        "question-why": r"^\(SBARQ \(WHADVP \(why\)\) \(SQ ",
        "complement-that": r"\(SBAR \(that\) \(S ",
        "subordinate-because": r"\(SBAR \(because\) \(S ",
        "can": r"\((VP|SQ) \(can(not)?\)",
    }
    for phenomenon, pattern in shown.items():
        trees = [tree for phenomena, tree in found if phenomenon in phenomena]
        assert trees
        assert [tree for tree in trees if not re.search(pattern, tree)] == []


def test_words_decide_the_tree() -> None:
    """Attachment is never in doubt: no sentence has two trees."""
    trees: dict[str, str] = {}
    for example in examples(3000):
        source, target = parsed_pair(example)
        assert trees.setdefault(source, target) == target


def test_the_line_is_that_tree() -> None:
    for example in examples(100):
        source, target = parsed_pair(example)
        tree = constituency(example)
        assert source == " ".join(leaf.word for leaf in leaves(tree))
        reading = read_line(target.split(), list(leaves(tree)))
        assert reading.well_formed
        assert reading.tree == tree


def test_only_punctuation_has_parts_of_speech() -> None:
    for example in examples(200):
        tree = constituency(example)
        for leaf in leaves(tree):
            assert leaf.tag == {",": ",", ".": ".", "?": "."}.get(leaf.word, WORD)
        assert isinstance(tree.children[-1], Leaf)
        tags = tree_tags(example, 1)
        assert len(tags["parts_of_speech"].split()) == len(list(leaves(tree)))
        assert ("beyond" in tags["phenomena"]) == (relative_depth(example) > 1)


def test_a_comma_is_a_part_of_its_own() -> None:
    with_comma = next(example for example in examples(200) if "," in example.source)
    assert COMMA in constituents(with_comma.tree).parts


def test_half_of_the_test_is_deeper_than_training() -> None:
    from dataclasses import replace

    settings = replace(TREES, relative_depth=1, test_depth=3)
    corpus = builtin_corpus(settings)
    assert corpus.languages == ("en", "trees")
    kinds = [{"within", "beyond"} & set(tags["phenomena"]) for tags in corpus.tags["test"]]
    assert 25 < sum(kind == {"beyond"} for kind in kinds) < 55
    assert all({"within"} <= set(tags["phenomena"]) for tags in corpus.tags["dev"])
    train = list(corpus.pairs("train"))
    assert not {source for source, _ in train} & {source for source, _ in corpus.pairs("test")}
    assert len(train) == 400


def test_sentences_have_no_more_words_than_asked_for() -> None:
    from dataclasses import replace

    short = GeneratedPart(replace(TREES, trees=False, longest=10), "dev")
    assert max(len(line.split()) for pair in short.pairs() for line in pair) == 10
    assert short.identity()["longest"] == 10
    assert "longest" not in GeneratedPart(TREES, "dev").identity()


def test_identity_names_trees_and_the_depth_of_the_test_alone() -> None:
    from dataclasses import replace

    plain, deeper = replace(TREES, trees=False), replace(TREES, test_depth=4)
    assert "trees" not in GeneratedPart(plain, "test").identity()
    assert GeneratedPart(TREES, "train").identity()["trees"] is True
    assert GeneratedPart(deeper, "train").identity() == GeneratedPart(TREES, "train").identity()
    assert GeneratedPart(deeper, "test").identity()["test_depth"] == 4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"trees": True, "probe": "homonym"}, "trees are of the whole grammar, not of the probe 'homonym'"),
        ({"test_depth": 3}, "test_depth is for trees"),
        (
            {"trees": True, "test_depth": 2},
            "test_depth is 2; give more than relative_depth, which is 2, and at most 20",
        ),
        ({"trees": True, "test_depth": 21}, "test_depth is 21"),
        ({"longest": 7}, "longest is 7; give 8 to 100, or none"),
        ({"longest": 12, "probe": "homonym"}, "longest is for the whole grammar, not for the probe 'homonym'"),
    ],
)
def test_settings_that_do_not_fit(settings: dict, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        BuiltinSettings(**settings)
