"""Which metrics a cell's record can define, given what it calls and its configuration; and the ranges of units.

A claim that names another metric would wait for it forever. `tests/reports/test_metrics.py` holds these against
records that were really made.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from repro.ledger.grid import Grid, Row

SCORES = r"(bleu|bleu_intl|bleu_intl_lc|bleu_tokenised|bleu_tokenised_lc|bleu_compound|chrf|exact_match)"
REACHES = r"exact_match\.(near|far|fall)"
FOLLOWED = r"attention\.(var_qk|entropy|largest_weight|gradient_norm)\.(step0|last)"
REACHED = r"goal\.(seconds|target_tokens)"
TRAINED = (
    r"train\.(nll|updates|target_tokens|seconds|target_tokens_per_second|alarms)|model\.parameters"
    r"|dev\.(perplexity|nll(\.averaged)?)"
)

EXPONENTS = r"operations(\.all|\.projections|\.training)?\.[ndkr]|memory(\.training)?\.(n\.d|d\.n)\d+"
MEASURED: Mapping[str, str] = {
    "operations": rf"agrees|{EXPONENTS}",
    "sequential": r"agrees|sequential(\.training_steps|\.depth|\.training_depth)?\.(factor|largest)",
    "paths": r"agrees|path(\.layers)?\.(factor|largest)",
    "footnote": r"agrees|footnote\.variance\.(un)?scaled"
    r"|footnote\.(entropy|largest|jacobian)\.(un)?scaled|footnote\.jacobian\.peak",
    "time": r"agrees(\..+)?|time\..+|operations\.crossing\.d\d+",
}
"""Of the grid `complexity`: what is measured -> names of metrics."""

BINS = r"(\.(under_0\.25|under_0\.5|under_0\.75|above_0\.75))?"
EXPLAINED: Mapping[str, str] = {
    "correlation": r"tau\.(gradient|leave_one_out|measures)(\.class_\d+)?(\.(deviation|significant|undefined))?",
    "permutation": rf"permutation\.(change{BINS}|matters|same_class)",
    "adversary": rf"adversary(\.report)?\.(jsd{BINS}|found|tvd)|adversary\.jsd\.median",
    "reordering": r"reorder\.(sentences|clauses)\.(stays|change|tau|jsd|label_stays|label_undefined|follows)",
    "evidence": r"evidence\.(auc|precision|coverage)\.[a-z_]+",
    "uniform": r"uniform\.(f1|accuracy|loss)",
    "seeds": rf"seeds\.(jsd{BINS}|tvd|beyond_median|beyond_all)",
    "guides": r"guides\.(f1\.(uniform|trained|base|adversary)|gain\.(trained|base|adversary|base_over_adversary))"
    r"|guides\.adversary\.jsd",
    "definitions": r"explains\.[a-z_]+",
}
"""Of the grid `explanation`: an experiment that a row asks for -> names of metrics."""

LOWER_IS_BETTER = re.compile(
    r"dev\.(perplexity|nll(\.averaged)?)|train\.(nll|seconds|target_tokens|alarms)|goal\..+|model\.parameters|test\.exact_match\.fall|attention\.var_qk.*"
)
"""Metrics of which less is better; of every other one more is."""

QUALITY = re.compile(
    rf"[a-z0-9_]+\.{SCORES}|[a-z0-9_]+\.exact_match\.(near|far)|test\.(accuracy|f1|roc_auc)|dev\.(perplexity|nll(\.averaged)?)|goal\..+"
)
"""Metrics by which a run that diverged is worse than any that did not; of others, such as a speed, it says nothing."""

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
    "0 or 1": (0, 1),
    "types": (1, math.inf),
    "instances": (1, math.inf),
    "tokens": (1, math.inf),
}
"""The units of published numbers, and what they can be at all."""


def can_define(grid: Grid, row: Row, metric: str) -> bool:
    """Whether a record of this row can have a metric of that name."""
    return re.fullmatch(_pattern(grid, row.config), metric) is not None


def is_better(metric: str) -> str:
    """Which side of a metric is better: "higher" or "lower"."""
    return "lower" if LOWER_IS_BETTER.fullmatch(metric) else "higher"


def is_quality(metric: str) -> bool:
    """Whether a run without a value, as it diverged or missed its goal, is worse by this metric than one with any."""
    return QUALITY.fullmatch(metric) is not None


def is_in(unit: str, metric: str) -> bool:
    """Whether differences of a metric are in the unit of published ones."""
    return {"BLEU": "bleu", "per wordpiece": "perplexity"}.get(unit, "?") in metric


def _pattern(grid: Grid, config: Mapping[str, Any]) -> str:
    if grid.function == "repro.training:fit":
        return _trained(config)
    if grid.function == "ablations.complexity:measure":
        return MEASURED.get(str(config.get("measurement")), "agrees")
    if grid.function == "ablations.explanation:measure":
        return _explained(config)
    return "|".join(map(re.escape, grid.columns))


def _explained(config: Mapping[str, Any]) -> str:
    """Of every row, and of the experiments that it asks for; a trained adversary has one name a lambda."""
    asked = config.get("experiments") or []
    patterns = [r"test\.(accuracy|f1|roc_auc|largest_weight)|parameters"]
    patterns += [r"data\.(vocabulary(\.all)?|(train|dev|test)(\.class_\d+)?)"]
    patterns += [EXPLAINED[name] for name in asked if name in EXPLAINED]
    if "adversarial" in asked:
        lambdas = "|".join(re.escape(f"{each:g}") for each in [0, *config["lambdas"], config["guide_lambda"]])
        patterns.append(rf"adversarial\.(lambda_({lambdas})|closest)\.(jsd|tvd|f1)|adversarial\.closest\.excess")
    return "|".join(patterns)


def _trained(config: Mapping[str, Any]) -> str:
    """Scores exist for the splits that are decoded, reaches for text with known dependencies."""
    patterns = [TRAINED]
    splits = "|".join(config.get("decoding", {}).get("splits") or [])
    if splits:
        patterns.append(rf"({splits})\.{SCORES}")
        if config.get("data", {}).get("corpus") == "builtin":
            patterns.append(rf"({splits})\.{REACHES}")
    if config.get("observe", {}).get("attention_every"):
        patterns.append(FOLLOWED)
    if config.get("observe", {}).get("goal"):
        patterns.append(REACHED)
    return "|".join(patterns)
