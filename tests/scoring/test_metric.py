"""A metric survives JSON, and JSON can hold it."""

import json

import pytest

from repro.scoring.metric import Metric

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


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_json_cannot_hold_is_refused(number):
    with pytest.raises(ValueError, match="JSON"):
        Metric("bleu", number, "", "")
    with pytest.raises(ValueError, match="JSON"):
        Metric("bleu", 1.0, "", "", interval=(0.0, number))
