"""The launcher of this process. The environment variables of launchers count only where they were asked for.

A shell within a Slurm job, an IDE on a node, `mpirun` around another command, or a variable that was never unset: none
of them distributes a command, but Lightning would conclude from each that it is distributed.
"""

import os
import re
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal

from repro.errors import BadInput
from repro.trainer_devices import devices_of

ATTEMPT_VARIABLE = "REPRO_ATTEMPT"
"""Set by the first rank for those that Lightning starts: the directory that it works in."""
JOB_VARIABLE = "REPRO_CLUSTER_JOB"
"""Set for processes that a launcher has started: a value that only processes of the same job share."""

TORCHRUN = "torchrun"
FOREIGN = re.compile(
    r"RANK|LOCAL_RANK|GROUP_RANK|NODE_RANK|ROLE_RANK|WORLD_SIZE|LOCAL_WORLD_SIZE|GROUP_WORLD_SIZE|ROLE_WORLD_SIZE"
    r"|ROLE_NAME|MASTER_ADDR|MASTER_PORT|TORCHELASTIC_.*"
    r"|SLURM_(NTASKS|NPROCS|PROCID|LOCALID|NODEID|NTASKS_PER_NODE|TASKS_PER_NODE|STEP_.*)"
    r"|OMPI_COMM_.*|OMPI_UNIVERSE_SIZE|PMI_.*|PMIX_.*|MPI_LOCAL.*|MV2_COMM_.*|JSM_NAMESPACE_.*"
)
"""Variables by which launchers tell a process its rank, or how many there are."""
INTERACTIVE_STEP = 4_000_000_000
"""Slurm numbers the step of an interactive shell, and other steps that are no `srun`, from about here."""

_set_aside: dict[str, str] = {}


def set_aside(environment: MutableMapping[str, str] = os.environ) -> None:
    """Take the launchers' variables away, until `join` puts back those of the launcher that is meant.

    They stay where this project itself has started the process as one rank of several.
    """
    if ATTEMPT_VARIABLE in environment or JOB_VARIABLE in environment:
        return
    _set_aside.clear()
    for name in [name for name in environment if FOREIGN.fullmatch(name)]:
        _set_aside[name] = environment.pop(name)


def join(config: Mapping[str, Any], environment: MutableMapping[str, str] = os.environ) -> None:
    """Be one rank of a distributed training, where a launcher has started as many processes as it asks for.

    Args:
        config: of the cell; its trainer says for how many devices.
        environment: into which the launcher's variables come back.

    Raises:
        BadInput: torchrun has started another number of processes than the configuration asks for.
    """
    devices = devices_of(config)
    processes = devices.processes or 1
    started = _number("WORLD_SIZE") if "TORCHELASTIC_RUN_ID" in _set_aside else 1
    if started > 1:
        if _number("LOCAL_WORLD_SIZE") != started:
            raise BadInput("torchrun has started processes on several nodes; use one node, or --cluster slurm")
        if processes != started:
            asked = processes if devices.processes else "no number"
            raise BadInput(
                f"torchrun has started {started} processes, but trainer.devices asks for {asked}; "
                f"add --trainer.devices {started} --trainer.strategy ddp, or run it without torchrun"
            )
        # Nothing else is new with every start: the port and the run's name may be the ones of yesterday.
        job = f"{TORCHRUN}-{os.getppid()}-{_set_aside.get('TORCHELASTIC_RESTART_COUNT', '0')}"
    elif processes > 1 and _number("SLURM_STEP_NUM_TASKS") == processes and _number("SLURM_STEP_ID") < INTERACTIVE_STEP:
        job = f"{environment.get('SLURM_JOB_ID', '0')}-step-{_set_aside['SLURM_STEP_ID']}"
    else:
        return
    environment.update(_set_aside)
    if not job.startswith(TORCHRUN):
        # Those of the step, which may be smaller than the job. Lightning wants to know how many a node has.
        environment.update(SLURM_NTASKS=str(processes), SLURM_NTASKS_PER_NODE=str(devices.count))
    environment[JOB_VARIABLE] = job


def joined() -> Literal["slurm", "torchrun"] | None:
    """Which launcher has started this process as one of several; None for processes of Lightning's own, or just one."""
    job = os.environ.get(JOB_VARIABLE)
    if job is None:
        return None
    return "torchrun" if job.startswith(TORCHRUN) else "slurm"


def rank() -> int:
    """The number of this process among those that work on one attempt, from 0."""
    launcher = joined()
    if launcher is not None:
        return int(os.environ["RANK" if launcher == "torchrun" else "SLURM_PROCID"])
    # Lightning tells the ranks that it starts, and these have the first one's attempt.
    return int(os.environ.get("LOCAL_RANK", 0)) if ATTEMPT_VARIABLE in os.environ else 0


def _number(name: str) -> int:
    """A variable that was set aside; 1 if it is not there or no number."""
    value = _set_aside.get(name, "1")
    return int(value) if value.isdecimal() else 1
