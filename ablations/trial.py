"""A trial run of a grid: a few updates of every cell, to check that it works. Its results prove nothing."""

from dataclasses import replace
from typing import Any

from repro.errors import BadInput
from repro.ledger.grids.cell import merge
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.parameters import leaves, nested, value_at

UPDATES = ("trainer.max_steps", "trainer.val_check_interval", "checkpoints.every_n_steps")
LINES = "decoding.lines"


def trial_of(grid: Grid, limit: int) -> Grid:
    """The grid with so many updates a cell, after which as many lines of each split are translated.

    Its cells have ids of their own, so that they stand beside those of the whole grid. Nothing is judged by them, since
    no score is of a whole test set.

    Raises:
        BadInput: the grid's cells train nothing.
    """
    rows = []
    for row in grid.rows:
        names = set(leaves(row.config))
        if not names.issuperset((*UPDATES, LINES)):
            raise BadInput(f"--limit shortens training, but a cell of {grid.name} trains nothing; leave it out")
        limits = [nested(name, _at_most(value_at(row.config, name), limit)) for name in UPDATES]
        rows.append(replace(row, config=merge(row.config, *limits, nested(LINES, limit))))
    return replace(grid, rows=rows)


def _at_most(value: Any, limit: int) -> Any:
    """Steps are numbers, -1 for no end, or None; an interval may also be a share of an epoch, which stays."""
    if isinstance(value, float):
        return value
    return limit if value is None or value < 0 else min(value, limit)
