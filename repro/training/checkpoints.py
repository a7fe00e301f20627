"""Checkpoints: written to a temporary file and renamed, read without unpickling code, sufficient by themselves.

A checkpoint is a Lightning checkpoint with one more key, `repro`: the configuration, the vocabulary
and how far training was. The averaged weights are the same file without optimiser and loops. So any
of them can translate with nothing else at hand.
"""

import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.plugins.io import CheckpointIO

from repro import files
from repro.data.vocabulary import Vocabulary
from repro.errors import BadInput, Interrupted
from repro.training.averaging import average
from repro.training.interruption import StopOnSignal

FORMAT = 1

REGULAR, STOPPED = "step", "stopped"
"""How a checkpoint's file name begins: one that was due, or one that was written because of a signal."""


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
    about = content.get("repro") if isinstance(content, dict) else None
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise BadInput(f"checkpoint {path} was not written by this project (format {FORMAT})")
    return content


def write_checkpoint(content: Mapping[str, Any], path: Path) -> None:
    """Write a checkpoint, whole or not at all.

    Raises:
        BadInput: the disk is full or cannot be written.
    """
    try:
        with files.written_atomically(path) as temporary:
            torch.save(content, temporary)
    except OSError as error:
        raise BadInput(
            f"{path} cannot be written ({error.strerror or error}); make room and repeat the command"
        ) from error
    except RuntimeError as error:
        # torch's own writer reports a full disk with words that differ from version to version.
        if not any(sign in str(error) for sign in ("PytorchStreamWriter", "inline_container", "unexpected pos")):
            raise
        raise BadInput(f"{path} cannot be written; make room on its disk and repeat the command") from error


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


class CheckpointFiles(CheckpointIO):
    """Lightning's way to files, by this project's rules: whole or not there, and never unpickled."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        """Write the file; on rank 0 only, as Lightning calls it."""
        write_checkpoint(checkpoint, Path(path))

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = None) -> dict[str, Any]:
        """Read the file to the CPU."""
        return read_checkpoint(Path(path))

    def remove_checkpoint(self, path: Any) -> None:
        """Delete the file."""
        Path(path).unlink(missing_ok=True)


class Checkpoints(Callback):
    """Saves every so often and when asked to stop, keeps the last few, and sets averages aside at milestones.

    What is due after an update happens after its validation where that is due too: Lightning does not
    take up a validation that a checkpoint came before. Must be the last callback, so that the row of the
    curve is written first.

    Args:
        directory: where `step-00001000.ckpt` and so on go.
        every_n_steps: updates between checkpoints.
        every_minutes: in place of that, minutes between checkpoints; such a run is not exactly repeatable.
        keep: how many of the last are kept, and averaged in the end.
        config: the resolved configuration, plain data.
        vocabulary: the data's.
        milestone_minutes: at these minutes of training time the average of the checkpoints kept so far
            is written to `milestones/`, to be scored after training.
        stop: knows of signals.

    Raises:
        BadInput: a setting that makes no sense.
    """

    def __init__(
        self,
        directory: Path,
        every_n_steps: int,
        every_minutes: float | None,
        keep: int,
        config: Mapping[str, Any],
        vocabulary: Vocabulary,
        milestone_minutes: Sequence[float] = (),
        stop: StopOnSignal | None = None,
    ) -> None:
        if every_n_steps < 1:
            raise BadInput(f"checkpoints.every_n_steps is {every_n_steps}; it must be at least 1")
        if every_minutes is not None and every_minutes <= 0:
            raise BadInput(f"checkpoints.every_minutes is {every_minutes}; it must be above 0, or null")
        if keep < 1:
            raise BadInput(f"checkpoints.average is {keep}; it must be at least 1")
        self.directory = directory
        self.every_n_steps, self.every_minutes, self.keep = every_n_steps, every_minutes, keep
        self.config = config
        self.vocabulary = vocabulary
        self.milestone_minutes = milestone_minutes
        self.stop = stop or StopOnSignal()
        self._saved_at = time.monotonic()
        self._saved_step = -1
        self._between_updates = True

    # ---- when to save

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Time-based saving counts from here."""
        self._saved_at = time.monotonic()
        self._saved_step = trainer.global_step

    def on_train_batch_end(self, trainer: Trainer, module: Any, outputs: Any, batch: Any, index: int) -> None:
        """After an update, do what is due, unless validation comes first."""
        self._between_updates = batch.last_of_update
        if self._between_updates and not self._validation_due(trainer, index):
            self._after_update(trainer, module)

    def on_validation_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Do what `on_train_batch_end` left for after validation."""
        if trainer.state.fn == "fit" and self._between_updates:
            self._after_update(trainer, module)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """The last state is always saved, and counts for a milestone at the very end."""
        if trainer.global_step != self._saved_step:
            self.save(trainer)
        self._keep_milestones(trainer, module)

    def _after_update(self, trainer: Trainer, module: LightningModule) -> None:
        stopping = self.stop.asked_anywhere(trainer)
        if trainer.global_step != self._saved_step:
            if self._due(trainer) or (stopping and self._is_last(trainer)):
                self.save(trainer)
            elif stopping:
                self.save(trainer, STOPPED)
        self._keep_milestones(trainer, module)
        if stopping:
            raise Interrupted(
                f"stopped at step {trainer.global_step:,}, saved in {self.directory}; the same command goes on"
            )

    def _is_last(self, trainer: Trainer) -> bool:
        return trainer.should_stop or trainer.global_step == trainer.max_steps

    def _due(self, trainer: Trainer) -> bool:
        if self.every_minutes is None:
            return trainer.global_step % self.every_n_steps == 0
        due = time.monotonic() - self._saved_at >= 60 * self.every_minutes
        return bool(trainer.strategy.broadcast(due))  # clocks differ; rank 0 decides

    def _validation_due(self, trainer: Trainer, index: int) -> bool:
        if not trainer.enable_validation:
            return False
        # Lightning validates once more when time is up, for which its timer sets should_stop.
        interval = trainer.val_check_batch
        return trainer.should_stop or (interval is not None and (index + 1) % interval == 0)

    # ---- saving

    def save(self, trainer: Trainer, kind: str = REGULAR) -> None:
        """Write this step's checkpoint; every rank must come here.

        Args:
            trainer: trains.
            kind: `REGULAR`, or `STOPPED` for one that only resuming needs: it counts for no average, so
                that a run which was stopped ends with the weights of one which was not.

        Raises:
            BadInput: the disk is full or cannot be written.
        """
        self._saved_step, self._saved_at = trainer.global_step, time.monotonic()
        trainer.save_checkpoint(self.directory / f"{kind}-{trainer.global_step:08d}.ckpt", weights_only=False)
        if trainer.is_global_zero and kind == REGULAR:
            superfluous = saved_checkpoints(self.directory)[: -self.keep]
            for old in (*superfluous, *self.directory.glob(f"{STOPPED}-*.ckpt")):
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

    def _keep_milestones(self, trainer: Trainer, module: Any) -> None:
        if not trainer.is_global_zero:
            return
        minutes = module.training_seconds() / 60
        for milestone in self.milestone_minutes:
            path = self.directory.parent / "milestones" / f"minute-{milestone:g}.ckpt"
            # A run that saves for the first time long after the milestone has nothing to show for it.
            if milestone <= minutes < milestone + 5 and not path.exists():
                saved = saved_checkpoints(self.directory)
                if saved:
                    write_average(saved, path)


def saved_checkpoints(directory: Path) -> list[Path]:
    """The regular checkpoints in a directory, oldest first: those that are averaged."""
    return sorted(directory.glob(f"{REGULAR}-*.ckpt"))


def resumable_checkpoints(directory: Path) -> list[Path]:
    """All checkpoints in a directory, oldest first."""
    return sorted(directory.glob("*-*.ckpt"), key=lambda path: int(path.stem.rpartition("-")[2]))


def write_average(paths: list[Path], destination: Path) -> None:
    """Average checkpoints into one file that holds weights, configuration and vocabulary.

    Raises:
        BadInput: a checkpoint is missing or damaged, or the disk is full.
    """
    last = read_checkpoint(paths[-1], mmap=True)
    state = average(read_checkpoint(path, mmap=True)["state_dict"] for path in paths)
    about = {**last["repro"], "averaged": [path.name for path in paths]}
    write_checkpoint({"state_dict": state, "repro": about}, destination)


def remove_checkpoints(directory: Path) -> None:
    """Drop all resumable checkpoints of a finished attempt; its averaged weights stay elsewhere."""
    shutil.rmtree(directory, ignore_errors=True)


def remove_leftovers(attempt: Path) -> None:
    """Drop the temporary files that a killed process left in an attempt's directory."""
    for leftover in attempt.rglob(".*.tmp"):
        leftover.unlink(missing_ok=True)
