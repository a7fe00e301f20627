"""A tree as a line and back; lines that are no tree."""

import random

import pytest

from repro.trees.brackets import MOST_NESTED, read_tree, written
from repro.trees.evalb import compare
from repro.trees.linearisation import read, tokens, untold, words_of
from repro.trees.tree import Constituent, Leaf, depth, leaves
from tests.trees.test_brackets import drawn

WORDS = untold(["a", "b", "c"])


def test_a_line_by_hand() -> None:
    tree = read_tree("(S (NP (DT the) (NN cat)) (VP (VBZ sits)) (. .))", "a", 1)
    line = "(S (NP XX XX )NP (VP XX )VP XX )S"
    assert tokens(tree) == line.split()
    assert words_of(tree) == "the cat sits ."
    reading = read(line.split(), list(leaves(tree)))
    assert reading.well_formed
    assert reading.tree == tree


def test_every_tree_comes_back() -> None:
    draw = random.Random(2)
    for _ in range(300):
        tree = Constituent("S", (drawn(draw), drawn(draw)))
        named = read_tree(written(tree).replace("( ", "(Y "), "a", 1)  # a line cannot say that a label is empty
        reading = read(tokens(named), list(leaves(named)))
        assert reading.well_formed
        assert reading.tree == named


@pytest.mark.parametrize(
    ("line", "tree"),
    [
        ("(S XX XX XX", "(S (XX a) (XX b) (XX c))"),
        ("(S (NP XX XX )S XX )S", "(TOP (S (NP (XX a) (XX b))) (XX c))"),
        ("(S (NP XX )VP XX XX )NP )S", "(S (NP (XX a) (XX b) (XX c)))"),
        ("(S XX XX XX XX XX )S", "(S (XX a) (XX b) (XX c))"),
        ("(S XX )S", "(S (XX a) (XX b) (XX c))"),
        ("(S (NP )NP XX XX XX )S", "(S (XX a) (XX b) (XX c))"),
        ("(S XX )S (S XX XX )S", "(TOP (S (XX a)) (S (XX b) (XX c)))"),
        ("XX XX", "(TOP (XX a) (XX b) (XX c))"),
        ("", "(TOP (XX a) (XX b) (XX c))"),
        ("(S XX cat XX XX ( ) )S", "(S (XX a) (XX b) (XX c))"),
        (")S )NP", "(TOP (XX a) (XX b) (XX c))"),
        ("XX (S XX )S", "(TOP (XX a) (S (XX b)) (XX c))"),
    ],
)
def test_what_is_no_tree_is_repaired_and_told(line: str, tree: str) -> None:
    reading = read(line.split(), WORDS)
    assert not reading.well_formed
    assert written(reading.tree) == tree


def test_whatever_a_line_holds_the_tree_has_the_words_in_order() -> None:
    draw = random.Random(3)
    for _ in range(2000):
        line = draw.choices(["(S", ")S", "(NP", ")NP", "XX", "x", "(", ")"], k=draw.randint(0, 12))
        reading = read(line, WORDS)
        assert list(leaves(reading.tree)) == WORDS
        assert isinstance(reading.tree.children[0], Leaf | Constituent)
        assert reading.well_formed == (tokens(reading.tree) == line)


def test_a_line_that_opens_brackets_without_end_is_read() -> None:
    """An untrained model may repeat one bracket as often as it may write."""
    reading = read([*["(S"] * 5000, "XX", *[")S"] * 5000], WORDS)
    assert not reading.well_formed
    assert depth(reading.tree) == MOST_NESTED
    assert list(leaves(reading.tree)) == WORDS
    assert compare(reading.tree, reading.tree).exact
