"""The command `ablate vectors`: what it prints can stand in a grid, and bad input leaves nothing."""

import argparse
from pathlib import Path

import pytest
import yaml

from ablations.cli import main
from ablations.explanation import vectors_command
from ablations.explanation.data.vector_settings import VectorSettings
from repro.files import sha256
from tests.ablations.explanation.data.planted_text import write_planted_text


def test_defaults_are_those_of_a_grid() -> None:
    parser = argparse.ArgumentParser()
    vectors_command.add_arguments(parser)
    given = vars(parser.parse_args(["imdb"]))
    assert VectorSettings.read(given) == VectorSettings("imdb")


def test_what_it_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("gensim", reason="gensim is not installed: pip install '.[vectors]' installs it")
    monkeypatch.chdir(tmp_path)
    text = write_planted_text(tmp_path / "own.txt").read_text()
    command = ["vectors", "own.txt", "--e", "12", "--epochs", "2", "--window", "3", "--min-count", "2"]
    assert main(command) == 0
    out, err = capsys.readouterr()
    assert "making vectors" in err
    path, counted, digest, _, *lines = out.splitlines()
    assert Path(path).is_file()
    words = len(set(text.split()))
    assert counted == f"{words:,} words with 12 numbers each, from 1,200 texts of {len(text.split()):,} words"
    assert digest == f"sha256 {sha256(tmp_path / path)}"
    written = yaml.safe_load("\n".join(lines))
    assert written["e"] == 12
    assert VectorSettings.read(written["vectors"]) == VectorSettings("own.txt", 12, window=3, epochs=2, min_count=2)
    assert main(command) == 0
    assert capsys.readouterr() == (out, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["imbd"], "vectors.text names imbd, which is not a corpus or a file; did you mean imdb?"),
        (["nowhere.txt"], "vectors.text names nowhere.txt, which is not a corpus or a file"),
        (["imdb"], "has no train.tsv; put it there, plain or compressed"),
        (["empty.txt"], "empty.txt is empty"),
        (["rare.txt"], "no word occurs 5 times in rare.txt"),
        (["rare.txt", "--e", "0"], "0 is too small; give at least 1"),
        (["rare.txt", "--min-count", "1", "--root", "rare.txt"], "vectors of rare.txt cannot be made under rare.txt"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("gensim", reason="gensim is not installed: pip install '.[vectors]' installs it")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPRO_DATA", str(tmp_path / "corpora"))
    (tmp_path / "corpora").mkdir()
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "rare.txt").write_text("a film\n")
    try:
        status = main(["vectors", *arguments])
    except SystemExit as end:
        status = int(end.code or 0)
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert said in err.splitlines()[-1]
    assert "Traceback" not in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpora", "empty.txt", "rare.txt"]
