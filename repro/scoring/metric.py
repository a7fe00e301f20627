"""A measured number, together with its exact definition.

The same hypotheses differ by two BLEU from one definition of BLEU to another (Post 2018, "A call for
clarity in reporting BLEU scores"), so a number never travels without its definition.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

WILSON: Mapping[str, Any] = {"method": "Wilson score interval", "level": 0.95}
"""How the interval of a share was made (`repro.scoring.exact_match.accuracy`), for a metric's details."""


def interval_description(level: float, resamples: int, seed: int) -> dict[str, Any]:
    """How a bootstrap interval was made, for a metric's details."""
    return {
        "method": "percentile bootstrap over sentences",
        "level": level,
        "resamples": resamples,
        "seed": seed,
    }


@dataclass(frozen=True)
class Metric:
    """One number with its definition.

    Attributes:
        name: names the definition, such as "bleu_compound"; two metrics of one name are defined alike.
        value: the number; None where there is no finite one (then `details["reason"]` says why).
        unit: what the number counts, such as "BLEU, 0 to 100".
        definition: what was measured, in one sentence.
        signature: sacreBLEU's, where sacreBLEU computed it.
        reference_tokens: how many tokens the references have under this definition. It belongs to the
            definition: a reference of another count was tokenised in another way, or is another text.
        interval: low and high end of the interval that `details["interval"]` describes.
        details: further plain data: n-gram precisions, counts, how the interval was made.
    """

    name: str
    value: float | None
    unit: str
    definition: str
    signature: str | None = None
    reference_tokens: int | None = None
    interval: tuple[float, float] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number in (self.value, *(self.interval or ())):
            if number is not None and not math.isfinite(number):
                raise ValueError(f"{self.name} is {number}, which JSON cannot hold: use None and give a reason")

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON: all but the name, under which a record files it."""
        return {
            "value": self.value,
            "unit": self.unit,
            "definition": self.definition,
            "signature": self.signature,
            "reference_tokens": self.reference_tokens,
            "interval": None if self.interval is None else list(self.interval),
            "details": dict(self.details),
        }

    @classmethod
    def from_record(cls, name: str, record: Mapping[str, Any]) -> "Metric":
        """The inverse of `as_record`."""
        interval = record.get("interval")
        return cls(
            name=name,
            value=record["value"],
            unit=record["unit"],
            definition=record["definition"],
            signature=record.get("signature"),
            reference_tokens=record.get("reference_tokens"),
            interval=None if interval is None else (interval[0], interval[1]),
            details=record.get("details", {}),
        )
