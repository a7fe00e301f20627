"""Which corpus settings name: a preset, generated text, or files of one's own under a name of their own."""

from pathlib import Path

import pytest

from repro.data.corpora import PRESETS
from repro.data.selection import select_corpus
from repro.errors import BadInput


def files(folder: Path) -> list[str]:
    for language in ("en", "de"):
        (folder / f"a.{language}").write_text("a line\n")
    return [f"{folder / 'a.en'},{folder / 'a.de'}"]


@pytest.mark.parametrize("name", ["builtin", *PRESETS])
def test_files_of_one_s_own_are_not_filed_under_a_shipped_corpus_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"corpus is {name}, .* --data.corpus"):
        select_corpus(name, ["en", "de"], files(tmp_path), files(tmp_path), files(tmp_path))


def test_files_of_one_s_own_have_a_name_of_their_own(tmp_path: Path) -> None:
    corpus = select_corpus("mine", ["en", "de"], files(tmp_path), files(tmp_path), files(tmp_path))
    assert corpus.name == "mine"
