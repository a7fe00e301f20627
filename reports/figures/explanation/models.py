"""The models of the grid `explanation` at one scale: a row each, with the records of all seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reports.catalogue import grid_at, scales_of_grid, table
from reports.figures import drawing
from reports.figures.measurements import Mean, done, mapping, number, over_seeds, rows_of
from reports.verdicts.records import Records
from repro.ledger.records.metric_values import metric_values
from repro.ledger.records.record import Record

GRID = "explanation"
MAX_MODELS = len(drawing.MARKERS)
"""Models in a figure: as many as can be told apart. Most figures name them down the side, too."""
BASE = "bilstm-additive"
"""The papers' model."""
WITH_VECTORS = "bilstm-additive-vectors"
"""The same, starting from word vectors."""
CONTROL = "average"
"""The encoder that mixes no context into a word and cannot notice the order of words."""
PUBLISHED_AS = {"sst2": "sst", "imdb": "imdb", "newsgroups": "20newsgroups", "ag_news": "agnews"}
PUBLISHED_AS |= {"babi1": "babi-1", "babi2": "babi-2"}
"""Name of data in records -> name in the papers' tables."""


@dataclass(frozen=True)
class Models:
    """What was measured at a scale.

    Attributes:
        scale: its name.
        records: row -> seed -> record that is done; the grid's base first, at most `MAX_MODELS` rows.
        data: name of the data.
        classes: names of the classes, in the order of their numbers.
    """

    scale: str
    records: Mapping[str, Mapping[int, Record]]
    data: str
    classes: tuple[str, ...]

    @property
    def published_as(self) -> str | None:
        """What the papers' tables call the data; None where they are not the papers'."""
        return PUBLISHED_AS.get(self.data)

    @property
    def id(self) -> str:
        """What every id of this scale's figures begins with."""
        return f"explanation-{drawing.plain(self.scale)}"

    def style(self, row: str) -> tuple[str, Any, str]:
        """Colour, dashes and marker of a model, the same in all figures."""
        return drawing.style(list(self.records).index(row))

    def values(self, row: str, metric: str) -> dict[int, float]:
        """Seed -> value of a metric, where it has one."""
        return metric_values(self.records[row], metric)

    def mean(self, row: str, metric: str) -> Mean | None:
        """Of a metric over seeds."""
        return over_seeds(self.values(row, metric))

    def having(self, metric: str) -> list[str]:
        """Rows with a value of a metric."""
        return [row for row in self.records if self.values(row, metric)]

    def texts(self, row: str, *path: str) -> "np.ndarray":
        """A number for each text and seed, from lists in the details; NaN where undefined, empty where absent.

        Args:
            path: keys from `details` down to the list.
        """
        columns = self.columns(row, [path])
        return columns[0] if columns else np.empty(0)

    def columns(self, row: str, paths: Sequence[Sequence[str]]) -> list["np.ndarray"]:
        """Several such lists side by side; seeds in which they differ in length are left out."""
        seeds = []
        for record in self.records[row].values():
            of_seed = [_numbers(_at(record.details, path)) for path in paths]
            if len({len(column) for column in of_seed}) == 1 and len(of_seed[0]):
                seeds.append(of_seed)
        return [np.concatenate(column) for column in zip(*seeds, strict=True)]


def models_at(records: Records, scale: str) -> Models:
    """The models that were looked into at a scale."""
    rows = {row: kept for row, runs in rows_of(records, GRID, scale).items() if (kept := done(runs))}
    order = [row.name for row in grid_at(GRID, scale).rows] if scale in scales_of_grid(GRID) else []
    names = sorted(rows, key=lambda row: (order.index(row) if row in order else len(order), row))[:MAX_MODELS]
    data = next((record.data for row in names for record in rows[row].values()), {})
    classes = data.get("classes")
    named = tuple(map(str, classes)) if isinstance(classes, list) else ()
    return Models(scale, {row: rows[row] for row in names}, str(data.get("corpus")), named)


def published(name: str, row: str, column: str) -> tuple[float, bool] | None:
    """A number of a paper's table and whether it was compared with the paper; None where there is none."""
    content = table(name)
    value = number(mapping(mapping(content.get("rows")).get(row)).get(column))
    return None if value is None else (value, bool(content.get("checked", True)))


def _at(details: Any, path: Sequence[str]) -> Any:
    for key in path:
        details = mapping(details).get(key)
    return details


def _numbers(values: Any) -> "np.ndarray":
    if not isinstance(values, list):
        return np.empty(0)
    numbers = np.array([value if type(value) in (float, int) else np.nan for value in values], dtype=float)
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers
