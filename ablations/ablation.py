"""An ablation for Python programs: a grid at a scale, planned, run and read as tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ablations.launching import launch
from ablations.show.by_metric import by_metric
from repro.console.grid_runs import default_jobs
from repro.errors import BadInput
from repro.ledger.comparing.comparison import RowResult, compare
from repro.ledger.grids.grid import MOST_SEEDS, Grid, seeds_text
from repro.ledger.grids.grid_content import grid_content, grid_files, grid_path, scales_of
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale
from repro.ledger.records.metric_values import value_of
from repro.ledger.records.published_cells import PublishedCells
from repro.ledger.running.plan import RUN, Plan, plan
from repro.paths import expanded
from repro.tidy_table import Row, Table


def list_grids() -> Table:
    """The shipped grids: name, scales and title."""
    return Table(
        {"grid": name, "scales": scales_of(path), "title": str(grid_content(path).get("title", ""))}
        for name, path in sorted(grid_files().items())
    )


def load_grid(
    grid: str | Path,
    scale: str | Path = "builtin",
    *,
    rows: str | Sequence[str] | None = None,
    seeds: int | Sequence[int] | None = None,
    out: str | Path = "runs",
    published: str | Path | Sequence[str | Path] = (),
) -> "Ablation":
    """A grid at a scale, with whatever has been run of it.

    Args:
        grid: a shipped grid's name, or a YAML file.
        scale: where it runs: a shipped scale's name, or a YAML file.
        rows: only these, in a list or separated by commas; * and ? stand for anything. None: all.
        seeds: how many, or which, in place of the grid's.
        out: the folder of all runs.
        published: folders of published records, whose cells count as done.

    Raises:
        BadInput: there is no such grid, scale, row or folder, or the file is wrong.
    """
    chosen = read_grid(grid_path(str(grid)), read_scale(str(scale)), _seeds(seeds))
    if rows is not None:
        chosen = chosen.only(rows.split(",") if isinstance(rows, str) else list(rows))
    folders = [published] if isinstance(published, str | Path) else published
    cells = PublishedCells([expanded(str(folder)) for folder in folders])
    return Ablation(
        grid=chosen,
        source=str(grid),
        scale=str(scale),
        out=expanded(str(out)),
        published=cells,
        some_rows=rows is not None,
        some_seeds=seeds is not None,
    )


def _seeds(seeds: int | Sequence[int] | None) -> Sequence[int] | None:
    if seeds is None:
        return None
    numbers = range(1, seeds + 1) if type(seeds) is int else seeds
    if not isinstance(numbers, Sequence) or not 0 < len(numbers) <= MOST_SEEDS or any(map(_is_no_seed, numbers)):
        raise BadInput(
            f"seeds is {seeds!r}; it must be a number from 1 to {MOST_SEEDS:,}, or a list of so many numbers"
        )
    return list(numbers)


def _is_no_seed(value: object) -> bool:
    return type(value) is not int or value < 0


@dataclass(frozen=True)
class Ablation:
    """A grid at a scale, and where its runs are.

    Attributes:
        grid: its rows with their configurations, its seeds, and the metrics that it compares.
        source, scale: the names or files that were given for the grid and its scale.
        out: the folder of all runs.
        published: cells that others have finished.
        some_rows, some_seeds: whether rows or seeds were chosen.
    """

    grid: Grid
    source: str
    scale: str
    out: Path
    published: PublishedCells
    some_rows: bool = False
    some_seeds: bool = False

    def __repr__(self) -> str:
        rows = [row.name for row in self.grid.rows_of_part]
        return f"Ablation({self.grid.name!r}, scale={self.grid.scale!r}, rows={rows})"

    def plan(self) -> Table:
        """One row a cell: what it is, its state ("done", "missing", ...), and how long it took.

        Raises:
            BadInput: a published record that is needed and cannot be used.
        """
        return Table(
            {
                "row": planned.cell.row,
                "seed": planned.cell.seed,
                "state": planned.state,
                "published": planned.published,
                "seconds": None if planned.record is None else planned.record.seconds,
                "cell": planned.cell.id,
                "directory": str(planned.directory),
            }
            for planned in self._plan().cells
        )

    def expected_seconds(self, jobs: int | None = None) -> float | None:
        """What is left will take about so long; None: nothing is known of such cells.

        Args:
            jobs: cells at a time; None: as many as have the cores for their threads.
        """
        planned = self._plan()
        estimate = planned.estimate(planned.tasks(RUN), jobs or default_jobs(self.grid))
        return None if estimate is None else estimate.seconds

    def run(self, jobs: int | None = None, *, retry: bool = False) -> Table:
        """Run what is missing, as `ablate run` does, in a process of its own; the results.

        Args:
            jobs: cells at a time; None: as many as have the cores for their threads.
            retry: also what failed, diverged or ran out of time.

        Raises:
            BadInput: a configuration that cannot be run.
        """
        grid = self.grid
        options = ["--scale", self.scale, "--out", str(self.out)]
        if self.some_rows:
            options += ["--rows", ",".join(row.name for row in grid.rows_of_part)]
        if self.some_seeds:
            options += ["--seeds", seeds_text(grid.seeds)]
        if jobs is not None:
            options += ["--jobs", str(jobs)]
        for folder in self.published.folders:
            options += ["--from", str(folder)]
        launch(["retry" if retry else "run", self.source, *options])
        return self.results()

    def results(self, metric: str | None = None) -> Table:
        """One row a row of the grid: its mean, and its difference from the base with interval, p and finding.

        Args:
            metric: one that was recorded; None: the grid's own.

        Returns:
            Rows with the keys row, base, runs, the metric's name and those of further columns of the grid, difference,
            low, high, p, finding, detectable (the smallest true difference found with 80% power), open_because and
            paper (the difference that a paper prints). What does not apply is None.

        Raises:
            BadInput: no finished record has the metric.
        """
        planned = self._plan() if metric is None else by_metric(self._plan(), metric)
        columns = list(planned.grid.columns)
        return Table(_result(compared, columns) for compared in compare(planned.grid, planned.records()))

    def measurements(self) -> Table:
        """One row a finished cell: row, seed, cell, what it varies along each axis, and every metric by its name."""
        done = [planned for planned in self._plan().cells if planned.record is not None and planned.state == "done"]
        coordinates = {row.name: row.coordinates for row in self.grid.rows}
        records = [planned.record for planned in done if planned.record is not None]
        metrics = list(dict.fromkeys(name for record in records for name in record.metrics))
        return Table(
            {
                "row": record.row,
                "seed": record.seed,
                "cell": record.cell,
                **coordinates[record.row],
                **{name: value_of(record, name) for name in metrics},
            }
            for record in records
        )

    def _plan(self) -> Plan:
        return plan(self.grid, self.out, self.published)


def _result(result: RowResult, columns: Sequence[str]) -> Row:
    difference, finding = result.difference, result.finding
    values = list(result.values.values())
    mean = sum(values) / len(values) if values else None
    return {
        "row": result.name,
        "base": result.base,
        "runs": len(values),
        **{name: result.means.get(name, mean) for name in columns},
        "difference": None if difference is None else difference.estimate,
        "low": None if difference is None else difference.low,
        "high": None if difference is None else difference.high,
        "p": None if finding is None else finding.p_difference,
        "finding": None if finding is None else finding.decision,
        "detectable": None if difference is None else difference.smallest_detectable,
        "open_because": result.open_because,
        "paper": result.published,
    }
