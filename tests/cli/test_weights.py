"""A run's folder stands for its averaged weights, in every command that takes weights."""

import json
from pathlib import Path

import pytest

from repro.cli.weights import weights_file
from repro.errors import BadInput
from repro.weights.initial import with_initial_sha256
from tests.cli.conftest import TINY


def test_the_folder_of_a_run_or_of_an_attempt_stands_for_its_averaged_weights(checkpoint):
    assert checkpoint.name == "averaged.ckpt"
    for given in (checkpoint, checkpoint.parent, checkpoint.parent.parent):
        assert weights_file(given) == checkpoint


def test_what_holds_no_weights_is_told(tmp_path):
    with pytest.raises(BadInput, match="does not exist"):
        weights_file(tmp_path / "nowhere")
    with pytest.raises(BadInput, match=r"is a folder without averaged\.ckpt"):
        weights_file(tmp_path)
    (tmp_path / "attempt-1").mkdir()
    with pytest.raises(BadInput, match=r"is a folder without averaged\.ckpt"):
        weights_file(tmp_path)


def test_translate_takes_the_folder_of_a_run(repro, checkpoint, sentences, tmp_path):
    (tmp_path / "in").write_text(f"{sentences[0]}\n")
    by_file, by_folder = (
        repro("translate", tmp_path / "in", "--checkpoint", given, "--threads", 1).out
        for given in (checkpoint, checkpoint.parent.parent)
    )
    assert by_file == by_folder != ""


def digest(path):
    return with_initial_sha256({"initial": {"weights": str(path)}})["initial"]["sha256"]


def test_a_training_starts_from_the_folder_of_a_run(repro, finished, checkpoint, tmp_path, monkeypatch):
    monkeypatch.chdir(finished)
    arguments = ("fit", *TINY, "--initial.weights", "run", "--model.network.init_args.P_drop", 0.3)
    said = repro(*arguments, "--out", tmp_path / "more")
    assert said.status == 0, said.err
    assert "weights     begin as those of run/attempt-1/averaged.ckpt" in said.err
    initial = json.loads((tmp_path / "more" / "attempt-1" / "record.json").read_text())["config"]["initial"]
    assert initial == {"weights": "run/attempt-1/averaged.ckpt", "sha256": digest(checkpoint)}
    again = repro(*arguments, "--out", tmp_path / "more")  # as everything that is done, it is not repeated
    assert (again.status, "is already done" in again.err) == (0, True)
    others = repro("fit", *TINY, "--out", tmp_path / "more")
    assert others.status == 2
    assert "holds another run" in others.err
    tested = repro("test", "--out", tmp_path / "more", "--decoding.resamples", 0)
    assert tested.status == 0, tested.err


def test_a_file_that_is_gone_is_needed_only_by_what_has_not_begun(repro, checkpoint, finished, tmp_path, monkeypatch):
    monkeypatch.chdir(finished)
    copy = tmp_path / "copy.ckpt"
    copy.write_bytes(checkpoint.read_bytes())
    arguments, stated = ("fit", *TINY, "--initial.weights", copy), ("--initial.sha256", digest(copy))
    assert repro(*arguments, "--out", tmp_path / "more").status == 0
    copy.unlink()
    for same in (arguments, (*arguments, *stated)):
        again = repro(*same, "--out", tmp_path / "more")
        assert (again.status, "is already done" in again.err) == (0, True), again.err
    for other in (arguments, (*arguments, *stated)):
        refused = repro(*other, "--out", tmp_path / "other")
        assert refused.status == 2
        assert "copy.ckpt does not exist" in refused.err
        assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--model.network.init_args.N", "2"], "with N 1, but this configuration has N 2"),
        (["--initial.sha256", "0"], "does not match initial.sha256"),
        (["--initial.weights", "null", "--initial.sha256", "0"], "initial.sha256 is given without initial.weights"),
        (["--data.vocabulary.kind", "bpe", "--data.vocabulary.size", "290"], "a different vocabulary than the data's"),
        (["--initial.weights", "nowhere"], "checkpoint nowhere does not exist"),
    ],
)
def test_weights_that_do_not_fit_are_refused_and_nothing_is_left(repro, finished, tmp_path, monkeypatch, more, said):
    monkeypatch.chdir(finished)
    arguments = (*TINY, "--data.root", tmp_path / "prepared", "--initial.weights", "run", *more)
    refused = repro("fit", *arguments, "--out", tmp_path / "more")
    assert (refused.status, refused.out) == (2, "")
    assert said in refused.err
    assert not Path(tmp_path / "more").exists()
