"""How long a cell took."""

from repro.ledger.records.metric_values import value_of
from repro.ledger.records.record import Record


def time_spent(record: Record) -> float:
    """Seconds of the whole cell, interrupted parts included; at least those of its training.

    Until version 0.2.0, `seconds` of a record left out the parts that were interrupted; those of training never did.
    """
    return max(record.seconds, value_of(record, "train.seconds") or 0.0)
