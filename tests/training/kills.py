"""Runs killed at chosen moments. The killed run is a fork of this process, which has paid for the imports already."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import torch

from repro import files
from repro.training import checkpoints
from repro.training.module import TranslationModule
from repro.weights import averaging, checkpoint_file
from tests.training.runs import run

CONFIGURATIONS = {
    "plain": {},
    "rows, validations and checkpoints out of step": {
        "--trainer.log_every_n_steps": 2,
        "--trainer.val_check_interval": 5,
        "--checkpoints.every_n_steps": 3,
    },
    "accumulation": {"--trainer.accumulate_grad_batches": 2, "--trainer.val_check_interval": 8},
    "validation within an update": {"--trainer.accumulate_grad_batches": 2, "--trainer.val_check_interval": 7},
    "no validation": {"--trainer.limit_val_batches": 0},
}


def undisturbed(root: Path, name: str) -> Path:
    directory = root / name
    if not directory.exists():
        assert run(root, directory, CONFIGURATIONS[name]).status == "done"
    return directory


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed(root: Path, directory: Path, changes: dict, prepare) -> None:
    """Run in a fork in which `prepare` has planted a kill, and see that it was killed."""
    child = os.fork()
    if child == 0:
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            prepare()
            run(root, directory, changes)
        finally:
            os._exit(99)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), f"exit status {os.WEXITSTATUS(status)}"
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert not (directory / "attempt-1" / "record.json").exists()


def left_behind(root: Path, directory: Path, moment: str, prepare: Callable[[], None]) -> None:
    """What a plain run leaves that is killed at a moment; each moment is run once, and copied."""
    first = root / "killed" / moment
    if not first.exists():
        killed(root, first, {}, prepare)
    shutil.copytree(first, directory)


def at_update(step: int):
    """Dies within the optimiser's update of that number, counted from 1."""

    def prepare():
        before = TranslationModule.on_before_optimizer_step

        def dying(self, optimizer):
            before(self, optimizer)
            if self.global_step + 1 == step:
                die()

        TranslationModule.on_before_optimizer_step = dying

    return prepare


def while_writing(step: int):
    """Dies with half of a checkpoint written to its temporary file."""

    def prepare():
        save = torch.save

        def dying(content, path):
            save(content, path)
            if f"step-{step:08d}" in str(path):
                os.truncate(path, Path(path).stat().st_size // 2)
                die()

        torch.save = dying

    return prepare


def after_validation(step: int):
    """Dies between a validation and the checkpoint of the same step."""

    def prepare():
        before = checkpoints.Checkpoints.on_validation_end

        def dying(self, trainer, module):
            if trainer.global_step == step:
                die()
            before(self, trainer, module)

        checkpoints.Checkpoints.on_validation_end = dying

    return prepare


def after_saving(step: int):
    """Dies right after a checkpoint got its name."""

    def prepare():
        before = checkpoints.Checkpoints.save

        def dying(self, trainer):
            before(self, trainer)
            if trainer.global_step == step:
                die()

        checkpoints.Checkpoints.save = dying

    return prepare


def while_averaging():
    """Dies when training is complete and the average is being made."""

    def prepare():
        averaging.average = checkpoint_file.average = lambda states: die()

    return prepare


def before_the_record():
    """Dies when everything is measured and only the record is missing."""

    def prepare():
        write = files.write_json

        def dying(path, value):
            if path.name == "record.json":
                die()
            write(path, value)

        files.write_json = dying

    return prepare


def before_training_is_noted():
    """Dies when the last checkpoint is written, but not yet that training is complete."""

    def prepare():
        write = files.write_json

        def dying(path, value):
            if path.name == "trained.json":
                die()
            write(path, value)

        files.write_json = dying

    return prepare
