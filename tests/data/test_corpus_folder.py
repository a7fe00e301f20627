"""Where corpora lie, and under which endings their files are found."""

from pathlib import Path

import pytest

from repro.data.corpus_folder import ENDINGS, FORMS, corpus_folder, find_file
from repro.errors import BadInput


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REPRO_DATA", "")
    assert corpus_folder() is None
    monkeypatch.delenv("REPRO_DATA")
    assert corpus_folder() is None
    monkeypatch.setenv("REPRO_DATA", str(tmp_path))
    assert corpus_folder() == tmp_path
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("REPRO_DATA", "~")
    assert corpus_folder() == tmp_path
    monkeypatch.setenv("REPRO_DATA", str(tmp_path / "gone"))
    with pytest.raises(BadInput, match=r"REPRO_DATA is .*gone, which is not a folder; set it to your folder"):
        corpus_folder()


@pytest.mark.parametrize("ending", ["", ".gz", ".xz", ".bz2", ".zst"])
def test_a_file_is_found_plain_or_compressed(tmp_path: Path, ending: str) -> None:
    assert find_file(tmp_path, "train.en") is None
    (tmp_path / "train.en.zip").touch()
    (tmp_path / f"train.en{ending}").touch()
    assert find_file(tmp_path, "train.en") == tmp_path / f"train.en{ending}"


def test_a_plain_file_comes_before_a_compressed_one(tmp_path: Path) -> None:
    for ending in (".zst", ""):
        (tmp_path / f"a{ending}").touch()
    (tmp_path / "b").mkdir()  # a folder of the name is no file
    assert find_file(tmp_path, "a") == tmp_path / "a"
    assert find_file(tmp_path, "b") is None


def test_messages_name_every_ending() -> None:
    assert [ending for ending in ENDINGS if ending] == FORMS.split("(")[1].rstrip(")").split(", ")
