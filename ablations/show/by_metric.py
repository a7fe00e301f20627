"""A grid's plan with its rows compared by another metric that its records have."""

import re
from dataclasses import replace

from repro.errors import BadInput, hint
from repro.ledger.grids.grid import Grid
from repro.ledger.running.plan import Plan
from repro.metric_declaration import MetricDeclaration, declaration_of, declared_metrics


def by_metric(planned: Plan, metric: str) -> Plan:
    """The same plan, of a grid that compares by `metric` first.

    It also compares by all that the grid itself does, so that p values are corrected for these questions, too.
    Its margin is the one that the grid gives for this metric, if any, so that nobody chooses one after looking. What
    the grid requires of its base still holds. A paper's figures belong to the grid's own metric, and are left out.

    Raises:
        BadInput: no finished record has the metric.
    """
    grid = planned.grid
    own = next((measure for measure in grid.measures if measure.metric == metric), None)
    if own is not None and metric == grid.metric:
        return planned
    finished = [record for runs in planned.records().values() for record in runs.values() if record.status == "done"]
    if not finished:
        raise BadInput(f"{grid.name} has no finished record yet, and --metric needs one; run the grid first")
    measured = {name for record in finished for name in record.metrics}
    if metric not in measured:
        raise BadInput(f"no finished record of {grid.name} has {metric}; {hint(metric, measured)}")
    if own is None:
        declaration = _declaration(grid, metric)
        chosen = replace(grid, metric=metric, better=declaration.better, margin=None)
    else:
        chosen = replace(grid, metric=metric, better=own.better, margin=own.margin)
    columns = {metric: grid.columns.get(metric, metric)}
    others = [measure for measure in grid.measures if measure.metric != metric]
    return replace(planned, grid=replace(chosen, columns=columns, also=others, published=None))


def caution(grid: Grid) -> str:
    """A warning for readers of a table by a timed metric; empty for other metrics, or cells that ran alone."""
    if all(grid.runs_alone(row.name) for row in grid.rows) or not _declaration(grid, grid.metric).timed:
        return ""
    return (
        f"{grid.metric} depends on what else ran on the machine, but cells of {grid.name} do not run alone; "
        "differences may be due to that"
    )


def _declaration(grid: Grid, metric: str) -> MetricDeclaration:
    declared = [declaration for row in grid.rows for declaration in declared_metrics(grid.function, row.config) or ()]
    return declaration_of(declared, metric) or MetricDeclaration(re.escape(metric))
