"""A sentence on translations that BLEU penalises for their length."""

from collections.abc import Mapping

from reports.numbers import percent
from repro.ledger.comparing.brevity import brevities
from repro.ledger.grids.grid import Grid
from repro.ledger.records.record import Record


def brevity_note(grid: Grid, runs: Mapping[str, Mapping[int, Record]], texts: Mapping[str, str]) -> str | None:
    """Each row's length, and its BLEU without the penalty; None if no row's translations are too short."""
    found = brevities(runs, grid.metric)
    if not found:
        return None
    rows = [
        f"{row.name} {percent(found[row.name].length)}, {found[row.name].unpenalised:.1f}"
        for row in grid.rows
        if row.name in found
    ]
    return texts["brevity"].format(rows="; ".join(rows))
