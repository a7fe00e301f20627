"""A checkpoint's file: changed bytes are noticed before they are used, and what is missing is one sentence."""

import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from repro.data.vocabulary import learn_words
from repro.errors import BadInput
from repro.models import Transformer
from repro.weights import checkpoint_file
from repro.weights.checkpoint_file import (
    read_checkpoint,
    record_of,
    resumable_checkpoints,
    saved_checkpoints,
    write_average,
    write_checkpoint,
)
from repro.weights.network import load_network

SIZES = {"d_model": 8, "N": 1, "h": 2, "d_ff": 16}


@pytest.fixture
def content() -> dict[str, Any]:
    """Of a checkpoint of a small model."""
    torch.manual_seed(1)
    vocabulary = learn_words(["a b c"], 64)
    config = {"model": {"network": {"class_path": "repro.models.Transformer", "init_args": SIZES}}}
    network = Transformer(len(vocabulary), 1, **SIZES)
    state = {f"network.{name}": value for name, value in network.state_dict().items()}
    return {"state_dict": state, "repro": record_of(config, vocabulary, 5, {"tokens": 1})}


@pytest.fixture
def path(tmp_path: Path, content: dict[str, Any]) -> Path:
    write_checkpoint(content, tmp_path / "step-00000005.ckpt")
    return tmp_path / "step-00000005.ckpt"


def equal(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(equal(one[key], other[key]) for key in one)
    return bool(one == other)


def flipped(path: Path, place: int, bit: int) -> None:
    """Change one bit of a file."""
    with open(path, "r+b") as file:
        file.seek(place)
        byte = file.read(1)[0] ^ (1 << bit)
        file.seek(place)
        file.write(bytes([byte]))


def test_a_whole_one_is_read(path: Path, content: dict[str, Any]) -> None:
    for mmap in (False, True):
        assert equal(read_checkpoint(path, mmap), content)
    network, vocabulary = load_network(path)
    assert len(vocabulary.pieces) == network.output_weight().shape[0]


@pytest.mark.parametrize("kind", ["tensor", "pickle"])
def test_one_changed_bit_is_noticed(path: Path, kind: str) -> None:
    with zipfile.ZipFile(path) as file:
        ends = "data.pkl" if kind == "pickle" else "/data/0"
        entry = next(each for each in file.infolist() if each.filename.endswith(ends))
        begin = path.read_bytes().index(file.read(entry), entry.header_offset)
    flipped(path, begin + entry.file_size // 2, 6)
    for mmap in (False, True):
        with pytest.raises(BadInput, match=f"{path} is damaged"):
            read_checkpoint(path, mmap)


def test_a_changed_bit_anywhere_changes_nothing_or_is_noticed(path: Path, content: dict[str, Any]) -> None:
    """Some bytes of a zip file say nothing: paddings, times."""
    whole = path.read_bytes()
    draw = random.Random(1)
    noticed = 0
    for _ in range(200):
        path.write_bytes(whole)
        flipped(path, draw.randrange(len(whole)), draw.randrange(8))
        checkpoint_file._checked.clear()
        try:
            found = read_checkpoint(path)
        except BadInput:
            noticed += 1
        else:
            assert equal(found, content)
    assert noticed > 20


def test_an_average_is_looked_at_too(path: Path, tmp_path: Path) -> None:
    average = tmp_path / "averaged.ckpt"
    write_average([path], average)
    load_network(average)
    with zipfile.ZipFile(average) as file:
        entry = max(file.infolist(), key=lambda each: each.file_size)
        begin = average.read_bytes().index(file.read(entry), entry.header_offset)
    for place in range(begin, begin + 64):
        flipped(average, place, 0)
    with pytest.raises(BadInput, match=r"averaged.ckpt is damaged: the bytes of .* have changed .*; use another one"):
        load_network(average)


def test_a_damaged_one_is_not_averaged(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "step-00000006.ckpt"
    other.write_bytes(path.read_bytes())
    flipped(other, other.stat().st_size // 2, 3)
    with pytest.raises(BadInput, match=r"step-00000006.ckpt is damaged"):
        write_average([path, other], tmp_path / "averaged.ckpt")
    assert not (tmp_path / "averaged.ckpt").exists()


def test_a_file_is_looked_at_once_a_process_and_again_when_it_changed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    test = zipfile.ZipFile.testzip
    monkeypatch.setattr(zipfile.ZipFile, "testzip", lambda file: looked.append(str(file.filename)) or test(file))
    for _ in range(3):
        read_checkpoint(path)
    assert len(looked) == 1
    path.write_bytes(path.read_bytes())
    read_checkpoint(path)
    assert len(looked) == 2


def without(key: str) -> Callable[[dict[str, Any]], None]:
    return lambda content: content["repro"].pop(key)


CHANGES: dict[str, Callable[[dict[str, Any]], Any]] = {
    **{f"no {key}": without(key) for key in ("vocabulary", "vocabulary_sha256", "config")},
    "vocabulary of text": lambda content: content["repro"].update(vocabulary="abc"),
    "vocabulary of floats": lambda content: content["repro"].update(vocabulary=torch.zeros(3)),
    "vocabulary that is none": lambda content: content["repro"].update(vocabulary=torch.zeros(3, dtype=torch.uint8)),
    "config a list": lambda content: content["repro"].update(config=[]),
    "config without a model": lambda content: content["repro"].update(config={}),
    "model a text": lambda content: content["repro"].update(config={"model": "x"}),
    "no weights": lambda content: content.pop("state_dict"),
    "weights a list": lambda content: content.update(state_dict=[]),
    "weights of numbers": lambda content: content.update(state_dict={"network.a": 1.0}),
    "one weight less": lambda content: content["state_dict"].popitem(),
    "NaN": lambda content: next(iter(content["state_dict"].values())).fill_(float("nan")),
    "infinity": lambda content: next(iter(content["state_dict"].values()))[0].fill_(float("inf")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_cannot_translate_is_one_sentence(
    path: Path, content: dict[str, Any], change: Callable[[dict[str, Any]], Any]
) -> None:
    change(content)
    write_checkpoint(content, path)
    with pytest.raises(BadInput) as caught:
        load_network(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value) or "vocabulary" in str(caught.value)


def test_files_with_names_of_one_s_own_are_no_checkpoints_of_the_run(tmp_path: Path) -> None:
    own = ["step-00000005.ckpt", "stopped-00000007.ckpt", "step-00000010.ckpt"]
    for name in (*own, "model-best.ckpt", "step-best.ckpt", "step-00000005-v1.ckpt", "my-step-00000099.ckpt"):
        (tmp_path / name).touch()
    assert [path.name for path in resumable_checkpoints(tmp_path)] == own
    assert [path.name for path in saved_checkpoints(tmp_path)] == [own[0], own[2]]
