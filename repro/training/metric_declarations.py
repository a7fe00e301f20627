"""Which metrics `fit` leaves in a record: which direction of each is better, and which measure quality.

Needs no torch.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from repro.metric_declaration import MetricDeclaration

SCORES = r"bleu|bleu_intl|bleu_intl_lc|bleu_tokenised|bleu_tokenised_lc|bleu_compound|chrf|exact_match"


def metrics_fit(config: Mapping[str, Any]) -> Iterator[MetricDeclaration]:
    """Scores exist for the splits that are decoded, reaches for text with known dependencies."""
    yield MetricDeclaration(r"(dev|train)\.nll|dev\.nll\.averaged", "lower", quality=True, low=0)
    yield MetricDeclaration(r"dev\.perplexity", "lower", quality=True, low=1)
    yield MetricDeclaration(r"train\.(seconds|alarms)", "lower")
    yield MetricDeclaration(r"train\.target_tokens_per_second", "higher")
    yield MetricDeclaration(r"train\.(updates|target_tokens)|model\.parameters", exact=True)
    decoding, data, observe = (config.get(key) or {} for key in ("decoding", "data", "observe"))
    splits = "|".join(decoding.get("splits") or [])
    if splits:
        yield MetricDeclaration(rf"({splits})\.({SCORES})", "higher", quality=True, low=0, high=100)
        if data.get("corpus") == "builtin":
            yield MetricDeclaration(rf"({splits})\.exact_match\.(near|far)", "higher", quality=True, low=0, high=100)
            yield MetricDeclaration(rf"({splits})\.exact_match\.fall", "lower")
    if observe.get("attention_every"):
        yield MetricDeclaration(r"attention\.(var_qk|entropy|largest_weight|gradient_norm)\.(step0|last)")
    if observe.get("goal"):
        yield MetricDeclaration(r"goal\.(seconds|target_tokens)", "lower", quality=True)
