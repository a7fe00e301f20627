"""Runs that have no value because they went badly: that diverged, or did not come to the goal whose time is asked for.

To leave them out would compare the lucky ones. So pairs are compared by sign (Dixon and Mood 1946): a run that is lost
is worse than any that is not, by whatever measures quality. Of other metrics, such as a speed, it says nothing.
"""

from collections.abc import Mapping
from typing import Literal

from reports.verdicts.records import StoredRecord
from repro.ledger.records.metric_values import metric_values, value_of

Runs = Mapping[int, StoredRecord]


def fate(metric: str) -> str:
    """What became of runs that are lost, as a verb."""
    return "diverged or missed the goal" if metric.startswith("goal.") else "diverged"


def is_lost(run: StoredRecord, metric: str) -> bool:
    """Whether a run has no value of the metric because it went badly."""
    record = run.record
    missed = metric.startswith("goal.") and metric in record.metrics and value_of(record, metric) is None
    return record.status == "diverged" or (record.status == "done" and missed)


def lost_pairs(row: Runs, base: Runs, metric: str) -> set[int]:
    """Seeds that both sides have and at least one of them has lost."""
    return {seed for seed in row.keys() & base.keys() if any(is_lost(side[seed], metric) for side in (row, base))}


def lost_without_partner(row: Runs, base: Runs, metric: str) -> int:
    """How many runs are lost whose seed the other side does not have, so that no pair shows it."""
    return sum(
        is_lost(run, metric) for seed, run in (*row.items(), *base.items()) if not (seed in row and seed in base)
    )


def signs_of(
    row: Runs, base: Runs, metric: str, stated: Literal["higher", "lower"], better: Literal["higher", "lower"]
) -> dict[int, int]:
    """Seed -> 1 where the row lies on the stated side of the base, -1 on the other, 0 for a tie.

    Args:
        row, base: seed -> run; what is neither lost nor has a value is left out.
        metric: one that measures quality.
        stated: the side of the row that is asked about.
        better: which side of the metric is better.
    """
    signs = {}
    for seed in sorted(row.keys() & base.keys()):
        lost = [is_lost(side[seed], metric) for side in (row, base)]
        ours, theirs = (metric_values({seed: side[seed].record}, metric).get(seed) for side in (row, base))
        if any(lost):
            difference = (lost[1] - lost[0]) * (1.0 if better == "higher" else -1.0)
        elif ours is not None and theirs is not None:
            difference = ours - theirs
        else:
            continue
        toward = difference if stated == "higher" else -difference
        signs[seed] = int(toward > 0) - int(toward < 0)
    return signs
