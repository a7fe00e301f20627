"""Scores as tables, then what each number means."""

from collections.abc import Mapping, Sequence

from repro.scoring.metric import Metric
from repro.scoring.significance import FLOOR, PairedScore, Test
from repro.scoring.waterfall import Step
from repro.table import Part, Table, formatted, table

TESTS: Mapping[Test, str] = {
    "bootstrap": "paired bootstrap over lines, {trials:,} resamples, seed {seed}, by sacreBLEU",
    "randomisation": "paired approximate randomisation of lines, {trials:,} trials, seed {seed}, by sacreBLEU",
}
"""How a paired test is said to have been made."""


def metrics_table(metrics: Sequence[Metric], definitions: bool = True) -> str:
    """As `metrics_parts`, as plain text."""
    return formatted(metrics_parts(metrics, definitions), "text")


def metrics_parts(metrics: Sequence[Metric], definitions: bool = True) -> list[Part]:
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
    return [Table(rows, "<>>><"), *(map(_definition, metrics) if definitions else ())]


def _definition(metric: Metric) -> str:
    lines = [f"{metric.name}: {metric.definition}"]
    if metric.signature is not None:
        lines.append(f"  {metric.signature}")
    if "reason" in metric.details:
        lines.append(f"  no value: {metric.details['reason']}")
    return "\n".join(lines)


def paired_parts(
    names: Sequence[str], scores: Sequence[Mapping[str, PairedScore]], how: str, definitions: bool = True
) -> list[Part]:
    """A row for each metric of each system, then what the columns mean.

    Args:
        names: the systems', of which the first is the baseline.
        scores: as `significance.paired_scores` gives them.
        how: the test, in words.
        definitions: whether each metric's definition follows.
    """
    rows = [("metric", "hypotheses", "score", "mean", "95% interval", "difference", "p")]
    for metric in scores[0]:
        for place, (name, of_system) in enumerate(zip(names, scores, strict=True)):
            score = of_system[metric]
            interval = score.metric.interval
            rows.append(
                (
                    metric,
                    name,
                    shown(score.metric.value),
                    shown(score.mean),
                    "-" if interval is None else f"{interval[0]:.2f} to {interval[1]:.2f}",
                    "baseline" if place == 0 else "-" if score.difference is None else f"{score.difference:+.2f}",
                    "both at the floor" if score.at_floor else "" if score.p_value is None else _p(score.p_value),
                )
            )
    legend = (
        f"p: two-sided, against the baseline: {how}; for exact_match McNemar's exact test.\n"
        f"Both at the floor: under {FLOOR:g} BLEU, or without a match, where no difference is tested.\n"
        "It is not corrected for the number of systems and metrics: choose one metric before you look.\n"
        "p and the intervals cover other lines of the same text, not other training seeds."
    )
    return [Table(rows, "<<>>>>>"), legend, *(_definition(it.metric) for it in scores[0].values() if definitions)]


def _p(value: float) -> str:
    return f"{value:.4f}" if value >= 0.0001 else f"{value:.0e}"


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
