"""Tuning in a grid's table: its trials and the best ones, or the trials that chose its rows."""

from repro.duration import duration
from repro.ledger.comparing.trials import TriedRow, tried
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.tuning import Tuned
from repro.ledger.running.plan import Plan
from repro.table import Part, Table


def tuning_parts(plan: Plan) -> list[Part]:
    """The tables and sentences on a grid's trials; empty if it has none."""
    grid = plan.grid
    if grid.tuning is not None:
        return _trials_parts(grid, tried(grid, plan.records()))
    return [] if grid.tuned is None else [tuned_text(grid.tuned)]


def _trials_parts(grid: Grid, rows: dict[str, TriedRow]) -> list[Part]:
    assert grid.tuning is not None
    names = [name or "all" for name in rows]
    lines = [["trial", *grid.tuning.space, *(f"{grid.metric} of {name}" for name in names)]]
    for label, settings in grid.tuning.settings().items():
        scores = [_score(row, int(label)) for row in rows.values()]
        lines.append([label, *(str(value) for value in settings.values()), *scores])
    cost = ", ".join(f"{name} {duration(row.seconds)}" for name, row in zip(names, rows.values(), strict=True))
    parts: list[Part] = [
        Table(lines, ">" * len(lines[0])),
        f"{grid.tuning.trials} trials of each row; time so far: {cost}",
    ]
    if all(row.best is not None for row in rows.values()):
        best = ", ".join(f"{name}: {row.best}" for name, row in zip(names, rows.values(), strict=True))
        parts.append(
            f"* is best by {grid.metric}. In the other grid, write: tuned: {{by: {grid.name}, rows: {{{best}}}}}"
        )
    return parts


def _score(row: TriedRow, number: int) -> str:
    score = row.scores.get(number)
    return "-" if score is None else f"{score:.4g}{'*' if number == row.best else ''}"


def tuned_text(tuned: Tuned) -> str:
    """A sentence on the trials that chose the settings of a grid's rows."""
    chosen = ", ".join(
        f"{row} uses trial {number}" if number is not None else f"{row} has no trial chosen yet"
        for row, number in tuned.chosen.items()
    )
    return f"rows tuned in {tuned.trials} trials each by {tuned.metric} (grid {tuned.grid}): {chosen}"
