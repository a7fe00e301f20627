"""The metrics that each measurement of the grid `counting` writes to a record. Needs no torch."""

from collections.abc import Iterator, Mapping
from typing import Any

from repro.metric_declaration import MetricDeclaration

METRIC_NAMES: Mapping[str, str] = {
    "parameters": r"parameters(\.difference)?",
    "sinusoids": r"shift\.residual|wavelength\.(first|last|ratio_spread)",
    "heads": r"operations\.ratio",
    "additive": r"(operations|memory)\.ratio|operations\.misfit",
    "convolution": r"operations\.ratio\.k",
    "separable": r"operations\.(separable|combination)\.misfit",
    "dependence": r"dependence\.(encoder|convolution|decoder\.(earlier|later))",
    "arithmetic": "value",
}
"""What is measured -> names of metrics, of which neither direction is better and none depends on a seed."""


def metrics_measure(config: Mapping[str, Any]) -> Iterator[MetricDeclaration]:
    """What a cell's measurement counts."""
    measurement = str(config.get("measurement"))
    yield MetricDeclaration("counted", exact=True)
    if measurement in METRIC_NAMES:
        yield MetricDeclaration(METRIC_NAMES[measurement], exact=True)
