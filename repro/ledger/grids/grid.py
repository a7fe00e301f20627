"""A grid at one scale: its rows, each a resolved configuration, and the cells that they make with its seeds."""

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from repro.errors import BadInput
from repro.ledger.grids.cell import Cell
from repro.ledger.grids.condition import Condition
from repro.ledger.grids.paper_column import Published
from repro.ledger.grids.tuning import Tuned, Tuning

ROW = "row"
"""The coordinate along which named rows lie, beside the axes."""

MOST_SEEDS = 10_000
"""Of a row; more can only be a slip."""


@dataclass(frozen=True)
class Row:
    """One line of a grid's table.

    Attributes:
        name: unique within the grid.
        coordinates: ROW and each axis -> label.
        config: the resolved configuration, but for the seed.
        base: the name of the row that it is compared with; None for a base itself.
    """

    name: str
    coordinates: Mapping[str, str]
    config: Mapping[str, Any]
    base: str | None


@dataclass(frozen=True)
class Measure:
    """A metric by which rows are compared, with a test of its own.

    Attributes:
        metric: its name in records.
        better: which direction of it is better; None: neither.
        margin: differences from the base smaller than this count as none; None: "the same" is no possible finding.
        unjudged: rows of which it does not measure the quality -> why.
    """

    metric: str
    better: Literal["higher", "lower"] | None
    margin: float | None = None
    unjudged: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Grid:
    """A grid at one scale.

    Attributes:
        name: the file's name.
        scale: the scale's name.
        title: one line.
        function: what a cell calls, "module:name".
        metric: by which rows are compared.
        better: which direction of it is better; None: neither.
        columns: metric -> heading, the compared one first.
        exclusive: patterns of rows whose cells must run alone on the machine, such as those that time something.
        minutes: a cell's time limit; None: none.
        seeds: of each row.
        rows: in the file's order.
        margin: differences from the base smaller than this count as none; None: "the same" is no possible finding.
        published: what a paper has in the place of the compared metric.
        also: further metrics by which rows are compared.
        spread: "pairs" where each row has the deviation of its own pairs of runs, one a seed; "pooled" where all rows
            share one.
        base_seeds: of rows that others are compared with, where they have more than the others.
        trends: parameter -> the rows, in order, over which a rise or fall is tested as one question.
        version: counts what the grid planned differently before.
        changes: version -> what it changed.
        conditions: what the base must fulfil, or nothing is said of rows.
        tuning: what is tried, if this is a grid of trials.
        tuned: the trials that chose the rows' settings.
        part: names of the rows that are run and shown; None: all. Comparisons are of the whole grid all the same.
    """

    name: str
    scale: str
    title: str
    function: str
    metric: str
    better: Literal["higher", "lower"] | None
    columns: Mapping[str, str]
    exclusive: Sequence[str]
    minutes: float | None
    seeds: Sequence[int]
    rows: Sequence[Row]
    margin: float | None = None
    published: Published | None = None
    also: Sequence[Measure] = ()
    spread: Literal["pairs", "pooled"] = "pairs"
    base_seeds: Sequence[int] | None = None
    trends: Mapping[str, Sequence[str]] = field(default_factory=dict)
    version: int = 1
    changes: Mapping[int, str] = field(default_factory=dict)
    conditions: Sequence[Condition] = ()
    tuning: Tuning | None = None
    tuned: Tuned | None = None
    part: Sequence[str] | None = None

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The metrics by which rows are compared, the main one first."""
        return (Measure(self.metric, self.better, self.margin), *self.also)

    def runs_alone(self, row: str) -> bool:
        """Whether cells of a row must run alone on the machine."""
        return any(fnmatch.fnmatchcase(row, pattern) for pattern in self.exclusive)

    @property
    def rows_of_part(self) -> Sequence[Row]:
        """The rows that are run and shown."""
        return [row for row in self.rows if self.part is None or row.name in self.part]

    @property
    def whole(self) -> "Grid":
        """The grid with all of its rows."""
        return replace(self, part=None)

    def seeds_of(self, row: Row) -> Sequence[int]:
        """The seeds of one row."""
        if self.base_seeds is not None and any(other.base == row.name for other in self.rows):
            return self.base_seeds
        return self.seeds

    def cells(self) -> list[Cell]:
        """Row by row, seed by seed; of the rows that are run."""
        return [
            Cell(
                self.function,
                {**row.config, seed_key(row.config): seed},
                self.name,
                row.name,
                self.scale,
                None if self.tuned is None else self.tuned.of(row.name),
            )
            for row in self.rows_of_part
            for seed in self.seeds_of(row)
        ]

    def only(self, patterns: Sequence[str]) -> "Grid":
        """The part of the grid whose rows match a pattern; * and ? stand for anything.

        Its other rows are neither run nor shown. They still count in corrections, in the deviation that rows share and
        in trends, so that nobody finds more by looking at fewer rows.

        Raises:
            BadInput: a pattern that no row matches.
        """
        names = [row.name for row in self.rows_of_part]
        for pattern in patterns:
            if not fnmatch.filter(names, pattern):
                raise BadInput(f"grid {self.name} has no row {pattern!r}; it has {', '.join(names)}")
        kept = [name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]
        return replace(self, part=kept)


def seed_key(config: Mapping[str, Any]) -> str:
    """The key of a configuration under which its cell's seed stands."""
    return "seed_everything" if "seed_everything" in config else "seed"


def seeds_text(chosen: Sequence[int]) -> str:
    """Seeds as `--seeds` takes them: "5" for 1 to 5, "7-7" for one alone, else "7,9"."""
    if list(chosen) == list(range(1, len(chosen) + 1)):
        return str(len(chosen))
    return ",".join(map(str, chosen)) if len(chosen) > 1 else f"{chosen[0]}-{chosen[0]}"
