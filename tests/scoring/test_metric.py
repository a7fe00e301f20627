"""A metric survives JSON; a comparison across definitions is refused."""

import json

import pytest

from repro.scoring.metric import Metric, compare

ANCHOR = Metric(
    "bleu_tokenised_lc",
    40.5,
    "BLEU, 0 to 100",
    "As of the anchor.",
    "sig",
    12_103,
    (39.5, 41.5),
    {"lines": 2},
)


def test_record_round_trip_through_json():
    record = json.loads(json.dumps(ANCHOR.as_record(), allow_nan=False))
    assert Metric.from_record("bleu_tokenised_lc", record) == ANCHOR
    bare = Metric("exact_match", 1.0, "% of lines", "Share.")
    assert Metric.from_record("exact_match", json.loads(json.dumps(bare.as_record()))) == bare


def test_like_is_compared_with_like():
    comparison = compare(ANCHOR, 41.02, "bleu_tokenised_lc", 12_103)
    assert comparison.difference == pytest.approx(-0.52)
    assert comparison.reason is None
    assert comparison.reference_checked


def test_unknown_published_count_is_compared_and_said():
    comparison = compare(ANCHOR, 41.02, "bleu_tokenised_lc")
    assert comparison.difference is not None
    assert not comparison.reference_checked


@pytest.mark.parametrize(
    ("metric", "definition", "tokens", "reason"),
    [
        (ANCHOR, "bleu", None, "bleu_tokenised_lc, published as bleu"),
        (ANCHOR, "bleu_tokenised_lc", 12_242, "12,103 tokens here and 12,242"),
        (Metric("bleu", 27.5, "", ""), "bleu", 64_000, "unknown tokens"),
        (Metric("perplexity", None, "", "", details={"reason": "overflow"}), "perplexity", None, "overflow"),
    ],
)
def test_unlike_is_refused(metric, definition, tokens, reason):
    comparison = compare(metric, 41.02, definition, tokens)
    assert comparison.difference is None
    assert reason in comparison.reason


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_cannot_hold_is_refused(number):
    with pytest.raises(ValueError, match="JSON"):
        Metric("bleu", number, "", "")
    with pytest.raises(ValueError, match="JSON"):
        Metric("bleu", 1.0, "", "", interval=(0.0, number))
