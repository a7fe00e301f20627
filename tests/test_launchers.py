"""What launchers leave in the environment distributes nothing, unless as many processes are asked for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytorch_lightning.plugins.environments import LightningEnvironment, SLURMEnvironment, TorchElasticEnvironment

from repro import launchers
from repro.console.command import exit_status
from repro.errors import BadInput
from repro.training.configuration import TrainingConfiguration

PROBE = ["--config", "model/probe", "--config", "data/probe", "--config", "trainer/probe"]
SHORT = [
    *PROBE,
    *("--trainer.max_steps", "4", "--trainer.val_check_interval", "4", "--checkpoints.every_n_steps", "2"),
    *("--data.builtin.train", "200", "--data.builtin.dev", "20", "--data.builtin.test", "20", "--decoding.beam", "1"),
    *("--threads", "1", "--wandb.mode", "disabled"),
]
LEFT = {
    "Slurm's in a shell": {"SLURM_JOB_ID": "7", "SLURM_NTASKS": "4", "SLURM_JOB_NAME": "train"},
    "Slurm's of a batch script": {"SLURM_JOB_ID": "7", "SLURM_NTASKS": "4", "SLURM_PROCID": "0", "SLURM_LOCALID": "0"},
    "Slurm's a node": {"SLURM_JOB_ID": "7", "SLURM_NTASKS": "2", "SLURM_NTASKS_PER_NODE": "2", "SLURM_NODEID": "1"},
    "a local rank": {"LOCAL_RANK": "1"},
    "a rank": {"RANK": "3", "WORLD_SIZE": "4", "MASTER_ADDR": "nowhere", "MASTER_PORT": "1"},
    "a node's rank": {"NODE_RANK": "1", "GROUP_RANK": "1"},
    "Open MPI's": {"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_LOCAL_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"},
    "PMI's": {"PMI_RANK": "1", "PMI_SIZE": "2", "PMIX_RANK": "1"},
    "LSF's": {"JSM_NAMESPACE_RANK": "1", "JSM_NAMESPACE_SIZE": "2"},
    "torchrun's, of one process": {"TORCHELASTIC_RUN_ID": "none", "RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1"},
}
TORCHRUN = {
    "TORCHELASTIC_RUN_ID": "none",
    "TORCHELASTIC_RESTART_COUNT": "0",
    **{"RANK": "1", "LOCAL_RANK": "1", "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"},
    **{"MASTER_ADDR": "localhost", "MASTER_PORT": "29500"},
}
STEP = {
    "SLURM_JOB_ID": "7",
    "SLURM_NTASKS": "2",
    "SLURM_PROCID": "1",
    "SLURM_STEP_ID": "0",
    "SLURM_STEP_NUM_TASKS": "2",
}
TWO = {"trainer": {"devices": 2}}
ONE = {"trainer": {"devices": 1}}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch):
    """One without any of the variables; what is set or taken away in it is put back."""
    before = dict(os.environ)
    launchers.set_aside()
    yield
    os.environ.clear()
    os.environ.update(before)
    launchers._set_aside.clear()


@pytest.mark.parametrize("left", LEFT)
def test_nothing_that_launchers_leave_distributes_a_command(left: str) -> None:
    os.environ.update(LEFT[left])
    seen = {}

    def work() -> int:
        launchers.join(ONE)
        cli = TrainingConfiguration(PROBE)
        cli.build({"logger": False})
        trainer = cli.trainer
        seen.update(rank=launchers.rank(), world=trainer.world_size, first=trainer.is_global_zero)
        environment = trainer._accelerator_connector.cluster_environment
        seen["environment"] = type(environment)
        # What a training that Lightning itself distributes would go by.
        seen["ranks"] = environment.local_rank(), environment.node_rank(), environment.creates_processes_externally
        return 0

    assert exit_status("repro", work) == 0
    assert seen == {"rank": 0, "world": 1, "first": True, "environment": LightningEnvironment, "ranks": (0, 0, False)}


def test_other_variables_stay() -> None:
    os.environ.update({"SLURM_CONF": "/etc/slurm.conf", "SLURM_JOB_ID": "7", "OMP_NUM_THREADS": "3", "MY_RANK": "1"})
    launchers.set_aside()
    assert [os.environ[name] for name in ("SLURM_CONF", "SLURM_JOB_ID", "OMP_NUM_THREADS", "MY_RANK")] == [
        *("/etc/slurm.conf", "7", "3", "1")
    ]


@pytest.mark.parametrize(
    ("variables", "launcher", "kind"),
    [(TORCHRUN, "torchrun", TorchElasticEnvironment), (STEP, "slurm", SLURMEnvironment)],
)
def test_a_launcher_that_starts_what_is_asked_for_is_joined(variables, launcher, kind) -> None:
    from repro.training.configuration import _environment

    os.environ.update(variables)
    launchers.set_aside()
    assert launchers.rank() == 0
    launchers.join(TWO)
    assert launchers.joined() == launcher
    assert launchers.rank() == 1
    assert isinstance(_environment(), kind)


def test_two_starts_are_two_jobs() -> None:
    names = []
    for count in ("0", "1"):
        os.environ.update({**TORCHRUN, "TORCHELASTIC_RESTART_COUNT": count})
        launchers.set_aside()
        launchers.join(TWO)
        names.append(os.environ.pop(launchers.JOB_VARIABLE))
    assert len(set(names)) == 2


@pytest.mark.parametrize("devices", ["2", [0, 1], "0,1"])
def test_the_number_of_devices_is_read_in_every_form(devices) -> None:
    os.environ.update(TORCHRUN)
    launchers.set_aside()
    launchers.join({"trainer": {"devices": devices}})
    assert launchers.joined() == "torchrun"


@pytest.mark.parametrize("config", [ONE, {}, {"trainer": {"devices": "auto"}}, {"trainer": {"devices": 3}}])
def test_torchrun_with_another_number_of_processes_is_refused(config) -> None:
    os.environ.update(TORCHRUN)
    launchers.set_aside()
    with pytest.raises(BadInput, match=r"torchrun has started 2 processes, .* add --trainer\.devices 2"):
        launchers.join(config)


@pytest.mark.parametrize(
    ("variables", "config"),
    [(STEP, ONE), ({**STEP, "SLURM_STEP_ID": "4294967290"}, TWO), ({**STEP, "SLURM_STEP_NUM_TASKS": "1"}, TWO)],
)
def test_a_shell_within_a_job_is_not_joined(variables, config) -> None:
    os.environ.update(variables)
    launchers.set_aside()
    launchers.join(config)
    assert launchers.joined() is None
    assert launchers.rank() == 0


def test_ranks_of_our_own_keep_what_tells_them_so() -> None:
    os.environ.update({launchers.ATTEMPT_VARIABLE: "runs/attempt-1", "LOCAL_RANK": "1"})
    launchers.set_aside()
    assert launchers.rank() == 1


@pytest.mark.slow
def test_torchrun_trains_as_lightnings_own_start_does(tmp_path: Path) -> None:
    import torch

    repro = [sys.executable, "-m", "repro"]
    two = [*SHORT, "--trainer.devices", "2", "--trainer.strategy", "ddp"]
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "29611"]
    for command, out in (([*repro], "own"), ([*torchrun, "-m", "repro"], "torchrun")):
        done = subprocess.run(
            [*command, "fit", *two, "--out", out],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
    states = [
        torch.load(tmp_path / out / "attempt-1" / "averaged.ckpt", weights_only=True)["state_dict"]
        for out in ("own", "torchrun")
    ]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not list((tmp_path / "torchrun").glob(".attempt-of-*"))
    again = subprocess.run(
        [*torchrun, "-m", "repro", "fit", *two, "--out", "torchrun"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert again.returncode == 0, again.stderr
    assert again.stderr.count("is already done") == 1


@pytest.mark.parametrize("trainer", ["cpu", None, 5, {"devices": 2, "num_nodes": "2"}, {"devices": "two"}])
def test_a_trainer_of_another_kind_is_no_distributed_one(trainer: object) -> None:
    """The cell's own function refuses it in a sentence."""
    environment: dict[str, str] = {}
    launchers.join({"trainer": trainer}, environment)
    assert environment == {}
