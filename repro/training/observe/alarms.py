"""Alarms: a loss or gradient norm far above its recent values."""

import math
from collections import deque
from collections.abc import Iterable


class SpikeAlarm:
    """Rings when a value stands far above its recent past.

    Args:
        name: what is watched, for the message.
        window: how many past values to compare with.
        deviations: how many standard deviations above the mean of the window ring the alarm.
        factor: and how many times the mean; both must hold, so that a calm curve's ripples do not ring.
    """

    def __init__(self, name: str, window: int = 50, deviations: float = 6.0, factor: float = 1.5) -> None:
        self.name, self.deviations, self.factor = name, deviations, factor
        self._past: deque[float] = deque(maxlen=window)

    @property
    def past(self) -> list[float]:
        """The values to compare with, for a checkpoint to keep."""
        return list(self._past)

    @past.setter
    def past(self, values: Iterable[float]) -> None:
        self._past = deque(values, maxlen=self._past.maxlen)

    def watch(self, value: float) -> str | None:
        """Take note of a value; return a message if it is a spike. The first ten values never are."""
        message = None
        if len(self._past) >= 10:
            mean = sum(self._past) / len(self._past)
            deviation = math.sqrt(sum((past - mean) ** 2 for past in self._past) / len(self._past))
            if value > mean + self.deviations * deviation and value > self.factor * mean:
                message = f"{self.name} {value:.3g} against {mean:.3g} lately"
        self._past.append(value)
        return message
