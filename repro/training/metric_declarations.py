"""The metrics that `fit` writes to a record: which direction of each is better, and which measure quality.

Needs no torch.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from repro.metric_declaration import MetricDeclaration

BLEUS = r"bleu|bleu_intl|bleu_intl_lc|bleu_tokenised|bleu_tokenised_lc|bleu_compound"
SCORES = rf"{BLEUS}|chrf|exact_match"
TREE_SCORES: Mapping[str, str] = {
    "exact_match": "% of lines",
    r"trees\.(f1|precision|recall)": "%",
    r"trees\.exact": "% of sentences",
}
"""What is scored of trees -> its unit."""
LINES, NATS = "% of lines", "nats per target token"


def metrics_fit(config: Mapping[str, Any]) -> Iterator[MetricDeclaration]:
    """Scores exist for the splits that are decoded, reaches for text with known dependencies.

    Where training ends by the clock all is timed that it reaches; where checkpoints come by the clock, what their
    average reaches.
    """
    decoding, data, observe, trainer, checkpoints = (
        config.get(key) or {} for key in ("decoding", "data", "observe", "trainer", "checkpoints")
    )
    ends = trainer.get("max_time") is not None
    averages = ends or checkpoints.get("every_minutes") is not None
    yield MetricDeclaration(r"(dev|train)\.nll", "lower", quality=True, low=0, timed=ends, unit=NATS)
    yield MetricDeclaration(r"dev\.accuracy", "higher", quality=True, low=0, high=1, timed=ends, unit="share")
    yield MetricDeclaration(r"dev\.nll\.averaged", "lower", quality=True, low=0, timed=averages, unit=NATS)
    yield MetricDeclaration(r"dev\.perplexity", "lower", quality=True, low=1, timed=averages, unit="per target token")
    yield MetricDeclaration(r"train\.seconds", "lower", timed=True, unit="s")
    yield MetricDeclaration(r"train\.alarms", "lower", timed=ends, unit="alarms")
    yield MetricDeclaration(r"train\.target_tokens_per_second", "higher", timed=True, unit="tokens/s")
    yield MetricDeclaration(r"train\.updates", exact=not ends, timed=ends, unit="updates")
    yield MetricDeclaration(r"train\.target_tokens", timed=ends, unit="tokens")
    yield MetricDeclaration(r"model\.parameters", exact=True, unit="parameters")
    splits = "|".join(map(re.escape, decoding.get("splits") or []))
    builtin = data.get("builtin") or {}
    trees = data.get("corpus") == "treebank" or (data.get("corpus") == "builtin" and builtin.get("trees"))
    if splits and trees:
        for scores, unit in TREE_SCORES.items():
            yield _score(rf"({splits})\.({scores})", averages, unit)
        ill_formed = rf"({splits})\.trees\.ill_formed"
        yield MetricDeclaration(
            ill_formed, "lower", needs_learning=True, low=0, high=100, timed=averages, unit="% of sentences"
        )
        if builtin.get("test_depth"):
            yield _score(r"test\.exact_match\.(within|beyond)", averages, LINES)
    elif splits:
        yield _score(rf"({splits})\.({BLEUS})", averages, "BLEU, 0 to 100")
        yield _score(rf"({splits})\.chrf", averages, "chrF, 0 to 100")
        yield _score(rf"({splits})\.exact_match", averages, LINES)
        if data.get("corpus") == "builtin":
            yield _score(rf"({splits})\.exact_match\.(near|far)", averages, LINES)
            fall = rf"({splits})\.exact_match\.fall"
            yield MetricDeclaration(fall, "lower", needs_learning=True, timed=averages, unit="percentage points")
            if builtin.get("test_words"):
                yield _score(r"test\.exact_match\.(within|beyond)", averages, LINES)
    if observe.get("attention_every"):
        yield MetricDeclaration(r"attention\.(var_qk|entropy|largest_weight|gradient_norm)\.step0")
        yield MetricDeclaration(r"attention\.(var_qk|entropy|largest_weight|gradient_norm)\.last", timed=ends)
    if observe.get("goal"):
        yield MetricDeclaration(r"goal\.seconds", "lower", quality=True, timed=True, unit="s")
        yield MetricDeclaration(r"goal\.target_tokens", "lower", quality=True, timed=ends, unit="tokens")


def _score(pattern: str, timed: bool, unit: str) -> MetricDeclaration:
    """Of what is better the nearer it is to 100."""
    return MetricDeclaration(pattern, "higher", quality=True, low=0, high=100, timed=timed, unit=unit)
