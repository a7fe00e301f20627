"""Compares a repeated cell with its record, metric by metric, and lists all other differences between the two.

equal              the same number, to the last bit
within the spread  another one, where both lie in the 95% prediction interval of the row's other seeds, three at least
off                another one, where one of the two lies outside it, or there are too few other seeds
not compared       it depends on the machine, or is not the same measurement any more
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from repro.ledger.comparing.comparability import TIMED, unlike
from repro.ledger.grids.cell import first_difference
from repro.ledger.records.metric_values import value_of
from repro.ledger.records.record import Record
from repro.metric_declaration import MetricDeclaration, declaration_of

if TYPE_CHECKING:  # SciPy takes a second, and equal numbers need none of it
    from repro.statistics import Prediction

Finding = Literal["equal", "within the spread", "off", "not compared"]
AGREE: tuple[Finding, ...] = ("equal", "within the spread")

LEAST_OTHERS = 3
"""Other seeds of the row without which nothing is known of the spread."""


@dataclass(frozen=True)
class Compared:
    """One metric of a record and of its repetition.

    Attributes:
        metric: its name.
        finding: what comes of the comparison.
        before, after: the record's value and the repetition's; None where there is none.
        deviations: their difference, in standard deviations of the row's other seeds; None where these have none.
        why: why it is not compared; empty where it is.
        spread_unknown: whether it is off only because there are too few other seeds to know the spread.
    """

    metric: str
    finding: Finding
    before: float | None
    after: float | None
    deviations: float | None = None
    why: str = ""
    spread_unknown: bool = False


@dataclass(frozen=True)
class Differing:
    """Something other than the numbers in which a record and its repetition differ.

    Attributes:
        name: such as "torch" or "cpu".
        before, after: of the record and of the repetition, as text.
    """

    name: str
    before: str
    after: str


def compare_metrics(
    record: Record, again: Record, others: Iterable[Record], declared: Iterable[MetricDeclaration] | None
) -> list[Compared]:
    """Compare each metric of a record with that of its repetition.

    Args:
        record, again: both done.
        others: records of the row's other seeds, of the same configuration.
        declared: what the cell's function declares of its metrics; None: nothing.
    """
    declared, others = tuple(declared or ()), tuple(others)
    return [_compared(name, record, again, others, declaration_of(declared, name)) for name in record.metrics]


def _compared(
    name: str, record: Record, again: Record, others: Iterable[Record], declared: MetricDeclaration | None
) -> Compared:
    before, after = _value(record, name), _value(again, name)
    why = _not_compared(name, record, again, declared)
    if why is not None:
        return Compared(name, "not compared", before, after, why=why)
    values = [
        value
        for other in others
        if (value := _value(other, name)) is not None and unlike([record, other], name) is None
    ]
    return compared_values(name, before, after, values)


def compared_values(name: str, before: float | None, after: float | None, others: Sequence[float]) -> Compared:
    """Compare one value with that of a repetition.

    Args:
        name: of what it is.
        before, after: the recorded value and the repetition's; None where there is none.
        others: those of the row's other seeds.
    """
    if before == after:
        return Compared(name, "equal", before, after)
    if before is None or after is None:
        return Compared(name, "off", before, after)
    if len(others) < LEAST_OTHERS:
        return Compared(name, "off", before, after, spread_unknown=True)
    interval = _prediction(others)
    deviations = (after - before) / interval.deviation if interval.deviation else None
    inside = all(interval.low <= value <= interval.high for value in (before, after))  # or a wrong record would pass
    return Compared(name, "within the spread" if inside else "off", before, after, deviations)


def _not_compared(name: str, record: Record, again: Record, declared: MetricDeclaration | None) -> str | None:
    if name not in again.metrics:
        return "not measured any more"
    if record.metrics[name]["unit"] in TIMED or (declared is not None and declared.timed):
        return "depends on the machine"
    return unlike([record, again], name)


def _value(record: Record, name: str) -> float | None:
    return value_of(record, name) if record.status == "done" else None


def _prediction(values: Sequence[float]) -> "Prediction":
    from repro.statistics import prediction_interval

    return prediction_interval(values)


def differing(record: Record, again: Record) -> list[Differing]:
    """In which versions, hardware, code and data a record and its repetition differ."""
    pairs = [
        (name, record.versions.get(name), again.versions.get(name)) for name in {**record.versions, **again.versions}
    ]
    pairs += [(key, record.hardware.get(key), again.hardware.get(key)) for key in ("cpu", "cores", "gpus")]
    pairs.append(("code", record.code, again.code))
    data = first_data_difference(record.data, again.data)
    if data is not None:
        pairs.append((f"data: {data[0]}", data[1], data[2]))
    return [Differing(name, _text(before), _text(after)) for name, before, after in pairs if before != after]


def first_data_difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, Any, Any] | None:
    """The first key, within lists too, in which two records' data differ, with both values; None if they are equal."""
    return first_difference(_indexed(before), _indexed(after))


def _indexed(data: Any) -> Any:
    """Nested data with numbers as keys in place of lists, so that a difference within one is found."""
    if isinstance(data, list):
        data = dict(enumerate(data))
    return {str(key): _indexed(value) for key, value in data.items()} if isinstance(data, Mapping) else data


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, Mapping):
        return "{...}"
    return "-" if value is None else str(value)
