"""`repro suite`: runs every grid that a scale lists to the last record, and shows the results."""

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from repro.cli.budget import within
from repro.console.grid_runs import grids_of, run_grid
from repro.console.grid_table import grid_table
from repro.errors import BadInput
from repro.ledger.grids.grid import seeds_text
from repro.ledger.grids.scale import Portion, read_scale
from repro.ledger.running.plan import RETRY, RUN
from repro.streams import note, say


def run_suite(
    scale: str,
    out: Path,
    jobs: int | None = None,
    retry: bool = False,
    seeds: Sequence[int] | None = None,
    minutes: float | None = None,
) -> int:
    """Run what is missing of a scale's suite, and print each grid's table; the status is 0 if every cell is done.

    Args:
        scale, out: whose suite, and the directory of all runs.
        jobs: cells at a time; None: as many as have the cores for their threads.
        retry: also take up cells that failed, diverged or ran out of time.
        seeds: in place of those that the suite and its grids have.
        minutes: leave out grids that would not fit into so many on this machine; None: run all.

    Raises:
        BadInput: a scale or grid that cannot be used, options that exclude each other, or minutes into which nothing
            fits; nothing was started then.
    """
    at = read_scale(scale)
    left_out: Sequence[Portion] = ()
    if minutes is not None:
        if seeds is not None:
            raise BadInput("--minutes counts the seeds that the suite has; leave --seeds or --minutes out")
        fit, left_out, slowness = within(at, minutes, jobs)
        at = replace(at, grids=fit)
        note(f"a calibration takes {slowness:.1f} times as long here as where this suite was timed")
    if left_out:
        names = ", ".join(portion.grid for portion in left_out)
        note(f"too long for {minutes:g} minutes here, and left out: {names}; without --minutes, they run too")
    grids = grids_of(at, seeds)  # all of them are read before anything is started
    cells = sum(len(grid.cells()) for grid in grids)
    note(f"suite {scale}: {at.title}; {cells} cells in {len(grids)} grid{'' if len(grids) == 1 else 's'}")
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
        note("some cells are not done: the log in each cell's directory says why, and --retry runs them again")
    return 0 if all_done else 1
