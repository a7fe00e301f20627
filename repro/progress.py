"""Progress of long work: a bar on a terminal, a plain line every so often otherwise. Always on stderr."""

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

from repro import streams
from repro.duration import duration

T = TypeVar("T")

PLAIN_LINE_EVERY_SECONDS = 15.0


class Progress:
    """Counts work done towards a total, for use as a context manager.

    Args:
        label: the work in a few words, such as "encoding train".
        total: how much there is to do, or None if unknown.
        unit: what is counted, such as "lines".
        done_before: how much of it an earlier part of the work has done; the speed is that of the rest.
    """

    def __init__(self, label: str, total: int | None = None, unit: str = "", done_before: int = 0) -> None:
        self.label, self.total, self.unit = streams.in_one_line(label), total, unit
        self.done = self.done_before = done_before
        self._started = self._last_line = time.monotonic()
        self._bar: Any = None  # rich's, on a terminal

    def __enter__(self) -> "Progress":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            self._bar = Bar(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn(self.unit, markup=False),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}", markup=False),
                console=Console(stderr=True),
            )
            self._bar.start()
            self._task = self._bar.add_task(self.label, total=self.total, completed=self.done_before, note="")
        return self

    def advance(self, amount: int = 1, note: str = "") -> None:
        """Count `amount` more; `note` is shown beside the count."""
        self.done += amount
        if self._bar is not None:
            self._bar.update(self._task, advance=amount, note=note)
        elif time.monotonic() - self._last_line >= PLAIN_LINE_EVERY_SECONDS:
            self._last_line = time.monotonic()
            self._print_line(note)

    def _print_line(self, note: str) -> None:
        seconds = time.monotonic() - self._started
        done_now = self.done - self.done_before
        total = f"/{self.total:,}" if self.total else ""
        part = f", {done_now:,} of them" if self.done_before else ""
        rest = f", {note}" if note else ""
        if self.total and done_now > 0 and self.done < self.total:
            rest += f", about {duration(seconds / done_now * (self.total - self.done))} left"
        streams.note(f"{self.label}: {self.done:,}{total} {self.unit}{part} in {duration(seconds)}{rest}")

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            with suppress(OSError):  # the terminal may be gone
                self._bar.stop()


def progress(items: Iterable[T], label: str, total: int | None = None, unit: str = "") -> Iterator[T]:
    """Iterate over `items` and show how far it is."""
    with Progress(label, total, unit) as counter:
        for item in items:
            yield item
            counter.advance()
