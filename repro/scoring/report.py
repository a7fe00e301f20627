"""Scores as plain text: aligned columns, then what each number means."""

from collections.abc import Sequence

from repro.scoring.metric import Metric
from repro.scoring.waterfall import Step
from repro.table import table


def metrics_table(metrics: Sequence[Metric], definitions: bool = True) -> str:
    """One row a metric; below, unless told otherwise, each metric's definition and signature."""
    rows = [("metric", "value", "95% interval", "reference tokens", "unit")]
    for metric in metrics:
        rows.append(
            (
                metric.name,
                shown(metric.value),
                "-" if metric.interval is None else f"{metric.interval[0]:.2f} to {metric.interval[1]:.2f}",
                "-" if metric.reference_tokens is None else f"{metric.reference_tokens:,}",
                metric.unit,
            )
        )
    lines = [table(rows, "<>>><")]
    for metric in metrics if definitions else ():
        lines += ["", f"{metric.name}: {metric.definition}"]
        if metric.signature is not None:
            lines.append(f"  {metric.signature}")
        if "reason" in metric.details:
            lines.append(f"  no value: {metric.details['reason']}")
    return "\n".join(lines)


def shown(value: float | None) -> str:
    """A count in full, anything else with two decimals, and "-" for what has no value."""
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def waterfall_table(steps: Sequence[Step]) -> str:
    """One row a step."""
    rows = [("hypotheses", "definition", "score", "gain", "95% interval of gain")]
    for step in steps:
        rows.append(
            (
                step.variant,
                step.definition,
                f"{step.score:.2f}",
                "" if step.gain is None else f"{step.gain:+.2f}",
                "" if step.interval is None else f"{step.interval[0]:+.2f} to {step.interval[1]:+.2f}",
            )
        )
    return table(rows, "<<>>>")
