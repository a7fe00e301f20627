"""The Penn Treebank's notation."""

import random

import pytest

from repro.errors import BadInput
from repro.trees.brackets import MOST_NESTED, MOST_WORDS, read_tree, read_trees, written
from repro.trees.tree import Constituent, Leaf, Node, depth, leaves


def drawn(draw: random.Random, nested: int = 0) -> Node:
    """A random tree."""
    if nested > 4 or draw.random() < 0.3:
        return Leaf(draw.choice(["NN", "-LRB-", ",", "$"]), draw.choice(["cat", "-LRB-", ",", "1/2", "don't", "Ünï"]))
    return Constituent(
        draw.choice(["S", "NP-SBJ-1", "", "-X-"]), tuple(drawn(draw, nested + 1) for _ in range(draw.randint(1, 4)))
    )


def test_what_is_written_is_read_again() -> None:
    draw = random.Random(1)
    for _ in range(200):
        tree = Constituent("S", (drawn(draw), drawn(draw)))
        assert read_tree(written(tree), "a", 1) == tree
        assert list(read_trees(written(tree).replace(" (", "\n\t(").split("\n"), "a")) == [tree]


def test_a_tree_of_the_treebank() -> None:
    text = ["( (S", "    (NP-SBJ (DT The) (NN cat) )", "    (VP (VBZ sits) )", "    (. .) ))", "", "(S (X y))"]
    first, second = read_trees(text, "a")
    assert [leaf.word for leaf in leaves(first)] == ["The", "cat", "sits", "."]
    assert [leaf.tag for leaf in leaves(first)] == ["DT", "NN", "VBZ", "."]
    assert (first.label, depth(first), depth(second)) == ("", 3, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(S (NP (X a))\n(S (X b))", r"a.mrg, line 1, opens a bracket that never closes; add 1 at its end"),
        ("(S (X a))\n)", r"line 2, closes a bracket that was not opened"),
        ("(S (X a)))", r"line 1, closes a bracket"),
        ("(S (NP) (X a))", r"line 1, has the empty tree \(NP\)"),
        ("()", r"has the empty tree \(\)"),
        ("(S a) ", r"line 1, has a word that is in no constituent"),
        ("word", r"line 1, has word outside any bracket"),
        ("(S (X a) b)", r"line 1, has b where a bracket is expected"),
        ("(S (X a b))", r"has b where a bracket is expected"),
        ("(S (X a (Y b)))", r"opens a bracket after the word a; close it first"),
        ("(S " * (MOST_NESTED + 1), rf"line 1, nests more than {MOST_NESTED} brackets"),
        ("(S " + "(X a)" * (MOST_WORDS + 1) + ")", rf"ends a tree of 1,001 words; at most {MOST_WORDS:,} are read"),
    ],
)
def test_what_is_no_tree_is_refused_by_its_line(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        list(read_trees(text.split("\n"), "a.mrg"))


def test_a_line_holds_one_tree() -> None:
    for line, count in (("", 0), ("(S (X a)) (S (X b))", 2)):
        with pytest.raises(BadInput, match=f"a, line 7, holds {count} trees; a line needs exactly one"):
            read_tree(line, "a", 7)


def test_the_largest_tree_is_read() -> None:
    line = "(S " + "(X a)" * MOST_WORDS + ")"
    assert written(read_tree(line, "a", 1)).count("(X a)") == MOST_WORDS
    deep = "(S " * (MOST_NESTED - 1) + "(X a)" + ")" * (MOST_NESTED - 1)
    assert depth(read_tree(deep, "a", 1)) == MOST_NESTED - 1
