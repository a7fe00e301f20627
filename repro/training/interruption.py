"""Ctrl-C and termination signals end training after the update at hand, at a saved checkpoint."""

import signal
import threading
from types import FrameType
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer


class StopOnSignal(Callback):
    """Turns the first SIGINT or SIGTERM into a clean stop; a second one acts at once, as without this.

    Attributes:
        stopped: whether training was ended by a signal.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self.stopped = False
        self._asked = False
        self._before: dict[int, Any] = {}

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Listen, where signals can be listened to."""
        if threading.current_thread() is threading.main_thread():
            for number in self.SIGNALS:
                self._before[number] = signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
        self._restore()

    def on_train_batch_end(self, trainer: Trainer, module: Any, outputs: Any, batch: Any, index: int) -> None:
        """After an update, stop if any rank was asked to; the end of training saves."""
        if batch.last_of_update and trainer.strategy.reduce_boolean_decision(self._asked, all=False):
            self.stopped = True
            trainer.should_stop = True

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Listen no more."""
        self._restore()

    def on_exception(self, trainer: Trainer, module: LightningModule, exception: BaseException) -> None:
        """Listen no more."""
        self._restore()
