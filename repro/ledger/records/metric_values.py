"""One metric in records: the value of each record, and the values over seeds."""

from collections.abc import Mapping

from repro.json_file import is_number
from repro.ledger.records.record import Record


def value_of(record: Record, metric: str) -> float | None:
    """The number as it was recorded; None where the record has no such metric, or the metric has no value."""
    value = record.metrics.get(metric, {}).get("value")
    return value if is_number(value) else None


def metric_values(records: Mapping[int, Record], metric: str) -> dict[int, float]:
    """Seed -> value, over the records that are done and have one."""
    values = {seed: value_of(record, metric) for seed, record in records.items() if record.status == "done"}
    return {seed: float(value) for seed, value in values.items() if value is not None}
