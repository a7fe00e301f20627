"""How long a claim's next run would take one core, judged by the records that are there."""

from reports.catalogue import grid_at, scales_of_grid
from reports.claims.claim import Question
from reports.verdicts.records import Records
from repro.ledger.estimates import MOST_RECORDS, seconds_by_similar
from repro.ledger.record import Record


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
    done = [
        stored.record
        for stored in records.counted
        if stored.record.status == "done" and stored.record.scale == question.scale
    ]
    own = [record for record in done if record.grid == question.grid]
    others = [record for record in done if _calls(record, function)]
    return (own or others)[:MOST_RECORDS]


def _calls(record: Record, function: str) -> bool:
    return record.scale in scales_of_grid(record.grid) and grid_at(record.grid, record.scale).function == function
