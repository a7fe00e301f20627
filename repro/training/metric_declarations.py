"""Which metrics `fit` leaves in a record: which direction of each is better, and which measure quality.

Needs no torch.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from repro.metric_declaration import MetricDeclaration

SCORES = r"bleu|bleu_intl|bleu_intl_lc|bleu_tokenised|bleu_tokenised_lc|bleu_compound|chrf|exact_match"


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
    yield MetricDeclaration(r"(dev|train)\.nll", "lower", quality=True, low=0, timed=ends)
    yield MetricDeclaration(r"dev\.accuracy", "higher", quality=True, low=0, high=1, timed=ends)
    yield MetricDeclaration(r"dev\.nll\.averaged", "lower", quality=True, low=0, timed=averages)
    yield MetricDeclaration(r"dev\.perplexity", "lower", quality=True, low=1, timed=averages)
    yield MetricDeclaration(r"train\.seconds", "lower", timed=True)
    yield MetricDeclaration(r"train\.alarms", "lower", timed=ends)
    yield MetricDeclaration(r"train\.target_tokens_per_second", "higher", timed=True)
    yield MetricDeclaration(r"train\.(updates|target_tokens)", exact=True, timed=ends)
    yield MetricDeclaration(r"model\.parameters", exact=True)
    splits = "|".join(decoding.get("splits") or [])
    builtin = data.get("builtin") or {}
    trees = data.get("corpus") == "treebank" or (data.get("corpus") == "builtin" and builtin.get("trees"))
    if splits and trees:
        scores = rf"({splits})\.(exact_match|trees\.(f1|precision|recall|exact))"
        yield MetricDeclaration(scores, "higher", quality=True, low=0, high=100, timed=averages)
        yield MetricDeclaration(rf"({splits})\.trees\.ill_formed", "lower", low=0, high=100, timed=averages)
        if builtin.get("test_depth"):
            depths = r"test\.exact_match\.(within|beyond)"
            yield MetricDeclaration(depths, "higher", quality=True, low=0, high=100, timed=averages)
    elif splits:
        yield MetricDeclaration(rf"({splits})\.({SCORES})", "higher", quality=True, low=0, high=100, timed=averages)
        if data.get("corpus") == "builtin":
            reaches = rf"({splits})\.exact_match\.(near|far)"
            yield MetricDeclaration(reaches, "higher", quality=True, low=0, high=100, timed=averages)
            yield MetricDeclaration(rf"({splits})\.exact_match\.fall", "lower", timed=averages)
            if builtin.get("test_words"):
                lengths = r"test\.exact_match\.(within|beyond)"
                yield MetricDeclaration(lengths, "higher", quality=True, low=0, high=100, timed=averages)
    if observe.get("attention_every"):
        yield MetricDeclaration(r"attention\.(var_qk|entropy|largest_weight|gradient_norm)\.step0")
        yield MetricDeclaration(r"attention\.(var_qk|entropy|largest_weight|gradient_norm)\.last", timed=ends)
    if observe.get("goal"):
        yield MetricDeclaration(r"goal\.seconds", "lower", quality=True, timed=True)
        yield MetricDeclaration(r"goal\.target_tokens", "lower", quality=True, timed=ends)
