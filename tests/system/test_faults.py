"""Kills at random moments, over cells and launchers: in the end every cell is done once, as if nothing had happened."""

import csv
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import yaml

from repro.ledger.records.attempts import records
from tests.ledger.running.test_launcher import launch, results, total

CELLS, STEPS, KILLS = 60, 60, 50
"""More than a minute of work for one process: the kills are over before the cells are."""


def children(pid: int) -> list[int]:
    """The direct child processes of a process."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux's /proc to find what to kill")
def test_fifty_kills_lose_nothing(tmp_path):
    rng = random.Random(7)
    killed = {"launcher": 0, "cell": 0}
    launcher = None
    last = time.monotonic() + 540
    while sum(killed.values()) < KILLS:
        assert time.monotonic() < last, f"only {killed} within the time"
        if launcher is None or launcher.poll() is not None:
            launcher = launch(tmp_path, CELLS, STEPS, jobs=3)
        time.sleep(rng.uniform(0.05, 0.6))
        cells_now = children(launcher.pid)
        target, pid = (
            ("launcher", launcher.pid) if rng.random() < 0.3 or not cells_now else ("cell", rng.choice(cells_now))
        )
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        killed[target] += 1
        if target == "launcher":
            launcher.wait()
    if launcher.poll() is None:
        launcher.kill()
        launcher.wait()
    open_before = CELLS - sum(count for _, count in results(tmp_path)[0].values())
    print(f"{killed}, {open_before} of {CELLS} cells still open")
    assert open_before > 0
    assert launch(tmp_path, CELLS, STEPS, jobs=3).wait(300) == 0
    assert min(killed.values()) >= 5
    assert results(tmp_path) == ({seed: (total(seed, STEPS), 1) for seed in range(1, CELLS + 1)}, 0)


TRAINING = {
    "title": "small trainings",
    "function": "repro.training:fit",
    "metric": "test.exact_match",
    "model": "model/probe",
    "data": "data/probe",
    "trainer": "trainer/probe",
    "seeds": 2,
    "set": {
        "d_model": 16,
        "N": 1,
        "data.builtin.train": 2000,
        "data.builtin.dev": 20,
        "data.builtin.test": 20,
        "max_steps": 200,
        "val_check_interval": 40,
        "log_every_n_steps": 10,
        "checkpoints.every_n_steps": 10,
    },
    "rows": {"base": {}, "unscaled": {"scale": "none"}},
    "scales": {"builtin": None},
}


def ablate(folder: Path, out: str) -> subprocess.Popen:
    """`ablate run` on the small trainings, in a process of its own."""
    (folder / "trainings.yaml").write_text(yaml.safe_dump(TRAINING, sort_keys=False))
    command = [sys.executable, "-m", "ablations.cli", "run", "trainings.yaml", "--out", out, "--jobs", "2"]
    environment = {**os.environ, "WANDB_MODE": "disabled", "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


@pytest.mark.slow
def test_five_kills_leave_trainings_as_if_nothing_had_happened(tmp_path):
    assert ablate(tmp_path, "undisturbed").wait(300) == 0
    rng = random.Random(3)
    killed = 0
    launcher = None
    while killed < 5:
        if launcher is None or launcher.poll() is not None:
            launcher = ablate(tmp_path, "disturbed")
        while launcher.poll() is None and not list(tmp_path.glob("disturbed/*/*/*/attempt-*/checkpoints/*.ckpt")):
            time.sleep(0.05)
        time.sleep(rng.uniform(0.0, 0.7))
        workers = children(launcher.pid)
        if not workers:
            # Status 1: the other cells ended before the next kill, and the killed one is left for the next launcher.
            # Status 2: the process that looks at the configuration was hit, so nothing was started.
            assert launcher.poll() in (None, 1, 2), f"all was over after {killed} kills"
            continue
        os.kill(launcher.pid if killed % 2 else rng.choice(workers), signal.SIGKILL)
        killed += 1
        if killed % 2 == 0:
            launcher.wait()
    launcher.wait()
    assert ablate(tmp_path, "disturbed").wait(300) == 0
    undisturbed = sorted((tmp_path / "undisturbed").glob("*/*/*"))
    for before in undisturbed:
        after = tmp_path / "disturbed" / before.relative_to(tmp_path / "undisturbed")
        (expected,) = [record for record in records(before) if record.status == "done"]
        (found,) = [record for record in records(after) if record.status == "done"]
        first, last = before / "attempt-1", after / f"attempt-{found.attempt}"
        assert losses(last) == losses(first)
        assert found.metrics["test.exact_match"] == expected.metrics["test.exact_match"]
        one, other = (torch.load(path / "averaged.ckpt", weights_only=True)["state_dict"] for path in (first, last))
        assert all(torch.equal(one[name], other[name]) for name in one)
    assert len(undisturbed) == 4


def losses(attempt: Path) -> list[tuple[str, ...]]:
    """Step, split and loss of every row of the curve."""
    with (attempt / "metrics.csv").open() as file:
        return [(row["step"], row["split"], row["loss"]) for row in csv.DictReader(file)]
