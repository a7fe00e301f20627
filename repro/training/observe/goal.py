"""How long training took to reach a fixed quality: the measure by which models of different speed are compared.

A faster update and a better update both shorten it, which neither a rate in tokens a second nor a score after a
fixed number of updates shows.
"""

import math
from collections.abc import Mapping, Sequence

from repro.scoring.metric import Metric

UNITS = {"seconds": "s", "target_tokens": "tokens"}
WORDS = {"seconds": "Wall time in training, validation and checkpoints included,", "target_tokens": "Target tokens"}


def reached(curve: Sequence[Mapping[str, float]], goal: float, column: str) -> float | None:
    """Where a learning curve first comes down to a perplexity.

    Args:
        curve: rows of the dev set in the order of training, each with `perplexity` and the column.
        goal: perplexity a token.
        column: what is asked for, such as "seconds".

    Returns:
        Between the last validation above the goal and the first that is not, as if the logarithm of the perplexity fell
        in a straight line between them; None if no validation came down to it.
    """
    before: Mapping[str, float] | None = None
    for row in curve:
        if row["perplexity"] <= goal:
            if before is None:
                return row[column]
            high, low = math.log(before["perplexity"]), math.log(row["perplexity"])
            return before[column] + (row[column] - before[column]) * (high - math.log(goal)) / (high - low)
        before = row
    return None


def goal_metrics(curve: Sequence[Mapping[str, float]], goal: float) -> dict[str, Metric]:
    """`goal.seconds` and `goal.target_tokens`; without a value, and with the reason, where the goal was not reached."""
    metrics = {}
    for column, unit in UNITS.items():
        value = reached(curve, goal, column)
        details = {}
        if value is None:
            best = min((row["perplexity"] for row in curve), default=math.nan)
            details = {"reason": f"the dev perplexity came down to {best:.4g}"}
        definition = (
            f"{WORDS[column]} until the dev perplexity a token was {goal:g}, between two validations in a line."
        )
        metrics[f"goal.{column}"] = Metric(f"goal.{column}", value, unit, definition, details=details)
    return metrics
