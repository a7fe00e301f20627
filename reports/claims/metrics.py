"""Which metrics a cell's record can define, by what its function declares of them; and the ranges of units.

A claim that names another metric would wait for it forever. `tests/reports/claims/test_metrics.py` holds the
declarations against records that were really made.
"""

import math
import re
from collections.abc import Mapping

from repro.ledger.grids.grid import Grid, Row
from repro.metric_declaration import MetricDeclaration, declaration_of, declared_metrics

UNITS: Mapping[str, tuple[float, float]] = {
    "BLEU": (0, 100),
    "F1 %": (0, 100),
    "F1": (0, 1),
    "accuracy": (0, 1),
    "probability": (0, 1),
    "share": (0, 1),
    "tau": (-1, 1),
    "JSD": (0, math.log(2)),
    "TVD": (0, 1),
    "perplexity": (1, 1000),
    "per wordpiece": (1, 1000),
    "millions": (0, 10_000),
    "FLOPs": (1e15, 1e23),
    "exponent": (0, 5),
    "variance": (0, math.inf),
    "steps": (0, math.inf),
    "s": (0, math.inf),
    "hours": (0, math.inf),
    "days": (0, math.inf),
    "positions": (0, math.inf),
    "times": (0, math.inf),
    "error": (0, 1),
    "0 or 1": (0, 1),
    "types": (1, math.inf),
    "instances": (1, math.inf),
    "tokens": (1, math.inf),
}
"""The units of published numbers, and what they can be at all."""


def declaration(grid: Grid, row: Row, metric: str) -> MetricDeclaration | None:
    """What the grid's function declares of a metric of this row; None where its records cannot have it.

    A function that declares nothing has the metrics that the grid shows.
    """
    declared = declared_metrics(grid.function, row.config)
    if declared is None:
        directions = {measure.metric: measure.better for measure in grid.measures}
        declared = [MetricDeclaration(re.escape(name), directions.get(name)) for name in grid.columns]
    return declaration_of(declared, metric)


def is_in(unit: str, metric: str) -> bool:
    """Whether differences of a metric are in the unit of published ones."""
    return {"BLEU": "bleu", "per wordpiece": "perplexity"}.get(unit, "?") in metric
