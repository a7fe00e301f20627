"""The real command line in processes of its own."""

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.training.runs import command_line

LIMIT_SECONDS = 120.0


def start(arguments: Sequence[str], folder: Path, script: bool = False) -> subprocess.Popen[str]:
    """Start `repro` as a module, or by its installed script, in a process group of its own."""
    command = [str(Path(sys.executable).parent / "repro")] if script else [sys.executable, "-m", "repro"]
    return subprocess.Popen(
        [*command, *arguments],
        cwd=folder,
        env={**os.environ, "WANDB_MODE": "disabled"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def finish(process: subprocess.Popen[str], limit: float = LIMIT_SECONDS) -> tuple[int, str, str]:
    """Exit status, stdout and stderr; kills the whole group and fails if it hangs."""
    try:
        out, err = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise AssertionError(f"it hung:\n{out}\n{err}") from None
    return process.returncode, out, err


def fit(folder: Path, out: str, changes: Mapping[str, Any] | None = None) -> list[str]:
    """Arguments of a small run with its data in `folder`."""
    return ["fit", *command_line(folder, changes), "--out", out]


def wait_for_row(process: subprocess.Popen[str], directory: Path, step: int) -> None:
    """Wait until the curve of the attempt has reached a step."""
    curve = directory / "attempt-1" / "metrics.csv"
    until = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(f"it ended before step {step}: {process.communicate()}")
        if curve.exists():
            with open(curve, newline="") as file:
                if any(row["step"].isdigit() and int(row["step"]) >= step for row in csv.DictReader(file)):
                    return
        time.sleep(0.01)
    raise AssertionError(f"no step {step} in {LIMIT_SECONDS} s")


def peers(process: subprocess.Popen[str]) -> list[int]:
    """The other ranks that a first rank started: children with a local rank above 0 (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            environment = (entry / "environ").read_bytes().split(b"\0")
        except (OSError, ValueError, IndexError):
            continue
        if parent == process.pid and b"LOCAL_RANK=1" in environment:
            found.append(int(entry.name))
    return found


def gone(pids: Sequence[int], within: float) -> bool:
    """Whether all these processes end within so many seconds."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if not any(_runs(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
