"""What the figures read from records. Details have no fixed form: what is not as expected counts as absent."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from reports.catalogue import by_authority
from reports.verdicts.records import Records
from repro import statistics
from repro.ledger.grids.cell import TRAINING
from repro.ledger.records.record import Record
from repro.metric_declaration import metric_name


@dataclass(frozen=True)
class Mean:
    """A mean over seeds.

    Attributes:
        value: the mean.
        low, high: Student's t interval of 95%; None of a single seed.
        n: how many seeds.
    """

    value: float
    low: float | None
    high: float | None
    n: int


def called(metric: str, language: str = "en") -> str:
    """What a metric of a training is called; its key where no training measures it."""
    return metric_name(TRAINING, metric, language)


def threads_text(records: Iterable[Record]) -> str:
    """The numbers of threads that runs were given, to follow their machine; empty where no configuration says it."""
    given = [record.config.get("threads") for record in records]
    numbers = sorted({str(threads) for threads in given if threads is not None})
    return f", {' or '.join(numbers)} {'thread' if numbers == ['1'] else 'threads'}" if numbers else ""


def scales_of(records: Records, grid: str) -> list[str]:
    """The scales at which a grid has a record that is done, the most authoritative first."""
    return by_authority(
        sorted({it.record.scale for it in records.counted if it.record.grid == grid and it.record.status == "done"})
    )


def rows_of(records: Records, grid: str, scale: str) -> dict[str, dict[int, Record]]:
    """Row -> seed -> record, done or not, in the order of the rows' names."""
    rows: dict[str, dict[int, Record]] = {}
    for stored in records.counted:
        record = stored.record
        if (record.grid, record.scale) == (grid, scale):
            rows.setdefault(record.row, {})[record.seed] = record
    return dict(sorted(rows.items()))


def done(runs: Mapping[int, Record]) -> dict[int, Record]:
    """Those that ended well."""
    return {seed: record for seed, record in sorted(runs.items()) if record.status == "done"}


def over_seeds(values: Mapping[int, float]) -> Mean | None:
    """The mean of a value over seeds; None without any."""
    mean = statistics.difference(values, dict.fromkeys(values, 0.0))  # a difference from nothing is the mean
    return None if mean.estimate is None else Mean(mean.estimate, mean.low, mean.high, mean.n)


def number(value: Any) -> float | None:
    """A finite number; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def positive(value: Any) -> float | None:
    """A finite number above 0; None for anything else."""
    finite = number(value)
    return finite if finite is not None and finite > 0 else None


def mapping(value: Any) -> Mapping[str, Any]:
    """A mapping; empty for anything else."""
    return value if isinstance(value, dict | Mapping) else {}  # dict first: most are, and the other takes longer


def entries(value: Any) -> list[Mapping[str, Any]]:
    """The mappings in a list; none for anything else."""
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list | tuple) else []


def thinned(points: Iterable[Any], most: int) -> list[Any]:
    """At most so many of the points, evenly spread, the first and the last among them."""
    kept = list(points)
    if len(kept) <= most:
        return kept
    return [kept[round(place * (len(kept) - 1) / (most - 1))] for place in range(most)]
