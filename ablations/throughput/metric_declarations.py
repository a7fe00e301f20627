"""The metrics that the measurements of speed write to a record. Needs no torch."""

from collections.abc import Iterator, Mapping
from typing import Any

from repro.metric_declaration import MetricDeclaration


def metrics_measure(config: Mapping[str, Any]) -> Iterator[MetricDeclaration]:
    """Of the grid `throughput`: rates and ratios, each for a peer."""
    yield MetricDeclaration(
        r"(tokens_per_second|speedup|operations_per_second|share_of_peak)\..+|matmul_peak", "higher", timed=True
    )
    yield MetricDeclaration(r"(peak_memory|device_memory)\..+", "lower", timed=True, unit="bytes")
    yield MetricDeclaration(r"loss_apart\..+", "lower", unit="share")
    yield MetricDeclaration(r"same_translations\..+", "higher", unit="share")


def metrics_measure_preparation(config: Mapping[str, Any]) -> Iterator[MetricDeclaration]:
    """Of the grid `preparation`: how long a corpus takes, and how much memory."""
    yield MetricDeclaration(r"pairs_per_second", "higher", timed=True, unit="pairs a second")
    yield MetricDeclaration(r"projected_minutes|projected_plan_seconds|(seconds|peak_memory)\..+", "lower", timed=True)


def metrics_measure_start_up(config: Mapping[str, Any]) -> Iterator[MetricDeclaration]:
    """Of the grid `startup`: seconds of commands that compute nothing."""
    yield MetricDeclaration(r"seconds\..+", "lower", timed=True, unit="s")


def metrics_measure_step_profile(config: Mapping[str, Any]) -> Iterator[MetricDeclaration]:
    """Of the grid `profile`: each part's share of an update's time."""
    yield MetricDeclaration(r"share\..+", None, timed=True, unit="share")


def metrics_measure_learning(config: Mapping[str, Any]) -> Iterator[MetricDeclaration]:
    """Of the grid `learning`: the dev set at the end of the curve."""
    yield MetricDeclaration(r"dev\.(nll|perplexity)", "lower", quality=True)
