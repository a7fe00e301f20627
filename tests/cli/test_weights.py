"""A run's folder stands for its averaged weights, in every command that takes weights."""

import pytest

from repro.cli.weights import weights_file
from repro.errors import BadInput


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
