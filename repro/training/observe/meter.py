"""The counters of a training run: loss since the curve's last row, the gradient's norm, tokens, time and alarms."""

import math
import time
from typing import Any

import torch
from torch import Tensor

from repro.errors import Diverged
from repro.training.observe.alarms import SpikeAlarm
from repro.training.pending import PendingNumber


class Meter:
    """The counts of one rank.

    Attributes:
        window: (3,) sums of loss, negative log likelihood and target tokens since the last row.
        target_tokens: trained on so far, by all ranks.
        learning_rate: that the last update was made with.
        alarm_count: spikes of the loss and of the gradient's norm so far.
    """

    def __init__(self) -> None:
        self.window = torch.zeros(3, dtype=torch.float64)
        self.target_tokens = 0
        self.learning_rate = math.nan
        self.alarm_count = 0
        self._alarms = {name: SpikeAlarm(name) for name in ("loss", "gradient norm")}
        self._gradient_norm = math.nan
        self._pending_norm: PendingNumber | None = None
        self._norm_update = 0  # the update that the pending norm belongs to, from 1
        self._seconds_before = 0.0  # training time of the attempts that this one continues
        self._started: float | None = None  # of the monotonic clock, once training has
        self._at_last_row = (0.0, 0)  # seconds and target tokens

    # ---- counting

    def start(self) -> None:
        """Start the clock."""
        self._started = time.monotonic()
        self._at_last_row = (self._seconds_before, self.target_tokens)

    def seconds(self) -> float:
        """Wall time in training, validation and checkpoints included, over all attempts that this one continues."""
        return self._seconds_before + (time.monotonic() - self._started if self._started is not None else 0.0)

    def add(self, loss: Tensor, nll: Tensor, tokens: Tensor) -> None:
        """Add a micro-batch's sums on the device where they are, without waiting for them."""
        self.window = self.window.to(loss.device)
        self.window += torch.stack([loss.detach(), nll, tokens.to(loss.device, non_blocking=True)]).double()

    def add_gradient_norm(self, norm: Tensor, update: int) -> None:
        """Take the norm of an update, counted from 1; `check_gradient` reads it later."""
        self._pending_norm, self._norm_update = PendingNumber(norm), update

    def check_gradient(self) -> None:
        """Read the last gradient's norm.

        A GPU is an update behind the CPU that gives it work, and waiting for the norm would keep it idle. So it is read
        before the next update, and before anything is logged or saved.

        Raises:
            Diverged: it is not a number.
        """
        if self._pending_norm is None:
            return
        self._gradient_norm, self._pending_norm = self._pending_norm.value(), None
        if not math.isfinite(self._gradient_norm):
            raise Diverged(f"the gradient's norm is {self._gradient_norm} at update {self._norm_update}")

    # ---- rows of the curve

    def next_row(self, windows: Tensor, epoch: int) -> dict[str, float]:
        """Means since the last row, and where training is.

        Args:
            windows: (ranks, 3), each rank's `window`; this rank's starts anew.
            epoch: of the last batch.
        """
        loss, nll, tokens = windows.sum(dim=0).tolist()
        self.window.zero_()
        seconds = self.seconds()
        elapsed, trained = seconds - self._at_last_row[0], self.target_tokens - self._at_last_row[1]
        self._at_last_row = (seconds, self.target_tokens)
        return {
            "train/loss": loss / tokens,
            "train/nll": nll / tokens,
            "train/perplexity": perplexity(nll / tokens),
            "train/learning_rate": self.learning_rate,
            "train/gradient_norm": self._gradient_norm,
            "train/epoch": epoch,
            "train/target_tokens": self.target_tokens,
            "train/seconds": seconds,
            "train/tokens_per_second": trained / elapsed if elapsed > 0 else 0.0,
        }

    def spikes(self, row: dict[str, float]) -> list[str]:
        """A message for each alarm that a row rings; they are counted."""
        values = {"loss": row["train/loss"], "gradient norm": row["train/gradient_norm"]}
        messages = [self._alarms[name].watch(value) for name, value in values.items()]
        rung = [message for message in messages if message is not None]
        self.alarm_count += len(rung)
        return rung

    # ---- checkpoints

    def state_dict(self, windows: Tensor) -> dict[str, Any]:
        """What a checkpoint keeps, with each rank's `window`, (ranks, 3)."""
        return {
            "windows": windows,
            "alarms": {name: alarm.past for name, alarm in self._alarms.items()},
            "target_tokens": self.target_tokens,
            "seconds": self.seconds(),
            "alarm_count": self.alarm_count,
        }

    def load_state_dict(self, state: dict[str, Any], rank: int, world_size: int) -> None:
        """Go on from a checkpoint as this rank of so many."""
        windows = state["windows"]
        if len(windows) == world_size:
            self.window = windows[rank].clone()
        elif rank == 0:  # another number of ranks wrote it
            self.window = windows.sum(dim=0)
        for name, past in state["alarms"].items():
            self._alarms[name].past = past
        self.target_tokens = state["target_tokens"]
        self._seconds_before = state["seconds"]
        self.alarm_count = state["alarm_count"]


def perplexity(nll: float) -> float:
    """Of a negative log likelihood in nats a token; finite for any."""
    return math.exp(min(nll, 700.0))
