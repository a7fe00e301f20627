"""Words and depth of a tree."""

from repro.trees.tree import Constituent, Leaf, depth, leaves


def test_words_and_depth() -> None:
    a, b = Leaf("X", "a"), Leaf("Y", "b")
    tree = Constituent("S", (a, Constituent("NP", (Constituent("NP", (b,)), a))))
    assert list(leaves(tree)) == [a, b, a]
    assert (depth(a), depth(tree)) == (0, 3)
