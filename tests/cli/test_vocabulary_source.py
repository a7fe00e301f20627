"""`repro prepare --vocabulary-from`: the vocabulary of a model or of a prepared corpus."""

import json
from pathlib import Path

import pytest

from repro.cli.vocabulary_source import vocabulary_file
from repro.data.vocabulary import Vocabulary
from repro.errors import BadInput
from repro.presets import preset_path, read_yaml


@pytest.fixture
def learnt(finished: Path) -> Vocabulary:
    """The one of the finished run, from the corpus that it was learnt of."""
    (store,) = (finished / "prepared").glob("builtin-*")
    return Vocabulary.load(store / "vocabulary.model")


def test_every_path_that_leads_to_a_vocabulary_gives_the_same(finished, checkpoint, learnt, tmp_path) -> None:
    (store,) = (finished / "prepared").glob("builtin-*")
    for source in (finished / "run", finished / "run" / "attempt-1", checkpoint, store, store / "vocabulary.model"):
        assert Vocabulary.load(vocabulary_file(source, tmp_path / "made")).model == learnt.model
    assert [path.name for path in (tmp_path / "made").iterdir()] == [f"vocabulary-{learnt.sha256[:12]}.model"]


def test_what_leads_to_none_is_refused(tmp_path, checkpoint) -> None:
    with pytest.raises(BadInput, match="nowhere does not exist"):
        vocabulary_file(tmp_path / "nowhere", tmp_path)
    with pytest.raises(BadInput, match="is a folder without"):
        vocabulary_file(tmp_path, tmp_path)
    (tmp_path / "false.ckpt").write_bytes(b"text")
    with pytest.raises(BadInput, match=r"false\.ckpt is damaged or not a checkpoint"):
        vocabulary_file(tmp_path / "false.ckpt", tmp_path)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInput, match=r"file/made.* cannot be written"):
        vocabulary_file(checkpoint, tmp_path / "file" / "made")


def test_a_preset_keeps_the_vocabulary_until_a_size_is_given(repro, learnt, finished, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = learnt.pieces[4:7]
    Path("a.tsv").write_text("".join(f"{words[i % 3]} {words[i % 2]}\t{words[i % 3]}\n" for i in range(40)))
    arguments = ("prepare", "mine", "--train", "a.tsv", "--languages", "en,de", "--jobs", 1)
    said = repro(*arguments, "--vocabulary-from", finished / "run")
    assert said.status == 0, said.err
    assert f"{len(learnt):,} types" in said.out
    data = read_yaml(preset_path("data/mine"))["data"]
    assert data["vocabulary"]["file"] == f"prepared/vocabulary-{learnt.sha256[:12]}.model"
    assert f"--initial.weights {finished / 'run'}" in said.out
    assert data["sha256"][data["vocabulary"]["file"]] == learnt.sha256
    (store,) = Path("prepared").glob("mine-*")
    assert repro("prepare", "mine", "--jobs", 1).status == 0
    assert list(Path("prepared").glob("mine-*")) == [store]
    both = repro("prepare", "mine", "--vocabulary-from", finished / "run", "--vocabulary-size", 290)
    assert (both.status, both.out) == (2, "")
    assert "exclude each other" in both.err
    repro("prepare", "mine", "--vocabulary-size", 270, "--jobs", 1)
    shipped = read_yaml(preset_path("data/multi30k"))["data"]["vocabulary"]
    assert read_yaml(preset_path("data/mine"))["data"]["vocabulary"] == {**shipped, "size": 270}


def test_a_damaged_file_is_written_anew(learnt, checkpoint, tmp_path) -> None:
    path = vocabulary_file(checkpoint, tmp_path)
    for wrong in (b"text", b""):
        path.write_bytes(wrong)
        assert Vocabulary.load(vocabulary_file(checkpoint, tmp_path)).model == learnt.model


def test_a_shipped_corpus_says_which_option_takes_it(repro, finished, learnt, tmp_path) -> None:
    arguments = ("prepare", "probe", "--root", tmp_path, "--jobs", 1)
    plain = repro(*arguments)
    (store,) = tmp_path.glob("builtin-*")
    assert "--data.vocabulary.file" not in plain.out
    said = repro(*arguments, "--vocabulary-from", store)
    assert said.status == 0, said.err
    assert said.out.endswith(f"to train on it, add: --data.vocabulary.file {store / 'vocabulary.model'}\n")
    (given,) = (path for path in tmp_path.glob("builtin-*") if path != store)
    assert (
        json.loads((given / "manifest.json").read_text())["vocabulary"]["given"]
        == Vocabulary.load(store / "vocabulary.model").sha256
    )
    other = repro(*arguments, "--vocabulary-from", finished / "run")
    assert other.status == 2
    assert "is not among the" in other.err
