"""Shows a grid at work: a table on a terminal, one line an event otherwise. Always on stderr."""

import sys
import time
from contextlib import suppress
from typing import Any

from repro.duration import duration
from repro.ledger.running.launcher import Event
from repro.ledger.running.worker import LOG_HEAD, Task, end_of_log
from repro.streams import in_one_line, note

REDRAW_SECONDS = 0.5
PLAIN_SECONDS = 30.0
"""How often the progress of running cells is shown without a terminal."""
REPEAT_SECONDS = 300.0
"""How long a cell that says nothing new is not mentioned again there."""


class GridDisplay:
    """Shows the events of a launcher.

    Args:
        title: of the whole.
        total: cells of the grid.
        done: cells that were done before.
        expected: seconds that the rest will take, where that is known.
        to_do: cells that are run now; None: all that are not done.

    No thread of its own redraws it, since processes are forked beside it.
    """

    def __init__(
        self, title: str, total: int, done: int, expected: float | None = None, to_do: int | None = None
    ) -> None:
        self.title, self.total, self.done, self.expected = title, total, done, expected
        self._counts: dict[str, int] = {}
        self._running: dict[str, tuple[float, Task]] = {}  # cell -> when it began, and what it is
        self._said: dict[str, tuple[float, str]] = {}  # cell -> when it was last mentioned, and with what
        self._began = time.monotonic()
        self._drawn = time.monotonic()
        self._to_do = total - done if to_do is None else to_do
        self._live: Any = None

    def __enter__(self) -> "GridDisplay":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(stderr=True), auto_refresh=False, transient=True)
            self._live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._live is not None:
            with suppress(OSError):  # the terminal may be gone
                self._live.stop()
            note(self._headline())

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        if event.task is not None:
            name = _name(event.task)
            if event.kind == "started":
                self._running[name] = time.monotonic(), event.task
            elif event.kind == "ended":
                self._running.pop(name, None)
                ending = str(event.ending)
                self._counts[ending] = self._counts.get(ending, 0) + 1
                self.done += ending == "done"
            if self._live is None or event.kind == "waits":
                self._line(event, name)
        if time.monotonic() - self._drawn > (PLAIN_SECONDS if self._live is None else REDRAW_SECONDS):
            self._drawn = time.monotonic()
            if self._live is not None:
                with suppress(OSError):
                    self._live.update(self._table(), refresh=True)
            else:
                self._say_how_far()

    def _say_how_far(self) -> None:
        now = time.monotonic()
        for name, (began, task) in self._running.items():
            said = _last_said(task)
            before, known = self._said.get(name, (began, ""))
            if now - began > PLAIN_SECONDS and (said != known or now - before > REPEAT_SECONDS):
                self._said[name] = now, said
                note(f"[{self.done}/{self.total}] {name}: {said}, running for {duration(now - began)}")

    def _line(self, event: Event, name: str) -> None:
        if event.kind == "ended":
            left = self._seconds_left()
            rest = f", {duration(left)} left" if left else ""
            where = "" if event.ending in ("done", "elsewhere") else f" (see {event.task.directory})"  # type: ignore[union-attr]
            said = (
                "runs elsewhere" if event.ending == "elsewhere" else f"{event.ending} after {duration(event.seconds)}"
            )
            note(f"[{self.done}/{self.total}] {name}: {said}{where}{rest}")
        else:
            who = ", ".join(event.holders) or "other runs"
            waits = f"waits for {who}, since one of the two needs this machine alone"
            said = "started" if event.kind == "started" else waits
            note(f"[{self.done}/{self.total}] {name}: {said}")

    def _seconds_left(self) -> float | None:
        elapsed = time.monotonic() - self._began
        ended = sum(count for ending, count in self._counts.items() if ending not in ("elsewhere", "stopped"))
        if ended:
            return elapsed / ended * max(0, self._to_do - ended)
        return None if self.expected is None else max(0.0, self.expected - elapsed)

    def _headline(self) -> str:
        parts = [f"{self.title}: {self.done} of {self.total} done"]
        parts += [f"{count} {ending}" for ending, count in sorted(self._counts.items()) if ending != "done"]
        parts.append(f"{duration(time.monotonic() - self._began)} so far")
        left = self._seconds_left()
        if left:
            parts.append(f"about {duration(left)} left")
        return ", ".join(parts)

    def _table(self) -> Any:
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, padding=(0, 2, 0, 0))
        table.add_column("running", overflow="fold")
        table.add_column("for", justify="right")
        table.add_column("", no_wrap=True)
        for name, (began, task) in self._running.items():
            table.add_row(Text(name), duration(time.monotonic() - began), Text(_last_said(task)))
        bar = ProgressBar(total=self.total, completed=self.done, width=60)
        return Group(Text(self._headline()), bar, table)


def _last_said(task: Task) -> str:
    """The last line of a cell's log, of the process that writes there now."""
    last = end_of_log(task.directory).rpartition("\n")[2]
    return "no output yet" if not last or last.startswith(LOG_HEAD) else in_one_line(last)


def _name(task: Task) -> str:
    return in_one_line(f"{task.cell.grid}/{task.cell.row} seed {task.cell.seed}")
