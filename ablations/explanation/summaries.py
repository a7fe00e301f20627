"""Summaries of values of instances: over all of them, by class, and by the size of the largest weight."""

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

EDGES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Of the bins of largest weights, by which both papers draw their violins; the last one holds 1, too."""


@dataclass(frozen=True)
class Summary:
    """Of values of which some may be undefined. NaN where nothing is defined.

    Attributes:
        mean, deviation, median: of the defined values; the deviation is divided by their count.
        count: how many are defined.
        undefined: how many are not.
    """

    mean: float
    deviation: float
    median: float
    count: int
    undefined: int

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Bin:
    """Instances whose largest weight is at least `low` and under `high`.

    Attributes:
        low, high: its edges.
        values: of the instances in it, for drawing.
        summary: of them.
    """

    low: float
    high: float
    values: Tensor
    summary: Summary

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON, without the values."""
        return {"low": self.low, "high": self.high, **self.summary.as_record()}


def summarise(values: Tensor) -> Summary:
    """(B) values, NaN where undefined; those are counted apart, never averaged."""
    defined = values[~values.isnan()].double()
    if not len(defined):
        return Summary(torch.nan, torch.nan, torch.nan, 0, len(values))
    return Summary(
        mean=defined.mean().item(),
        deviation=defined.std(correction=0).item(),
        median=median(defined, dim=0).item(),
        count=len(defined),
        undefined=len(values) - len(defined),
    )


def by_largest_weight(values: Tensor, largest: Tensor) -> list[Bin]:
    """Bin (B) values by (B) largest weights."""
    bins = []
    for low, high in pairwise(EDGES):
        inside = (largest >= low) & (largest < high if high < 1 else largest <= torch.inf)
        bins.append(Bin(low, high, values[inside], summarise(values[inside])))
    return bins


def of_classes(predicted: Tensor, classes: int) -> dict[str, Tensor]:
    """Name -> (B) boolean, which instances: "all", and of each predicted class, by its number.

    By prediction and not by label: the first paper's tables split so (its code, common_code/plotting.py).
    """
    everything = torch.ones_like(predicted, dtype=torch.bool)
    return {"all": everything, **{str(number): predicted == number for number in range(classes)}}


def median(values: Tensor, dim: int) -> Tensor:
    """The mean of the two middle values if their number is even, where torch takes the lower one."""
    ordered = values.sort(dim=dim).values
    count = ordered.shape[dim]
    middle = ordered.narrow(dim, (count - 1) // 2, 1 + (count + 1) % 2)
    return middle.mean(dim=dim)
