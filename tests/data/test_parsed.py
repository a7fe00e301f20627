"""A tree as a pair of lines."""

from repro.data.parsed import pair, parts_of_speech
from repro.trees.brackets import read_tree


def test_words_line_and_tags() -> None:
    tree = read_tree("(S (NP (DT the) (NN cat)) (VP (VBZ sits)) (. .))", "a", 1)
    assert pair(tree) == ("the cat sits .", "(S (NP XX XX )NP (VP XX )VP XX )S")
    assert parts_of_speech(tree) == "DT NN VBZ ."
