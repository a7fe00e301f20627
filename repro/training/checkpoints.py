"""When checkpoints are written, and which of them are kept."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.plugins.io import CheckpointIO

from repro.cell_directory import MILESTONES
from repro.data.vocabulary import Vocabulary
from repro.errors import Interrupted
from repro.training.interruption import StopOnSignal
from repro.weights.checkpoint_file import (
    REGULAR,
    STOPPED,
    read_checkpoint,
    record_of,
    saved_checkpoints,
    write_average,
    write_checkpoint,
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
    """

    def __init__(
        self,
        directory: Path,
        every_n_steps: int,
        every_minutes: float | None,
        keep: int,
        config: Mapping[str, Any],
        vocabulary: Vocabulary,
        milestone_minutes: Sequence[float],
        stop: StopOnSignal,
    ) -> None:
        self.directory = directory
        self.every_n_steps, self.every_minutes, self.keep = every_n_steps, every_minutes, keep
        self.config = config
        self.vocabulary = vocabulary
        self.milestone_minutes = milestone_minutes
        self.stop = stop
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
        """Do what `on_train_batch_end` left for after validation; before training, nothing is due."""
        if trainer.state.fn == "fit" and not trainer.sanity_checking and self._between_updates:
            self._after_update(trainer, module)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """The last state is always saved, here if time was up within an update, and counts for a last milestone."""
        if trainer.global_step != self._saved_step:
            self.save(trainer)
        self._keep_milestones(trainer, module)

    def _after_update(self, trainer: Trainer, module: LightningModule) -> None:
        stopping = self.stop.asked_anywhere(trainer)
        if trainer.global_step != self._saved_step:
            if self._due(trainer) or self._is_last(trainer):
                self.save(trainer)
            elif stopping:
                self.save(trainer, STOPPED)
        self._keep_milestones(trainer, module)
        if stopping:
            raise Interrupted(
                f"stopped at step {trainer.global_step:,}, saved in {self.directory}; the same command continues"
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
            NoRoom: the disk is full; Taken: another process works on the cell now; BadInput: it cannot be written for
                another reason.
        """
        self._saved_step, self._saved_at = trainer.global_step, time.monotonic()
        trainer.save_checkpoint(self.directory / f"{kind}-{trainer.global_step:08d}.ckpt", weights_only=False)
        if trainer.is_global_zero and kind == REGULAR:
            superfluous = saved_checkpoints(self.directory)[: -self.keep]
            for old in (*superfluous, *self.directory.glob(f"{STOPPED}-*.ckpt")):
                old.unlink()

    def on_save_checkpoint(self, trainer: Trainer, module: Any, checkpoint: dict[str, Any]) -> None:
        """Add what makes the checkpoint sufficient."""
        checkpoint["repro"] = record_of(self.config, self.vocabulary, trainer.global_step, module.progress_state())

    def on_load_checkpoint(self, trainer: Trainer, module: Any, checkpoint: dict[str, Any]) -> None:
        """Take up progress."""
        module.restore_progress(checkpoint["repro"]["progress"])

    def _keep_milestones(self, trainer: Trainer, module: Any) -> None:
        if not trainer.is_global_zero:
            return
        minutes = module.meter.seconds() / 60
        for milestone in self.milestone_minutes:
            path = self.directory.parent / MILESTONES / f"minute-{milestone:g}.ckpt"
            # A run that saves for the first time long after the milestone has nothing to show for it.
            if milestone <= minutes < milestone + 5 and not path.exists():
                saved = saved_checkpoints(self.directory)
                if saved:
                    write_average(saved, path)
