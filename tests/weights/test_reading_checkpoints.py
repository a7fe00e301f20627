import errno
import os
import pickle

import pytest
import torch

from repro.data.vocabulary import learn_words
from repro.errors import BadInput, NoRoom
from repro.weights.checkpoint_file import (
    check_vocabulary,
    read_checkpoint,
    resumable_checkpoints,
    saved_checkpoints,
    vocabulary_of,
    vocabulary_tensor,
    write_checkpoint,
)

VOCABULARY = learn_words(["eins zwei drei"], 10)
CONTENT = {
    "state_dict": {"w": torch.arange(1000.0)},
    "repro": {
        "format": 1,
        "vocabulary": vocabulary_tensor(VOCABULARY),
        "vocabulary_sha256": VOCABULARY.sha256,
        "config": {"model": {"d_model": 8, "betas": [0.9, 0.98]}},
    },
}


class Malice:
    """Creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_what_is_written_is_read(tmp_path):
    write_checkpoint(CONTENT, tmp_path / "a.ckpt")
    for mmap in (False, True):
        content = read_checkpoint(tmp_path / "a.ckpt", mmap)
        assert torch.equal(content["state_dict"]["w"], CONTENT["state_dict"]["w"])
        assert content["repro"]["config"] == CONTENT["repro"]["config"]
        assert vocabulary_of(content).pieces == VOCABULARY.pieces


@pytest.mark.parametrize("wrapped", [False, True], ids=["a bare pickle", "within a torch file"])
def test_foreign_content_is_never_unpickled(tmp_path, wrapped):
    trap, path = tmp_path / "executed", tmp_path / "foreign.ckpt"
    evil = {**CONTENT, "extra": Malice(trap)}
    if wrapped:
        torch.save(evil, path)
    else:
        path.write_bytes(pickle.dumps(evil))
    with pytest.raises(BadInput, match=r"foreign\.ckpt is damaged or not a checkpoint of this project"):
        read_checkpoint(path)
    assert not trap.exists()
    # The trap works where it is let.
    torch.load(path, weights_only=False) if wrapped else pickle.loads(path.read_bytes())
    assert trap.exists()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_truncated_file_is_refused(tmp_path, share):
    path = tmp_path / "a.ckpt"
    write_checkpoint(CONTENT, path)
    os.truncate(path, int(path.stat().st_size * share))
    for mmap in (False, True):
        with pytest.raises(BadInput, match=r"a\.ckpt is damaged"):
            read_checkpoint(path, mmap)


@pytest.mark.parametrize(
    "content", [{"state_dict": {}}, [1, 2], {"repro": {"format": 99}}, {"repro": 7}, torch.ones(3)], ids=str
)
def test_other_torch_files_are_refused(tmp_path, content):
    torch.save(content, tmp_path / "a.ckpt")
    with pytest.raises(BadInput, match="not written by this project"):
        read_checkpoint(tmp_path / "a.ckpt")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.ckpt", tmp_path):
        with pytest.raises(BadInput, match=r"does not exist|is a folder"):
            read_checkpoint(path)


def test_another_vocabulary_is_refused(tmp_path):
    check_vocabulary(tmp_path / "a.ckpt", CONTENT, VOCABULARY)
    with pytest.raises(BadInput, match=r"a\.ckpt was trained with a different vocabulary"):
        check_vocabulary(tmp_path / "a.ckpt", CONTENT, learn_words(["vier"], 10))


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written") as error:
        write_checkpoint(CONTENT, tmp_path / "file" / "a.ckpt")
    assert error.type is BadInput  # room would not help


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)),
        RuntimeError("[enforce fail at inline_container.cc:664] . PytorchStreamWriter failed writing file data/0"),
    ],
    ids=["disk", "quota", "torch"],
)
def test_a_full_disk_is_told_from_what_room_would_not_help(tmp_path, monkeypatch, error):
    def full(content, path):
        raise error

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(NoRoom, match=r"a\.ckpt cannot be written.*make room"):
        write_checkpoint(CONTENT, tmp_path / "a.ckpt")
    assert list(tmp_path.iterdir()) == []


def test_which_checkpoints_are_averaged_and_which_resumed_from(tmp_path):
    for name in ("step-00000100", "stopped-00000150", "step-00000200", "step-99999999", "step-100000000"):
        (tmp_path / f"{name}.ckpt").touch()
    (tmp_path / ".step-00000300.ckpt.abc.tmp").touch()
    assert [path.stem[-9:] for path in resumable_checkpoints(tmp_path)] == [
        *("-00000100", "-00000150", "-00000200", "-99999999", "100000000")
    ]
    assert [path.stem for path in saved_checkpoints(tmp_path)][:2] == ["step-00000100", "step-00000200"]
