"""Perplexity in closed form, and where it leaves the numbers that JSON can hold."""

import json
import math

import pytest

from repro.scoring.perplexity import perplexity


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
    with pytest.raises(ValueError, match=r"perplexity|likelihood"):
        perplexity(likelihood, tokens)
