"""What a grid's table says of tuning: the trials and their best, or by how many trials its rows were chosen."""

from repro.console.grid_display import duration
from repro.ledger.grid import Grid
from repro.ledger.plan import Plan
from repro.ledger.trials import TriedRow, tried
from repro.ledger.tuning import Tuned
from repro.table import Part, Table


def tuning_parts(plan: Plan) -> list[Part]:
    """Nothing of a grid that has to do with no trials."""
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
    parts: list[Part] = [Table(lines, ">" * len(lines[0])), f"{grid.tuning.trials} trials each; time so far: {cost}"]
    if all(row.best is not None for row in rows.values()):
        best = ", ".join(f"{name}: {row.best}" for name, row in zip(names, rows.values(), strict=True))
        parts.append(
            f"best by {grid.metric} (*); in the grid that compares them: tuned: {{by: {grid.name}, rows: {{{best}}}}}"
        )
    return parts


def _score(row: TriedRow, number: int) -> str:
    score = row.scores.get(number)
    return "-" if score is None else f"{score:.4g}{'*' if number == row.best else ''}"


def tuned_text(tuned: Tuned) -> str:
    """By which trials the rows of a grid were chosen, in a sentence."""
    chosen = ", ".join(
        f"{row} by trial {number}" if number is not None else f"{row} not chosen yet"
        for row, number in tuned.chosen.items()
    )
    return f"tuned in {tuned.trials} trials each on {tuned.metric} (grid {tuned.grid}): {chosen}"
