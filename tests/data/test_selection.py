"""Which corpus settings name: a preset, generated text, or files of one's own under a name of their own."""

from pathlib import Path

import pytest

from repro.data.corpora import CORPORA
from repro.data.selection import check_splits, select_corpus
from repro.errors import BadInput


def files(folder: Path) -> list[str]:
    for language in ("en", "de"):
        (folder / f"a.{language}").write_text("a line\n")
    return [f"{folder / 'a.en'},{folder / 'a.de'}"]


@pytest.mark.parametrize("name", ["builtin", *CORPORA])
def test_files_of_one_s_own_are_not_filed_under_a_shipped_corpus_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"corpus is {name}, .* --data.corpus"):
        select_corpus(name, ["en", "de"], files(tmp_path), files(tmp_path), files(tmp_path))


def test_files_of_one_s_own_have_a_name_of_their_own(tmp_path: Path) -> None:
    corpus = select_corpus("mine", ["en", "de"], files(tmp_path), files(tmp_path), files(tmp_path))
    assert corpus.name == "mine"


def test_a_shipped_corpus_has_its_own_languages() -> None:
    assert select_corpus("builtin", ["en", "de"]).languages == ("en", "de")
    with pytest.raises(BadInput, match="languages is de, en, but the corpus builtin is from en to de; leave"):
        select_corpus("builtin", ["de", "en"])


def test_the_corpora_of_a_folder_have_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tatoeba_en_fr").mkdir()
    for split in ("train", "dev"):
        (tmp_path / "tatoeba_en_fr" / f"{split}.tsv").write_text("a\tb\n")
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    assert select_corpus("tatoeba-en-fr", ["en", "fr"]).languages == ("en", "fr")
    with pytest.raises(BadInput, match=r"corpus tatoeba-en-fr is from en to fr; leave languages out"):
        select_corpus("tatoeba-en-fr", ["fr", "en"])


def test_splits_that_are_named_are_there(tmp_path: Path) -> None:
    corpus = select_corpus("mine", ["en", "de"], files(tmp_path), files(tmp_path))
    check_splits(corpus, ["dev"], ["dev"])
    check_splits(corpus, [], ["dev"])  # as a preset may say of a split that a run does not decode
    for decoded, unaveraged, said in (
        (["test"], [], "no split 'test', only train, dev; give data.test, or change decoding.splits"),
        (["dev"], ["dve"], r"unaveraged names 'dve', which is not a split of the corpus mine; did you mean dev\?"),
        (["train"], [], "decoding.splits names train, whose text is not kept"),
    ):
        with pytest.raises(BadInput, match=said):
            check_splits(corpus, decoded, unaveraged)
