"""`metrics.csv`: the learning curve as a Lightning logger that survives kills.

One row a logged event, appended and flushed at once; columns are fixed by the first file that is
written, so that a reader needs no guessing. On resuming, rows after the checkpoint's step are cut.
Other files of rows with a step are written and cut by the same two functions.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pytorch_lightning import Callback, Trainer
from pytorch_lightning.loggers.logger import Logger
from pytorch_lightning.utilities.rank_zero import rank_zero_only

from repro import files, locks, regular_file
from repro.errors import BadInput

Number = TypeVar("Number", int, float)

COLUMNS = (
    "step",
    "split",
    "loss",
    "nll",
    "perplexity",
    "learning_rate",
    "gradient_norm",
    "epoch",
    "target_tokens",
    "seconds",
    "tokens_per_second",
)
"""`loss` and `nll` are nats a target token (smoothed, not smoothed); `seconds` is training time."""


def append_rows(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Append rows to a CSV file in one go, with the header before them if the file is new.

    Raises:
        Taken: the file lies in a cell's directory, and another process works on the cell now.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    if not path.exists():
        writer.writeheader()
    writer.writerows({key: _shortest(value) for key, value in row.items()} for row in rows)
    locks.check_may_write(path)
    with open(path, "a", encoding="utf-8", newline="") as file:
        file.write(text.getvalue())


def drop_rows_after(path: Path, columns: Sequence[str], step: int) -> None:
    """Drop the rows whose step is after `step`, and a last line that a kill left unfinished.

    Raises:
        BadInput: the file is damaged.
    """
    if not path.exists():
        return
    whole_lines = [line for line in _text(path).split("\n")[:-1] if line.count(",")]
    rows = [row for row in _rows(path, "\n".join(whole_lines)) if _as(int, path, row, "step") <= step]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    files.write_text(path, text.getvalue())


class Curve(Logger):
    """Writes `metrics.csv`. Metrics come as "train/loss" or "dev/nll": the first part is the split."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    @property
    def name(self) -> str:
        """Lightning's name for the logger."""
        return "curve"

    @property
    def version(self) -> str:
        """Lightning's name for the run, which the directory identifies."""
        return ""

    @rank_zero_only
    def log_hyperparams(self, *arguments: Any, **keywords: Any) -> None:
        """Does nothing: the configuration is in the record."""

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Append one row a split, as `append_rows`."""
        by_split: dict[str, dict[str, Any]] = {}
        for key, value in metrics.items():
            split, _, column = key.partition("/")
            if column in COLUMNS:
                by_split.setdefault(split, {"step": step, "split": split})[column] = value
        append_rows(self.path, COLUMNS, by_split.values())

    @rank_zero_only
    def cut_back(self, step: int) -> None:
        """As `drop_rows_after`."""
        drop_rows_after(self.path, COLUMNS, step)


class CurveRows(Callback):
    """Logs a row of the training loss every `trainer.log_every_n_steps` updates.

    A callback, since those come before the module's own hooks, and the row of a step must be written
    before its checkpoint is.
    """

    def on_train_batch_end(self, trainer: Trainer, module: Any, outputs: Any, batch: Any, index: int) -> None:
        """Log after an update where that is due."""
        every: int = trainer.log_every_n_steps  # type: ignore[attr-defined]
        if batch.last_of_update and trainer.global_step % every == 0:
            module.log_window(batch.epoch)


def _shortest(value: float | str | None) -> str:
    if value is None:
        return ""
    return f"{value:.9g}" if isinstance(value, float) else str(value)


def read_curve(path: Path, split: str) -> list[dict[str, float]]:
    """The rows of one split, each a dictionary of its filled columns.

    Raises:
        BadInput: the file is missing or damaged.
    """
    rows = [row for row in _rows(path, _text(path)) if row.get("split") == split]
    return [{key: _as(float, path, row, key) for key, value in row.items() if key != "split" and value} for row in rows]


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, each with every column of its head.

    Raises:
        BadInput: the file is missing or damaged.
    """
    return _rows(path, _text(path))


def _text(path: Path) -> str:
    try:
        return regular_file.read_bytes(path).decode()
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); check the file and repeat the command") from error
    except ValueError as error:  # no regular file, or no UTF-8
        raise _damaged(path, str(error)) from error


def _rows(path: Path, text: str) -> list[dict[str, str]]:
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), restval=""))
    except csv.Error as error:
        raise _damaged(path, str(error)) from error
    if any(None in row for row in rows):
        raise _damaged(path, "a row is longer than the head")
    return rows


def _as(kind: Callable[[str], Number], path: Path, row: Mapping[str, str], column: str) -> Number:
    try:
        return kind(row[column])
    except (KeyError, ValueError) as error:
        raise _damaged(path, f"{row.get(column, 'nothing')!r} is in the column {column}") from error


def _damaged(path: Path, why: str) -> BadInput:
    return BadInput(f"{path} is damaged ({why}); remove it, which loses the curve so far, and repeat the command")
