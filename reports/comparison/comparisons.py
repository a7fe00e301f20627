"""Numbers or a record beside the published runs of one configuration, metric by metric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reports.comparison.placement import Placement
from reports.comparison.references import Reference
from repro.errors import BadInput, hint
from repro.ledger.comparing.comparability import is_timed, unlike
from repro.ledger.records.metric_values import value_of
from repro.ledger.records.record import Record

MACHINE = "it depends on the machine"
"""Why no time or speed is compared."""


@dataclass(frozen=True)
class Comparison:
    """A number, or the numbers of one run, beside the published runs of the reference.

    Attributes:
        name: what it is called.
        reference: the published runs, without the one of the record's own seed; None if none has its configuration.
        placements: one for each metric.
        not_compared: metric -> why it is not compared.
        same_seed: metric -> its value in the published run with the record's own seed.
    """

    name: str
    reference: Reference | None
    placements: Sequence[Placement] = ()
    not_compared: Mapping[str, str] = field(default_factory=dict)
    same_seed: Mapping[str, float] = field(default_factory=dict)

    @property
    def outside(self) -> Sequence[Placement]:
        """The numbers that lie outside their interval."""
        return [it for it in self.placements if it.finding in ("below", "above")]


def compare_numbers(name: str, numbers: Mapping[str, float], reference: Reference) -> Comparison:
    """Place numbers of which only the metric is known.

    Args:
        name: what the numbers are called.
        numbers: metric -> value.

    Raises:
        BadInput: no published run has a metric.
    """
    records = list(reference.records.values())
    known = sorted({metric for record in records for metric in record.metrics})
    for metric in numbers:
        if metric not in known:
            raise BadInput(f"no published run of {reference.name} has {metric}; {hint(metric, known)}")
    why = {metric: _not_placed(metric, [], reference) for metric in numbers}
    return _comparison(name, numbers, reference, why)


def compare_record(name: str, record: Record, reference: Reference, metrics: Sequence[str]) -> Comparison:
    """Place the numbers of a finished run beside other runs of its configuration.

    Args:
        name: what it is called.
        metrics: the record's metrics that are compared.
    """
    same, others = reference.records.get(record.seed), reference.without(record.seed)
    why = {metric: _not_compared(metric, record, others) for metric in metrics}
    numbers = {metric: float(record.metrics[metric]["value"]) for metric in metrics if why[metric] is None}
    same_seed = (
        {} if same is None else {metric: value for metric in numbers if (value := _value(same, metric)) is not None}
    )
    return _comparison(name, numbers, others, why, same_seed)


def _comparison(
    name: str,
    numbers: Mapping[str, float],
    reference: Reference,
    why: Mapping[str, str | None],
    same_seed: Mapping[str, float] | None = None,
) -> Comparison:
    placements = [_placement(metric, number, reference) for metric, number in numbers.items() if why[metric] is None]
    refused = {metric: reason for metric, reason in why.items() if reason is not None}
    return Comparison(name, reference, placements, refused, same_seed or {})


def _not_compared(metric: str, record: Record, others: Reference) -> str | None:
    """Why a metric of a record cannot be set beside that of the others; None if it can."""
    if _value(record, metric) is None:
        return "it has no value in this run"
    return _not_placed(metric, [record], others)


def _not_placed(metric: str, own: Sequence[Record], published: Reference) -> str | None:
    """Why a metric, as one's own records have it, cannot be set beside the published runs; None if it can."""
    having = [it for it in published.records.values() if _value(it, metric) is not None]
    if not having:
        return f"no {'other ' if own else ''}published run has a value of it"
    return MACHINE if is_timed([*own, *having], metric) else unlike([*own, *having], metric)


def _placement(metric: str, number: float, reference: Reference) -> Placement:
    values = {
        seed: value for seed, record in reference.records.items() if (value := _value(record, metric)) is not None
    }
    described = reference.records[next(iter(values))].metrics[metric]
    declared = reference.declared(metric)
    ends = (None, None) if declared is None else (declared.low, declared.high)
    exact = declared is not None and declared.exact and not declared.timed
    return Placement(metric, number, values, str(described["unit"]), str(described["definition"]), ends, exact)


def _value(record: Record, metric: str) -> float | None:
    value = value_of(record, metric)
    return None if value is None else float(value)
