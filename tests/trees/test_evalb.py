"""EVALB's rules on cases counted by hand, and against every constituent found by search."""

import random
from collections import Counter

import pytest

from repro.trees.brackets import read_tree
from repro.trees.evalb import Counts, compare
from repro.trees.tree import Constituent, Leaf, Node, leaves

FLAT = "(S (X a) (X b) (X c))"

CASES = [
    # alike: every constituent matches, words do not count
    ("(S (X a))", "(S (X a))", 1, 1, 1),
    (FLAT, FLAT, 1, 1, 1),
    ("(S (NP (X a)) (VP (X b)))", "(S (NP (X a)) (VP (X b)))", 3, 3, 3),
    # labels and spans
    ("(S (NP (X a)) (X b))", "(S (VP (X a)) (X b))", 2, 2, 1),
    ("(S (NP (X a) (X b)) (X c))", "(S (X a) (NP (X b) (X c)))", 2, 2, 1),
    ("(S (NP (X a) (X b)) (X c))", "(S (NP (X a) (X b) (X c)))", 2, 2, 1),
    ("(S (NP (X a)) (NP (X b)))", "(S (NP (X a) (X b)))", 3, 2, 1),
    (FLAT, "(S (NP (X a)) (NP (X b)) (NP (X c)))", 1, 4, 1),
    ("(S (NP (X a)) (NP (X b)) (NP (X c)))", FLAT, 4, 1, 1),
    ("(S (X a))", "(VP (X a))", 1, 1, 0),
    # a chain counts each of its constituents, in any order
    ("(S (VP (NP (X a))))", "(S (NP (VP (X a))))", 3, 3, 3),
    ("(S (NP (X a)))", "(S (NP (NP (X a))))", 2, 3, 2),
    ("(NP (NP (X a)))", "(NP (NP (NP (X a))))", 2, 3, 2),
    ("(S (S (X a)))", "(S (X a))", 2, 1, 1),
    # tags are not compared
    ("(S (NN a) (NP (VB b)))", "(S (JJ a) (NP (NN b)))", 2, 2, 2),
    # TOP and the wrapper are no constituents
    ("(TOP (S (X a)))", "(S (X a))", 1, 1, 1),
    ("(S (X a))", "( (S (X a)))", 1, 1, 1),
    ("(TOP (X a))", "(S (X a))", 0, 1, 0),
    ("(TOP (X a))", "(TOP (X a))", 0, 0, 0),
    # punctuation is left out before words are numbered
    ("(S (NP (X a)) (. .))", "(S (NP (X a) (. .)))", 2, 2, 2),
    ("(S (NP (X a) (, ,)) (X b))", "(S (NP (X a)) (, ,) (X b))", 2, 2, 2),
    ("(S (`` ``) (NP (X a)) ('' ''))", "(S (NP (`` ``) (X a)) ('' ''))", 2, 2, 2),
    ("(S (: --) (NP (X a)))", "(S (NP (: --) (X a)))", 2, 2, 2),
    ("(S (NP (X a)) (. ?))", "(S (NP (X a)) (X ?))", 2, 2, 2),  # the right tree's tags decide
    ("(S (NP (X a)) (X .))", "(S (NP (X a) (. .)))", 2, 2, 1),
    ("(S (NP (X a) (-LRB- -LRB-)))", "(S (NP (X a)) (-LRB- -LRB-))", 2, 2, 1),  # brackets are words
    ("(S (NP (X a)) ($ $))", "(S (NP (X a) ($ $)))", 2, 2, 1),  # so are signs of money
    # what holds punctuation alone goes
    ("(S (X a) (PRN (, ,)))", "(S (X a) (, ,))", 1, 1, 1),
    ("(S (X a) (, ,))", "(S (X a) (PRN (, ,)))", 1, 1, 1),
    ("(S (. .))", "(S (. .))", 0, 0, 0),
    # PRT is ADVP
    ("(VP (X a) (PRT (RP b)))", "(VP (X a) (ADVP (RP b)))", 2, 2, 2),
    ("(VP (ADVP (PRT (X a))))", "(VP (PRT (PRT (X a))))", 3, 3, 3),
    ("(VP (X a) (PRT (X b)))", "(VP (X a) (PP (X b)))", 2, 2, 1),
    # traces and what holds nothing else are deleted, in either tree (README of EVALB, section 7)
    ("(S (NP (-NONE- *-1)) (VP (X a)))", "(S (VP (X a)))", 2, 2, 2),
    ("(S (VP (X a)))", "(S (NP (-NONE- *-1)) (VP (X a)))", 2, 2, 2),
    ("(S (NP (X a)) (SBAR (-NONE- 0) (S (-NONE- *T*))))", "(S (NP (X a) (-NONE- *)))", 2, 2, 2),
    ("(S (NP (NP (X a)) (SBAR (-NONE- 0))))", "(S (NP (NP (X a))))", 3, 3, 3),  # chains that they leave stay
    # function tags and indices are cut off, but brackets stay what they are
    ("(S (NP-SBJ-1 (X a)) (VP=2 (X b)))", "(S (NP (X a)) (VP-TPC (X b)))", 3, 3, 3),
    ("(S (ADVP|PRT (X a)))", "(S (ADVP (X a)))", 2, 2, 1),
    # other words are no answer
    ("(S (X a))", "(S (X b))", 1, 0, 0),
    ("(S (X a) (X b))", "(S (X a))", 1, 0, 0),
]


@pytest.mark.parametrize(("gold", "predicted", "of_gold", "of_predicted", "matched"), CASES)
def test_by_hand(gold: str, predicted: str, of_gold: int, of_predicted: int, matched: int) -> None:
    found = compare(read_tree(gold, "a", 1), read_tree(predicted, "b", 1))
    assert found == Counts(of_gold, of_predicted, matched)
    assert found.exact == (of_gold == of_predicted == matched)


def test_no_tree_has_no_constituent() -> None:
    assert compare(read_tree("(S (NP (X a)))", "a", 1), None) == Counts(2, 0, 0)


def test_against_search() -> None:
    """For each label and each pair of words, count the constituents whose words that are no punctuation are these."""
    draw = random.Random(4)
    for _ in range(300):
        words = [(draw.choice(["X", ",", "."]), f"w{place}") for place in range(draw.randint(1, 6))]
        gold, predicted = (_over(words, draw) for _ in range(2))
        right, found = _found(gold, words), _found(predicted, words)
        expected = Counts(right.total(), found.total(), sum(min(right[key], found[key]) for key in right))
        assert compare(gold, predicted) == expected


def _over(words: list[tuple[str, str]], draw: random.Random, label: str = "S") -> Constituent:
    children: list[Node] = []
    at = 0
    while at < len(words):
        size = draw.randint(1, len(words) - at)
        if draw.random() < 0.5 and (size < len(words) or draw.random() < 0.5):
            children.append(_over(words[at : at + size], draw, draw.choice(["NP", "ADVP", "PRT", "TOP"])))
            at += size
        else:
            children.append(Leaf(*words[at]))
            at += 1
    return Constituent(label, tuple(children))


def _found(tree: Constituent, words: list[tuple[str, str]]) -> Counter[tuple[str, tuple[str, ...]]]:
    counts: Counter[tuple[str, tuple[str, ...]]] = Counter()
    tags = {word: tag for tag, word in words}
    open_nodes: list[Node] = [tree]
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, Leaf):
            continue
        open_nodes += node.children
        spoken = tuple(leaf.word for leaf in leaves(node) if tags[leaf.word] == "X")
        if spoken and node.label != "TOP":
            counts["ADVP" if node.label == "PRT" else node.label, spoken] += 1
    return counts
