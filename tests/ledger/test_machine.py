"""What a record says of the machine. The driver's files are planted, and torch is a stub that must not be woken."""

import sys
from types import SimpleNamespace

import pytest

from repro.ledger import machine


def asleep(*arguments):
    raise AssertionError("CUDA was woken")


def torch(cuda="12.8", initialized=False, name=asleep):
    calls = {"is_available": asleep, "device_count": asleep}
    if initialized:
        calls["device_count"] = lambda: 2
    return SimpleNamespace(
        version=SimpleNamespace(cuda=cuda),
        cuda=SimpleNamespace(is_initialized=lambda: initialized, get_device_name=name, **calls),
    )


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """Two GPUs as NVIDIA's driver shows them."""
    for number, model in enumerate(("H100", "A100")):
        folder = tmp_path / f"0000:0{number}:00.0"
        folder.mkdir()
        text = f"Model: \t\t NVIDIA {model} 80GB\nIRQ:   \t\t 7{number}\nGPU UUID: \t GPU-{number}f3a-77\n"
        (folder / "information").write_text(text)
    monkeypatch.setattr(machine, "GPUS", tmp_path)
    monkeypatch.setitem(sys.modules, "torch", torch())
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_gpus_are_named_without_waking_cuda(driver):
    assert machine.hardware()["gpus"] == ["NVIDIA H100 80GB", "NVIDIA A100 80GB"]


@pytest.mark.parametrize(
    ("visible", "models"),
    [("1", ["A100"]), ("0,1", ["H100", "A100"]), ("GPU-1f3a", ["A100"]), ("", []), ("-1", [])],
)
def test_only_those_are_named_that_may_be_used(driver, monkeypatch, visible, models):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert machine.hardware()["gpus"] == [f"NVIDIA {model} 80GB" for model in models]


def test_a_machine_without_gpus_has_none(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "GPUS", tmp_path / "none")
    monkeypatch.setitem(sys.modules, "torch", torch())
    assert machine.hardware()["gpus"] == []


def test_none_are_named_where_torch_cannot_use_them(driver, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", torch(cuda=None))
    assert machine.hardware()["gpus"] == []
    monkeypatch.delitem(sys.modules, "torch")
    assert machine.hardware()["gpus"] == []


def test_cuda_that_runs_here_already_is_asked_itself(driver, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", torch(initialized=True, name=lambda number: f"gpu {number}"))
    assert machine.hardware()["gpus"] == ["gpu 0", "gpu 1"]
