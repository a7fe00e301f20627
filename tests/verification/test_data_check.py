"""Prepared text is that of the record, or the difference is named."""

import json
from pathlib import Path

import pytest

from repro.verification.data_check import data_difference, prepared_otherwise

DATA = {"corpus": "c", "sources": {"train": [{"path": "t", "sha256": "1"}]}, "settings": {"of": "records"}}


def store(root: Path, **content: object) -> None:
    (root / "c-1").mkdir(parents=True, exist_ok=True)
    (root / "c-1/manifest.json").write_text(json.dumps(content))


def test_a_store_of_the_same_text_is_right_whatever_else_it_says(tmp_path: Path) -> None:
    assert prepared_otherwise(DATA, tmp_path) is None
    store(tmp_path, corpus="c", sources=DATA["sources"], more=1)
    assert prepared_otherwise(DATA, tmp_path) is None


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_a_store_that_is_being_written_says_nothing_yet(tmp_path: Path, content: str) -> None:
    store(tmp_path)
    (tmp_path / "c-1/manifest.json").write_text(content)
    assert prepared_otherwise(DATA, tmp_path) is None


def test_other_text_is_named_and_another_corpus_is_not_meant(tmp_path: Path) -> None:
    store(tmp_path, corpus="c", sources={"train": [{"path": "t", "sha256": "2"}]})
    said = "the data here differ from the record's: sources.train.0.sha256 is 2 here, but 1 in the record"
    assert said in str(prepared_otherwise(DATA, tmp_path))
    assert prepared_otherwise({"files": {"a": "1"}}, tmp_path) is None
    assert prepared_otherwise({**DATA, "corpus": "other"}, tmp_path) is None


def test_a_store_is_read_again_only_if_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def counted(path: Path) -> object:
        read.append(path)
        return json.loads(path.read_text())

    monkeypatch.setattr("repro.json_file.read_json", counted)
    store(tmp_path, corpus="c", sources=DATA["sources"])
    assert [prepared_otherwise(DATA, tmp_path) for _ in range(5)] == [None] * 5
    assert len(read) == 1
    store(tmp_path, corpus="c", sources={"train": [{"path": "t", "sha256": "22"}]})
    assert "is 22 here" in str(prepared_otherwise(DATA, tmp_path))
    assert len(read) == 2


def test_files_of_a_record_are_compared_as_texts_are() -> None:
    assert data_difference({"files": {"a.csv": "1"}, "kept": 5}, {"files": {"a.csv": "1"}, "kept": 6}) is None
    assert "files.a.csv is 2 here" in str(data_difference({"files": {"a.csv": "1"}}, {"files": {"a.csv": "2"}}))
    assert data_difference({}, {}) is None
