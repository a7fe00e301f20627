"""Ctrl-C and termination signals end training after the update at hand, at a saved checkpoint."""

import signal
import threading
from types import FrameType
from typing import Any, ClassVar

from pytorch_lightning import Callback, LightningModule, Trainer


class StopOnSignal(Callback):
    """Takes note of the first SIGINT or SIGTERM; a second one acts at once.

    It only listens: `Checkpoints` asks it after each update, saves, and ends training.

    Attributes:
        asked: whether this process was asked to stop.
    """

    AT_ONCE: ClassVar[dict[signal.Signals, Any]] = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
    }

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[signal.Signals, Any] = {}

    def asked_anywhere(self, trainer: Trainer) -> bool:
        """Whether any rank was asked to stop; every rank must ask."""
        return bool(trainer.strategy.reduce_boolean_decision(self.asked, all=False))

    def on_train_start(self, trainer: Trainer, module: LightningModule) -> None:
        """Listen, where signals can be listened to."""
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._ask) for number in self.AT_ONCE}

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        for listened, handler in self.AT_ONCE.items():
            signal.signal(listened, handler)

    def on_train_end(self, trainer: Trainer, module: LightningModule) -> None:
        """Listen no more."""
        self._restore()

    def on_exception(self, trainer: Trainer, module: LightningModule, exception: BaseException) -> None:
        """Listen no more."""
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}
