"""How long a claim's next run would take one core, judged by the records that are there."""

import itertools
from collections.abc import Sequence

from reports.catalogue import grid_at, scales_of_grid
from reports.claims.claim import Question
from reports.verdicts.records import Records
from repro.ledger.records.record import Record
from repro.ledger.running.estimates import MOST_RECORDS, seconds_by_similar


def core_seconds(question: Question, seeds: int, records: Records) -> float | None:
    """Seconds of one core for all runs of a question; None without its grid or a done record of its function there.

    Args:
        question: at one scale.
        seeds: how many of each row.
        records: all records; those of its own grid are preferred.
    """
    if question.scale not in scales_of_grid(question.grid):
        return None
    grid = grid_at(question.grid, question.scale)
    similar = _similar(question, grid.function, records)
    if not similar:
        return None
    rows = [row for row in grid.rows if question.published is not None or row.name in question.sides]
    configs = [{**row.config, "threads": 1} for row in rows]
    return seeds * seconds_by_similar(configs, similar)


def _similar(question: Question, function: str, records: Records) -> list[Record]:
    grids = sorted({grid for scale, grid, _ in records.index if scale == question.scale})
    others = [grid for grid in grids if _calls(grid, question.scale, function)]
    return _done(records, question.scale, [question.grid]) or _done(records, question.scale, others)


def _done(records: Records, scale: str, grids: Sequence[str]) -> list[Record]:
    """The first records of these grids that are done, in order of grid, row and seed."""
    rows = (runs for (at, grid, _), runs in sorted(records.index.items()) if at == scale and grid in grids)
    done = (stored.record for runs in rows for stored in runs.values() if stored.record.status == "done")
    return list(itertools.islice(done, MOST_RECORDS))


def _calls(grid: str, scale: str, function: str) -> bool:
    return scale in scales_of_grid(grid) and grid_at(grid, scale).function == function
