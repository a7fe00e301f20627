"""A finished run becomes a model with what people should know of it; anything else is refused and nothing written."""

import json
import shutil
from pathlib import Path

import pytest

from repro.cli.shipping import main
from repro.weights import shipped


def test_a_run_is_copied_with_its_words_and_its_record(finished: Path, checkpoint: Path, tmp_path: Path) -> None:
    for _ in range(2):  # the second time in place of the first
        assert main([str(finished / "run"), "--to", str(tmp_path / "model")]) == 0
    assert sorted(path.name for path in (tmp_path / "model").iterdir()) == [
        "about.json",
        "averaged.ckpt",
        "record.json",
    ]
    assert (tmp_path / "model" / "averaged.ckpt").read_bytes() == checkpoint.read_bytes()
    about = json.loads((tmp_path / "model" / "about.json").read_text())
    record = json.loads((checkpoint.parent / "record.json").read_text())
    exact = record["metrics"]["test.exact_match"]["value"]
    (store,) = (finished / "prepared").glob("builtin-copy-*")
    tested = (store / "test.source.txt").read_text().splitlines()
    assert about["quality"] == f"It translates {exact:g}% of {len(tested):,} new ones exactly."
    known = set(about["words"])
    assert known
    assert known == {word.strip(shipped.PUNCTUATION).lower() for word in known}


def test_sentences_to_try_may_be_given(finished: Path, tmp_path: Path) -> None:
    assert main([str(finished / "run"), "--to", str(tmp_path / "model"), "--try", "A dog.", "--try", "A cat."]) == 0
    assert json.loads((tmp_path / "model" / "about.json").read_text())["sentences"] == ["A dog.", "A cat."]


def test_what_is_no_finished_run(tmp_path: Path, capsys) -> None:
    assert main([str(tmp_path), "--to", str(tmp_path / "model")]) == 2
    assert "holds no finished run on builtin or help; give the folder of one" in capsys.readouterr().err
    assert not (tmp_path / "model").exists()


def test_nothing_but_a_model_is_replaced(finished: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "letters").write_text("dear")
    monkeypatch.chdir(tmp_path / "folder")
    for to in (".", "letters", str(tmp_path / "folder")):
        assert main([str(finished / "run"), "--to", to]) == 2
        said = capsys.readouterr().err
        assert "is there and holds no model (about.json); name a new folder, or that of a model" in said
        assert said.count("\n") == 1
    assert [path.name for path in tmp_path.rglob("*")] == ["folder", "letters"]


@pytest.mark.parametrize("lines", [None, 2])
def test_the_sentences_that_were_decoded_are_counted(finished: Path, tmp_path: Path, lines: int | None) -> None:
    shutil.copytree(finished / "run", tmp_path / "run")
    path = tmp_path / "run" / "attempt-1" / "record.json"
    record = json.loads(path.read_text())
    record["config"]["decoding"]["lines"] = lines
    path.write_text(json.dumps(record))
    assert main([str(tmp_path / "run"), "--to", str(tmp_path / "model")]) == 0
    (store,) = (finished / "prepared").glob("builtin-copy-*")
    tested = len((store / "test.source.txt").read_text().splitlines()[:lines])
    assert f"% of {tested:,} new ones" in json.loads((tmp_path / "model" / "about.json").read_text())["quality"]
