"""Progress of training: a bar on a terminal, a plain line every so often elsewhere."""

from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer

from repro.progress import Progress


class TrainingProgress(Callback):
    """Counts updates; shows loss, perplexity and speed as of the last logged row."""

    def __init__(self) -> None:
        self._progress: Progress | None = None

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Open the bar on rank 0, where a resumed run left it."""
        if not trainer.is_global_zero:
            return
        total = trainer.max_steps if trainer.max_steps and trainer.max_steps > 0 else None
        self._progress = Progress("training", total, "updates", done_before=trainer.global_step)
        self._progress.__enter__()

    def on_train_batch_end(self, trainer: Trainer, module: Any, outputs: Any, batch: Any, index: int) -> None:
        """Advance by one update."""
        if self._progress is None or not batch.last_of_update:
            return
        row = getattr(module, "latest", None)
        note = ""
        if row:
            note = f"loss {row['train/loss']:.3f}, {row['train/tokens_per_second']:,.0f} target tokens/s"
        if dev := getattr(module, "dev", None):
            note += f", dev perplexity {dev['dev/perplexity']:.2f}"
        self._progress.advance(1, note)

    def _close(self) -> None:
        if self._progress is not None:
            self._progress.__exit__()
            self._progress = None

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Close the bar."""
        self._close()

    def on_exception(self, trainer: Trainer, module: LightningModule, exception: BaseException) -> None:
        """Close the bar."""
        self._close()
