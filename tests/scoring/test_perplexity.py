"""Perplexity in closed form, and where it leaves the numbers that JSON can hold."""

import json
import math

import pytest

from repro.scoring.perplexity import nats_per_token, perplexity, token_accuracy


def test_uniform_guessing_over_a_vocabulary():
    metric = perplexity(50 * math.log(37_000), 50)
    assert metric.value == pytest.approx(37_000)
    assert metric.reference_tokens == 50
    assert "wordpieces" in metric.definition


def test_certainty_is_one():
    assert perplexity(0.0, 3).value == 1.0


@pytest.mark.parametrize(
    ("likelihood", "reason"),
    [(7100.0, "overflows"), (math.inf, "inf"), (math.nan, "nan"), (1e308, "overflows")],
)
def test_no_number_has_a_reason_and_is_json(likelihood, reason):
    metric = perplexity(likelihood, 10)
    assert metric.value is None
    assert reason in metric.details["reason"]
    json.dumps(metric.as_record(), allow_nan=False)


def test_just_below_overflow():
    assert perplexity(709.0, 1).value == pytest.approx(math.exp(709.0))


@pytest.mark.parametrize(("likelihood", "tokens"), [(1.0, 0), (1.0, -1), (-0.1, 5)])
def test_impossible_input(likelihood, tokens):
    for arguments in ((perplexity,), (nats_per_token, "the weights")):
        with pytest.raises(ValueError, match=r"target tokens|likelihood"):
            arguments[0](likelihood, tokens, *arguments[1:])


def test_nats_of_uniform_guessing_are_the_logarithm_of_the_number_of_types():
    metric = nats_per_token(50 * math.log(37_000), 50, "the weights")
    assert metric.value == pytest.approx(math.log(37_000))
    assert metric.unit == "nats per target token"
    assert metric.definition.endswith("under the weights.")
    assert nats_per_token(7100.0, 10, "").value == 710.0  # beyond what a perplexity can say


@pytest.mark.parametrize("likelihood", [math.inf, math.nan])
def test_nats_without_a_number_have_a_reason(likelihood):
    metric = nats_per_token(likelihood, 10, "")
    assert metric.value is None
    assert str(likelihood) in metric.details["reason"]


def test_accuracy_is_the_share_of_right_tokens():
    metric = token_accuracy(3, 4, "the weights")
    assert (metric.value, metric.unit, metric.reference_tokens) == (0.75, "share", 4)
    assert metric.definition.endswith("under the weights.")


@pytest.mark.parametrize(("right", "tokens"), [(0, 0), (-1, 4), (5, 4)])
def test_impossible_counts_have_no_accuracy(right, tokens):
    with pytest.raises(ValueError, match="target tokens"):
        token_accuracy(right, tokens, "the weights")
