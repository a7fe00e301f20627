"""A finished run becomes a model with what people should know of it; anything else is refused and nothing written."""

import json
from pathlib import Path

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
