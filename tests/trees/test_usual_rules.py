"""Traces, function tags, the outer bracket and chains of one label."""

import pytest

from repro.trees.brackets import read_tree, written
from repro.trees.usual_rules import by_usual_rules, plain_label


@pytest.mark.parametrize(
    ("treebanks", "learnt"),
    [
        ("( (S (X a)))", "(S (X a))"),
        ("( ( (S (X a))))", "(S (X a))"),
        ("( (S (X a)) (S (X b)))", "(TOP (S (X a)) (S (X b)))"),
        ("( (X a))", "(TOP (X a))"),
        ("(S (NP (-NONE- *)) (VP (X a)))", "(S (VP (X a)))"),
        ("(S (NP (NP (-NONE- *)) (SBAR (-NONE- 0))) (VP (X a)))", "(S (VP (X a)))"),
        ("(S (NP-SBJ-1 (X a)) (NP=2 (X b)))", "(S (NP (X a)) (NP (X b)))"),
        ("(S (ADVP|PRT-CLR (X a)))", "(S (ADVP (X a)))"),
        ("(S (-LRB- -LRB-) (X a))", "(S (-LRB- -LRB-) (X a))"),
        ("(NP (NP (NP (X a))))", "(NP (X a))"),
        ("(S (NP-SBJ (NP (X a)) (NP (-NONE- *))))", "(S (NP (X a)))"),
        ("(S (NP (NP (X a)) (X b)))", "(S (NP (NP (X a)) (X b)))"),
        ("(S (VP (NP (X a))))", "(S (VP (NP (X a))))"),
    ],
)
def test_the_usual_rules(treebanks: str, learnt: str) -> None:
    kept = by_usual_rules(read_tree(treebanks, "a", 1))
    assert kept is not None
    assert written(kept) == learnt
    assert by_usual_rules(kept) == kept


def test_nothing_but_traces_is_no_tree() -> None:
    assert by_usual_rules(read_tree("( (S (NP (-NONE- *))))", "a", 1)) is None


def test_labels() -> None:
    names = {"NP": "NP", "NP-SBJ-1": "NP", "NP=2": "NP", "PRT|ADVP": "PRT", "-NONE-": "-NONE-", "": "", "PRP$": "PRP$"}
    assert {name: plain_label(name) for name in names} == names
