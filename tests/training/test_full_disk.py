"""A full disk leaves nothing half written, and the same command goes on once there is space."""

import os
import sys
from pathlib import Path

import pytest
import torch

from repro.errors import NoRoom
from tests.representatives import others_slow
from tests.training.kills import (
    undisturbed,
)
from tests.training.runs import assert_equal_runs, run


@pytest.mark.parametrize("kind", others_slow(["OSError", "torch"], [0]))
def test_a_full_disk_leaves_nothing_half_written_and_can_go_on(root, tmp_path, kind, monkeypatch):
    save = torch.save

    def full(content, path):
        if "step-00000006" not in str(path):
            return save(content, path)
        Path(path).write_bytes(b"half")
        if kind == "OSError":
            raise OSError(28, "No space left on device")
        raise RuntimeError("[enforce fail at inline_container.cc:668] . unexpected pos 64 vs 0")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(NoRoom, match=r"step-00000006.ckpt cannot be written.*make room"):
        run(root, tmp_path / "run")
    attempt = tmp_path / "run" / "attempt-1"
    assert [path.name for path in (attempt / "checkpoints").iterdir()] == ["step-00000003.ckpt"]
    assert not (attempt / "record.json").exists()
    monkeypatch.undo()
    run(root, tmp_path / "run")
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


def test_a_full_disk_while_the_curve_is_written(root, tmp_path, monkeypatch):
    from repro.training.observe.curve import Curve

    def full(self, metrics, step=None):
        raise OSError(28, "No space left on device", str(self.path))

    monkeypatch.setattr(Curve, "log_metrics", full)
    with pytest.raises(NoRoom, match=r"metrics.csv cannot be written \(No space left on device\); make room"):
        run(root, tmp_path / "run")
    assert not (tmp_path / "run" / "attempt-1" / "record.json").exists()


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0 or not sys.platform.startswith("linux"), reason="mounting needs root on Linux")
def test_a_really_full_disk(root, tmp_path):
    import subprocess

    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        with pytest.raises(NoRoom, match="make room"):
            run(root, disk / "run")
        subprocess.run(["mount", "-o", "remount,size=50m", str(disk)], check=True)
        run(root, disk / "run")
        assert_equal_runs(undisturbed(root, "plain"), disk / "run")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
