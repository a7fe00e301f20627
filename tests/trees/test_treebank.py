"""All trees of the sample of the Penn Treebank, where it is at hand: nothing is lost on the way to a line and back."""

import gzip
from pathlib import Path

import pytest

from repro.trees.brackets import read_tree, written
from repro.trees.evalb import compare
from repro.trees.linearisation import read, tokens
from repro.trees.tree import leaves
from repro.trees.usual_rules import by_usual_rules


def test_every_tree_comes_back(data_folder: Path) -> None:
    sample = data_folder / "treebank" / "wsj_sample.mrg.gz"
    if not sample.is_file():
        pytest.skip(f"{sample} is not there")
    count = 0
    with gzip.open(sample, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            as_it_is = read_tree(line.rstrip("\n").split("\t")[1], sample.name, number)
            assert read_tree(written(as_it_is), "again", number) == as_it_is
            kept = by_usual_rules(as_it_is)
            assert kept is not None
            assert by_usual_rules(kept) == kept
            reading = read(tokens(kept), list(leaves(kept)))
            assert reading.well_formed
            assert reading.tree == kept
            assert compare(kept, reading.tree).exact
            count += 1
    assert count == 3914
