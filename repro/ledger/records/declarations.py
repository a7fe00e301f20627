"""The declarations of metrics by the function that made the records."""

from collections.abc import Mapping, Sequence
from typing import Any

from repro.errors import BadInput
from repro.ledger.records.metric_values import value_of
from repro.ledger.records.record import Record
from repro.metric_declaration import MetricDeclaration, declared_metrics


def declared_of_records(function: str, records: Sequence[Record]) -> Sequence[MetricDeclaration] | None:
    """A function's declarations of the metrics in records of one configuration; the records may come from anyone.

    A time limit that ended none of the trainings had no effect, so their results do not depend on the machine.

    Args:
        function: "module:name".
        records: at least one; the first one's configuration counts.

    Returns:
        None where nothing is declared.
    """
    config = records[0].config
    if all(map(_made_all_updates, records)):
        config = {**config, "trainer": {**config["trainer"], "max_time": None}}
    try:
        return declared_metrics(function, config)
    except BadInput:
        return None


def _made_all_updates(record: Record) -> bool:
    trainer: Any = record.config.get("trainer")
    updates = trainer.get("max_steps") if isinstance(trainer, Mapping) else None
    return updates is not None and value_of(record, "train.updates") == updates
