"""The script for a quarter of an hour on a GPU runs all of its commands on a CPU."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "gpu" / "quarter-hour.sh"


def run(out: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPT, *([out] if out else [])],
        cwd=ROOT,
        env={**os.environ, "BIN": str(Path(sys.executable).parent), **environment},
        capture_output=True,
        text=True,
    )


def test_without_a_folder_it_asks_for_one():
    refused = run("")
    assert refused.returncode != 0
    assert "name a folder" in refused.stderr


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_its_commands_run(tmp_path):
    done = run(str(tmp_path / "out"), DRY="1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("status 0") == 3
    records = list((tmp_path / "out" / "runs").rglob("record.json"))
    assert len(records) == 3


def test_a_step_that_fails_leaves_the_others_to_run(tmp_path):
    broken = tmp_path / "bin"
    broken.mkdir()
    for name in ("python", "ablate"):
        (broken / name).write_text(f"#!/bin/sh\necho {name} was here\n[ {name} = ablate ]\n")
        (broken / name).chmod(0o755)
    done = run(str(tmp_path / "out"), DRY="1", BIN=str(broken))
    assert done.returncode == 1
    assert (tmp_path / "out" / "quality.log").read_text() == "ablate was here\n"
