"""`repro suite`: every grid that a scale lists, to the last record, and what was measured."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from repro.cli.grid_table import grid_table
from repro.cli.grids import grids_of, run_grid
from repro.cli.numbers import seeds_text
from repro.ledger.plan import RETRY, RUN
from repro.ledger.scale import read_scale
from repro.streams import say


def run_suite(
    scale: str, out: Path, jobs: int | None = None, retry: bool = False, seeds: Sequence[int] | None = None
) -> int:
    """Run what is missing of a scale's suite, and print each grid's table; the status is 0 if every cell is done.

    Args:
        scale, out: whose suite, and the directory of all runs.
        jobs: cells at a time; None: as many as have the cores for their threads.
        retry: also take up cells that failed, diverged or ran out of time.
        seeds: in place of those that the suite and its grids have.

    Raises:
        BadInput: a scale or grid that cannot be used; nothing was started then.
    """
    at = read_scale(scale)
    grids = grids_of(at, seeds)  # all of them are read before anything is started
    cells = sum(len(grid.cells()) for grid in grids)
    print(
        f"suite {scale}: {at.title}; {cells} cells in {len(grids)} grid{'s' if len(grids) > 1 else ''}", file=sys.stderr
    )
    command = ["repro", "suite", "--scale", scale, "--out", str(out)]
    if seeds is not None:
        command += ["--seeds", seeds_text(seeds)]
    all_done = True
    for grid in grids:
        plan = run_grid(grid, out, shlex.join(command), jobs, RETRY if retry else RUN)
        say(grid_table(plan))
        print(f"\nfiles: {out / grid.scale / grid.name}\n")
        all_done &= plan.count().keys() <= {"done"}
    if not all_done:
        print(
            "some cells are not done: the log in a cell's directory says why; --retry runs them again", file=sys.stderr
        )
    return 0 if all_done else 1
