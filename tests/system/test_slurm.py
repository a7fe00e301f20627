"""A grid through a real Slurm of one node: arrays by `sbatch`, a job requeued in the middle, a job of two tasks."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from repro.cell_directory import attempts
from repro.ledger.records.attempts import records

SCRIPT = Path(__file__).parent / "slurm" / "one_node.sh"
SMALL = {
    "d_model": 16,
    "N": 1,
    "data.builtin.train": 2000,
    "data.builtin.dev": 20,
    "data.builtin.test": 20,
    "max_steps": 40,
    "val_check_interval": 20,
    "log_every_n_steps": 10,
    "checkpoints.every_n_steps": 10,
}
GRID = {
    "title": "small trainings on a cluster",
    "function": "repro.training:fit",
    "metric": "test.exact_match",
    "model": "model/probe",
    "data": "data/probe",
    "trainer": "trainer/probe",
    "set": SMALL,
    "rows": {
        **{f"h{h}": {"h": h} for h in (1, 2, 4, 8, 16)},
        "none": {"positions": "none"},
        "long": {"max_steps": 1500},
        "two-tasks": {"trainer.devices": 2, "strategy": "ddp"},
    },
    "scales": {"builtin": None},
}


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment in which Slurm's commands find the node."""
    folder = Path("/tmp") / f"slurm-{os.getpid()}"  # sockets need short paths
    folder.mkdir()
    done = subprocess.run([SCRIPT, "start", folder], capture_output=True, text=True, check=False)
    if done.returncode == 3:
        subprocess.run([SCRIPT, "stop", folder], check=False)
        pytest.skip(f"no Slurm: {done.stdout.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stdout + done.stderr
    yield {
        **os.environ,
        "SLURM_CONF": str(folder / "slurm.conf"),
        "WANDB_MODE": "disabled",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    subprocess.run([SCRIPT, "stop", folder], check=False)


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.timeout(1200)
def test_a_grid_through_sbatch(tmp_path: Path, slurm: dict[str, str]) -> None:
    (tmp_path / "cluster.yaml").write_text(yaml.safe_dump(GRID, sort_keys=False))
    command = [sys.executable, "-m", "ablations.cli", "run", "cluster.yaml", "--cluster", "slurm", "--minutes", "15"]
    log = (tmp_path / "log").open("w")
    watching = subprocess.Popen([*command, "--jobs", "2"], cwd=tmp_path, env=slurm, stdout=log, stderr=log)
    runs = tmp_path / "runs" / "builtin" / "cluster"

    def ended() -> bool:
        return watching.poll() is not None

    while not list(runs.glob("long-*/attempt-1/checkpoints/*.ckpt")):
        assert not ended(), (tmp_path / "log").read_text()
        time.sleep(0.2)
    (long,) = runs.glob("long-*")
    job = (long / ".slurm-job").read_text().split()[0]
    requeued = subprocess.run(["scontrol", "requeue", job], env=slurm, capture_output=True, text=True, check=False)
    assert requeued.returncode == 0, requeued.stderr

    assert watching.wait() == 0, (tmp_path / "log").read_text()
    found = {path.name.split("-seed")[0]: records(path) for path in runs.iterdir()}
    assert found.keys() == GRID["rows"].keys()
    assert {name: [record.status for record in each] for name, each in found.items()} == {
        name: ["done"] for name in GRID["rows"]
    }
    assert len(attempts(long)) == 1
    steps = [
        int(line.split(",")[0]) for line in (long / "attempt-1" / "metrics.csv").read_text().split("\n")[1:] if line
    ]
    assert steps == sorted(steps)
    logs = "".join(path.read_text() for path in (tmp_path / "runs" / ".slurm").glob(f"{job}_*_log.*"))
    assert "continuing from step" in logs
    assert found["two-tasks"][0].config["trainer"]["devices"] == 2
