"""A treebank's file as a corpus, on a made-up one and on the real one where it is at hand."""

from pathlib import Path

import pytest

from repro.data.corpora import find_corpus
from repro.data.preparing import prepare
from repro.data.treebank import FILES, treebank_corpus
from repro.data.vocabulary import VocabularySettings
from repro.errors import BadInput

TREE = "( (S (NP-SBJ (-NONE- *)) (NP (DT the) (NN cat{})) (VP (VBZ sits)) (. .)) )"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def made_up(path: Path) -> Path:
    rows = [f"wsj_{number:04}.mrg\t{TREE.format(number)}" for number in (1, 159, 160, 179, 180, 199)]
    return write(path, "\n".join([*rows, "wsj_0002.mrg\t( (S (-NONE- *)) )"]) + "\n")


def test_files_make_the_splits_and_trees_without_words_go(tmp_path: Path) -> None:
    corpus = treebank_corpus("treebank", made_up(tmp_path / "wsj.mrg"))
    sources = {split: [source for source, _ in corpus.pairs(split)] for split in corpus.splits}
    assert sources == {
        "train": ["the cat1 sits .", "the cat159 sits ."],
        "dev": ["the cat160 sits .", "the cat179 sits ."],
        "test": ["the cat180 sits .", "the cat199 sits ."],
    }
    assert next(corpus.pairs("dev"))[1] == "(S (NP XX XX )NP (VP XX )VP XX )S"
    assert [tags["parts_of_speech"] for tags in corpus.tags["test"]] == ["DT NN VBZ ."] * 2
    assert corpus.splits["dev"][0].identity()["files"] == [160, 179]


def test_a_tree_that_training_and_test_share_takes_no_sentence_away(tmp_path: Path) -> None:
    """Brackets alone are one line for all these sentences; a sentence that is in both goes."""
    path = made_up(tmp_path / "wsj.mrg")
    every_word = " ".join(f"(NN cat{number})" for number in (160, 179, 180, 199))
    write(path, path.read_text() + f"wsj_0003.mrg\t{TREE.format(199)}\nwsj_0004.mrg\t(S {every_word})\n")
    store = prepare(treebank_corpus("treebank", path), tmp_path / "stores", VocabularySettings("words", 100))
    train = store.manifest["splits"]["train"]
    assert train["pairs"] == 3
    assert train["dropped"]["held_out_source"] == 1
    assert train["dropped"]["held_out_target"] == train["dropped"]["held_out_both_sides"] == 0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("no tab", "line 1, must be wsj_0001 to wsj_0199, a tab and a tree"),
        ("brown_1\t(S (X a))", "line 1, must be wsj_0001"),
        ("wsj_0001.mrg\t(S (X a)", "line 1, opens a bracket that never closes"),
        ("wsj_0001.mrg\t(S )", r"line 1, has the empty tree \(S\)"),
        ("wsj_0001.mrg\t(S " + "(X a)" * 2000 + ")", "line 1, ends a tree of 2,000 words"),
    ],
)
def test_lines_of_another_form(line: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path / "wsj.mrg", line + "\n")
    with pytest.raises(BadInput, match=message):
        list(treebank_corpus("treebank", path).pairs("train"))
    with pytest.raises(BadInput, match=message):
        prepare(treebank_corpus("treebank", path), tmp_path / "stores", VocabularySettings("words", 100))
    assert not list((tmp_path / "stores").glob("treebank-*"))


def test_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "wsj.mrg").write_bytes("wsj_0001.mrg\t(S (X é))\n".encode("latin-1"))
    with pytest.raises(BadInput, match=r"line 1.*UTF-8"):
        list(treebank_corpus("treebank", tmp_path / "wsj.mrg").pairs("train"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"needs files: put treebank/wsj_sample.mrg"):
        find_corpus("treebank", folder=tmp_path)


def test_the_sample(data_folder: Path, tmp_path: Path) -> None:
    if not (data_folder / "treebank" / "wsj_sample.mrg.gz").is_file():
        pytest.skip("the sample of the Penn Treebank is not there")
    corpus = find_corpus("treebank", folder=data_folder)
    counts = {split: sum(1 for _ in corpus.pairs(split)) for split in FILES}
    assert counts == {"train": 3396, "dev": 273, "test": 245}
    store = prepare(corpus, tmp_path, VocabularySettings("bpe", 3000))
    brackets = [piece for piece in store.vocabulary.pieces if "(" in piece or piece.startswith("▁)")]
    targets = {bracket for _, target in corpus.pairs("train") for bracket in target.split()}
    assert set(brackets) == {"▁" + bracket for bracket in targets - {"XX"}}
    sources = [source for source, _ in corpus.pairs("test")]
    encoded = store.vocabulary.encode(sources)
    assert store.vocabulary.decode(encoded) == sources
