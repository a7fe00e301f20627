"""The metrics that each measurement of Table 1 writes to a record. Needs no torch."""

from collections.abc import Iterator, Mapping
from typing import Any

from repro.metric_declaration import MetricDeclaration

EXPONENTS = r"operations(\.all|\.projections|\.training)?\.[ndkr]|memory(\.training)?\.(n\.d|d\.n)\d+"
RATIOS = r"(cpu|cuda)\.(forward|training|decoding)\.(minimum|maximum)"
METRIC_NAMES: Mapping[str, str] = {
    "operations": EXPONENTS,
    "sequential": r"sequential(\.training_steps|\.depth|\.training_depth)?\.(factor|largest)",
    "paths": r"path(\.layers)?\.(factor|largest)",
    "footnote": r"footnote\.variance\.(un)?scaled"
    r"|footnote\.(entropy|largest|jacobian)\.(un)?scaled|footnote\.jacobian\.peak",
    "compatibility": rf"compatibility\.time\.{RATIOS}",
    "time": r"time\..+|operations\.crossing\.d\d+",
}
"""What is measured -> names of metrics, of which neither direction is better."""


def metrics_measure(config: Mapping[str, Any]) -> Iterator[MetricDeclaration]:
    """Whether the paper's formula agrees, and what was measured for it."""
    measurement = str(config.get("measurement"))
    timed = measurement in ("time", "compatibility")
    yield MetricDeclaration(r"agrees(\..+)?" if timed else "agrees", "higher", exact=True, timed=timed, unit="0 or 1")
    if timed:
        counted = rf"operations\.crossing\.d\d+|compatibility\.memory\.{RATIOS}"
        yield MetricDeclaration(counted, exact=True)
    if measurement in METRIC_NAMES:
        yield MetricDeclaration(METRIC_NAMES[measurement], exact=not timed, timed=timed)
