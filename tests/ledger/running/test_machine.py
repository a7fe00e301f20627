"""What a record says of the machine. The driver's files are planted, and torch is a stub that must not be woken."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from repro.ledger.running import machine


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


# ---- the commit


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout that holds this module, with one commit; as asked by a process that has asked for none before."""
    folder = tmp_path / "checkout"
    (folder / "repro").mkdir(parents=True)
    module = folder / "repro" / "machine.py"
    module.write_text("first\n")
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "first"],
    ):
        subprocess.run(["git", "-C", str(folder), *command], check=True)
    monkeypatch.setattr(machine, "__file__", str(module))
    machine.commit.cache_clear()
    yield module
    machine.commit.cache_clear()


def head(module: Path) -> str:
    done = subprocess.run(["git", "-C", module.parent, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_commit_and_whether_the_code_was_changed(checkout, capsys):
    assert machine.commit() == (head(checkout), False)
    machine.commit.cache_clear()
    checkout.write_text("second\n")
    assert machine.commit() == (head(checkout), True)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_CEILING_DIRECTORIES"])
@pytest.mark.parametrize("value", ["/nowhere", "", "."])
def test_what_hooks_set_changes_nothing(checkout, monkeypatch, name, value):
    commit = head(checkout)
    monkeypatch.setenv(name, value)
    assert machine.commit() == (commit, False)


def test_a_checkout_of_another_user_is_asked_safely(checkout, monkeypatch):
    monkeypatch.setenv("HOME", str(checkout.parent))  # whose configuration trusts nothing
    commit = head(checkout)
    if os.getuid() == 0:
        for path in (checkout.parents[1], *checkout.parents[1].rglob("*")):
            os.lchown(path, 12345, 12345)
    else:
        monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    assert machine.commit() == (commit, False)


def test_asking_writes_nothing(checkout):
    def index() -> int:
        return (checkout.parents[1] / ".git" / "index").stat().st_mtime_ns

    os.utime(checkout)  # git would note in its index that this is the same text
    before = index()
    machine.commit()
    assert index() == before


@pytest.mark.parametrize(
    ("git", "said"),
    [
        (None, "git is not in PATH"),
        ("echo 'fatal: detected \033[2Jdubious ownership' >&2; exit 128", r"fatal: detected \\x1b[2Jdubious ownership"),
    ],
)
def test_why_the_commit_is_unknown_is_said_once(checkout, monkeypatch, capsys, tmp_path, git, said):
    (tmp_path / "bin").mkdir()
    if git is not None:
        (tmp_path / "bin" / "git").write_text(f"#!/bin/sh\n{git}\n")
        (tmp_path / "bin" / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert machine.commit() == (None, None)
    assert machine.commit() == (None, None)
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "is unknown, and records will not have it" in err
    assert said.replace("\\\\", "\\") in err


def test_an_installed_copy_is_quiet(tmp_path, monkeypatch, capsys):
    (tmp_path / "machine.py").write_text("")
    monkeypatch.setattr(machine, "__file__", str(tmp_path / "machine.py"))
    machine.commit.cache_clear()
    assert machine.commit() == (None, None)
    machine.commit.cache_clear()
    assert capsys.readouterr().err == ""
