"""From numbers to metrics: each with its unit and definition, and a reason where there is no number."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from ablations.explanation.summaries import Bin
from repro.scoring.metric import Metric

WEIGHT_BINS = ("under_0.25", "under_0.5", "under_0.75", "above_0.75")
"""Names of `summaries.EDGES`' bins of the largest weight."""

TVD, JSD, TAU, SHARE, F1, AREA = "TVD", "JSD", "tau", "share", "F1", "area"
"""Units: total variation distance 0 to 1, Jensen-Shannon divergence in nats 0 to ln 2, tau -1 to 1, others 0 to 1."""


@dataclass
class Findings:
    """The findings of an experiment.

    Attributes:
        metrics: numbers with their definitions.
        details: for figures: plain data.
    """

    metrics: list[Metric]
    details: dict[str, Any] = field(default_factory=dict)


def metric(
    name: str,
    value: float,
    unit: str,
    definition: str,
    reason: str = "undefined for every text",
    *,
    texts: int | None = None,
) -> Metric:
    """A metric; a value that is not finite becomes None with a reason.

    Args:
        name, value, unit, definition: of the metric.
        reason: why there is no value, if there is none.
        texts: of how many texts the value is a share; None: of all that are looked into.
    """
    if math.isfinite(value):
        return Metric(name, float(value), unit, definition, details={} if texts is None else {"lines": texts})
    return Metric(name, None, unit, definition, details={"reason": reason})


def metrics_of_bins(name: str, bins: Iterable[Bin], unit: str, definition: str) -> list[Metric]:
    """The mean of each bin of largest weights; a bin without texts has none."""
    return [
        metric(
            f"{name}.{label}",
            of_bin.summary.mean,
            unit,
            f"{definition}; largest weight {label.replace('_', ' ')}",
            "no text has such a largest weight",
        )
        for label, of_bin in zip(WEIGHT_BINS, bins, strict=True)
    ]


def plain(values: Tensor) -> list[Any]:
    """Numbers for JSON, rounded to what can be drawn; None where undefined."""
    if values.dim() > 1:
        return [plain(row) for row in values]
    numbers = values.tolist()
    return [round(number, 5) if math.isfinite(number) else None for number in map(float, numbers)]
