"""`repro suite`: every grid that a scale lists, to the last record, and what was measured."""

import shlex
import sys
from pathlib import Path

from repro.cli.grid_table import grid_table
from repro.cli.grids import grids_of, run_grid
from repro.ledger.plan import RETRY, RUN
from repro.ledger.scale import read_scale


def run_suite(scale: str, out: Path, jobs: int | None = None, retry: bool = False) -> int:
    """Run what is missing of a scale's suite, and print each grid's table; the status is 0 if every cell is done.

    `retry` also takes up cells that failed, diverged or ran out of time.
    """
    at = read_scale(scale)
    grids = grids_of(at)  # all of them are read before anything is started
    cells = sum(len(grid.cells()) for grid in grids)
    print(
        f"suite {scale}: {at.title}; {cells} cells in {len(grids)} grid{'s' if len(grids) > 1 else ''}", file=sys.stderr
    )
    command = ["repro", "suite", "--scale", scale, "--out", str(out)]
    all_done = True
    for grid in grids:
        plan = run_grid(grid, out, shlex.join(command), jobs, RETRY if retry else RUN)
        print(grid_table(plan))
        print(f"\nfiles: {out / grid.scale / grid.name}\n")
        all_done &= plan.count().keys() <= {"done"}
    if not all_done:
        print(
            "some cells are not done: the log in a cell's directory says why; --retry runs them again", file=sys.stderr
        )
    return 0 if all_done else 1
