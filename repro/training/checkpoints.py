"""Checkpoints: written to a temporary file and renamed, read without unpickling code, sufficient by themselves.

A checkpoint is a Lightning checkpoint with one more key, `repro`: the configuration, the vocabulary
and how far training was. The averaged weights are the same file without optimiser and loops. So any
of them can translate with nothing else at hand.
"""

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from repro import files
from repro.data.vocabulary import Vocabulary
from repro.errors import BadInput
from repro.training.averaging import average

FORMAT = 1


def vocabulary_tensor(vocabulary: Vocabulary) -> torch.Tensor:
    """A vocabulary as bytes in a tensor, which a checkpoint can hold without pickled objects."""
    return torch.from_numpy(np.frombuffer(vocabulary.model, dtype=np.uint8).copy())


def read_checkpoint(path: Path, mmap: bool = False) -> dict[str, Any]:
    """The content of one of this project's checkpoints; nothing in it is executed.

    Raises:
        BadInput: missing, truncated, or not written by this project.
    """
    if not path.is_file():
        raise BadInput(f"checkpoint {path} is not there; give the path of a .ckpt file that a run wrote")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)
    except Exception as error:  # torch raises many kinds for foreign and truncated files
        raise BadInput(
            f"checkpoint {path} is damaged or not a checkpoint of this project, and was not unpickled"
        ) from error
    if not isinstance(content, dict) or content.get("repro", {}).get("format") != FORMAT:
        raise BadInput(f"checkpoint {path} was not written by this project (format {FORMAT})")
    return content


def vocabulary_of(checkpoint: Mapping[str, Any]) -> Vocabulary:
    """The vocabulary that a checkpoint carries."""
    return Vocabulary.from_bytes(checkpoint["repro"]["vocabulary"].numpy().tobytes())


def check_vocabulary(path: Path, checkpoint: Mapping[str, Any], vocabulary: Vocabulary) -> None:
    """Refuse a checkpoint that was trained with another vocabulary.

    Raises:
        BadInput: the vocabularies differ.
    """
    if checkpoint["repro"]["vocabulary_sha256"] != vocabulary.sha256:
        raise BadInput(
            f"checkpoint {path} was trained with another vocabulary than the prepared data has; "
            "use the data it was trained on, or train anew"
        )


class Checkpoints(Callback):
    """Saves every so often, keeps the last few, and sets aside averages at milestones of training time.

    Saving happens after validation where both are due, so that a resumed run logs what an
    undisturbed one would.

    Args:
        directory: where `step-00001000.ckpt` and so on go.
        every_n_steps: updates between checkpoints.
        every_minutes: in place of that, minutes between checkpoints; such a run is not exactly repeatable.
        keep: how many of the last are kept, and averaged in the end.
        config: the resolved configuration, plain data.
        vocabulary: the data's.
        milestone_minutes: at these minutes of training time the average of the checkpoints kept so far
            is written to `milestones/`, to be scored after training.
    """

    def __init__(
        self,
        directory: Path,
        every_n_steps: int,
        every_minutes: float | None,
        keep: int,
        config: Mapping[str, Any],
        vocabulary: Vocabulary,
        milestone_minutes: tuple[float, ...] = (),
    ) -> None:
        self.directory = directory
        self.every_n_steps, self.every_minutes, self.keep = every_n_steps, every_minutes, keep
        self.config = config
        self.vocabulary = vocabulary
        self.milestone_minutes = milestone_minutes
        self._saved_at = time.monotonic()
        self._saved_step = -1

    # ---- when to save

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Time-based saving counts from here."""
        self._saved_at = time.monotonic()
        self._saved_step = trainer.global_step

    def on_train_batch_end(self, trainer: Trainer, module: Any, outputs: Any, batch: Any, index: int) -> None:
        """Save after an update where that is due, unless validation comes first."""
        if not batch.last_of_update:
            return
        if self._due(trainer) and not self._validation_due(trainer, index):
            self.save(trainer)
        self._keep_milestone(trainer, module)

    def on_validation_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Save what `on_train_batch_end` left for after validation."""
        if trainer.state.fn == "fit" and trainer.global_step != self._saved_step and self._due(trainer):
            self.save(trainer)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """The last state is always saved."""
        if trainer.global_step != self._saved_step:
            self.save(trainer)

    def _due(self, trainer: Trainer) -> bool:
        if self.every_minutes is None:
            return trainer.global_step % self.every_n_steps == 0
        due = time.monotonic() - self._saved_at >= 60 * self.every_minutes
        return bool(trainer.strategy.broadcast(due))  # clocks differ; rank 0 decides

    def _validation_due(self, trainer: Trainer, index: int) -> bool:
        interval = trainer.val_check_batch
        return bool(trainer.enable_validation and interval and (index + 1) % interval == 0)

    # ---- saving

    def save(self, trainer: Trainer) -> None:
        """Write this step's checkpoint; every rank must come here."""
        self._saved_step, self._saved_at = trainer.global_step, time.monotonic()
        path = self.directory / f"step-{trainer.global_step:08d}.ckpt"
        temporary = path.with_suffix(".tmp")
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            trainer.save_checkpoint(temporary, weights_only=False)
            if trainer.is_global_zero:
                temporary.replace(path)
        except OSError as error:
            raise BadInput(f"checkpoint {path} could not be written ({error.strerror}); make room") from error
        except RuntimeError as error:  # torch's own writer reports a full disk so
            if "PytorchStreamWriter" in str(error) or "file" in str(error):
                raise BadInput(f"checkpoint {path} could not be written; make room on the disk") from error
            raise
        finally:
            if trainer.is_global_zero:
                temporary.unlink(missing_ok=True)
        if trainer.is_global_zero:
            for old in saved_checkpoints(self.directory)[: -self.keep]:
                old.unlink()

    def on_save_checkpoint(self, trainer: Trainer, module: Any, checkpoint: dict[str, Any]) -> None:
        """Add what makes the checkpoint sufficient."""
        checkpoint["repro"] = {
            "format": FORMAT,
            "config": self.config,
            "vocabulary": vocabulary_tensor(self.vocabulary),
            "vocabulary_sha256": self.vocabulary.sha256,
            "step": trainer.global_step,
            "progress": module.progress_state(),
        }

    def on_load_checkpoint(self, trainer: Trainer, module: Any, checkpoint: dict[str, Any]) -> None:
        """Take up progress."""
        module.restore_progress(checkpoint["repro"]["progress"])

    def _keep_milestone(self, trainer: Trainer, module: Any) -> None:
        if not trainer.is_global_zero:
            return
        minutes = module.training_seconds() / 60
        folder = self.directory.parent / "milestones"
        for milestone in self.milestone_minutes:
            path = folder / f"minute-{milestone:g}.ckpt"
            if minutes >= milestone and not path.exists():
                saved = saved_checkpoints(self.directory)
                if saved and minutes < milestone + 5:
                    write_average(saved, path)


def saved_checkpoints(directory: Path) -> list[Path]:
    """The checkpoints in a directory, oldest first."""
    return sorted(directory.glob("step-*.ckpt"))


def write_average(paths: list[Path], destination: Path) -> None:
    """Average checkpoints into one file that holds weights, configuration and vocabulary.

    Raises:
        BadInput: a checkpoint is missing or damaged.
    """
    last = read_checkpoint(paths[-1], mmap=True)
    state = average(read_checkpoint(path, mmap=True)["state_dict"] for path in paths)
    about = {**last["repro"], "averaged": [path.name for path in paths]}
    with files.written_atomically(destination) as temporary:
        torch.save({"state_dict": state, "repro": about}, temporary)


def remove_checkpoints(directory: Path) -> None:
    """Drop all resumable checkpoints of a finished attempt; its averaged weights stay elsewhere."""
    shutil.rmtree(directory, ignore_errors=True)
