"""Weights for others: the same numbers, without paths of the machine, with a checksum that holds."""

import hashlib
import json
from pathlib import Path

import pytest
import torch

from repro.data.vocabulary import learn_words
from repro.errors import BadInput
from repro.weights.checkpoint_file import read_checkpoint, record_of, write_checkpoint
from repro.weights.handing_on import write_weights


def test_the_copy_is_whole_and_says_what_it_is(tmp_path: Path) -> None:
    weights = {"network.a": torch.arange(6.0).reshape(2, 3), "network.b": torch.ones(4)}
    about = record_of({"out": "/somewhere/run", "seed": 1}, learn_words(["a cat"], 100), 7, {})
    write_checkpoint({"state_dict": weights, "repro": about}, tmp_path / "averaged.ckpt")
    (tmp_path / "to").mkdir()
    write_weights(tmp_path / "averaged.ckpt", tmp_path / "to", "a licence", lambda config: {**config, "out": "run"})
    copy = read_checkpoint(tmp_path / "to" / "averaged.ckpt")
    assert copy["repro"]["config"] == {"out": "run", "seed": 1}
    assert (copy["repro"]["step"], copy["repro"]["vocabulary_sha256"]) == (7, about["vocabulary_sha256"])
    assert copy["state_dict"].keys() == weights.keys()
    assert all(torch.equal(copy["state_dict"][name], weight) for name, weight in weights.items())
    said = json.loads((tmp_path / "to" / "weights.json").read_text())
    written = (tmp_path / "to" / "averaged.ckpt").read_bytes()
    assert (said["bytes"], said["sha256"]) == (len(written), hashlib.sha256(written).hexdigest())
    assert (said["parameters"], said["text_licence"]) == (10, "a licence")
    assert said["use"] == "repro translate --checkpoint averaged.ckpt < sentences.txt"


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "averaged.ckpt").write_bytes(b"no checkpoint")
    with pytest.raises(BadInput, match="damaged"):
        write_weights(tmp_path / "averaged.ckpt", tmp_path, "a licence", dict)
