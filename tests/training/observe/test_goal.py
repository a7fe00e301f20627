import math

import pytest

from repro.training.observe.goal import goal_metrics, reached

CURVE = [
    {"perplexity": math.exp(4 - minute), "seconds": 60.0 * minute, "target_tokens": 1000.0 * minute}
    for minute in range(1, 4)
]


@pytest.mark.parametrize("logarithm", [2.9, 2.5, 1.75, 1.0])
def test_between_validations_the_logarithm_falls_in_a_line(logarithm):
    """Planted: perplexity exp(4 - t) after t minutes."""
    assert reached(CURVE, math.exp(logarithm), "seconds") == pytest.approx(60 * (4 - logarithm))
    assert reached(CURVE, math.exp(logarithm), "target_tokens") == pytest.approx(1000 * (4 - logarithm))


def test_a_goal_that_the_first_validation_has_passed_counts_from_there():
    assert reached(CURVE, math.exp(3.5), "seconds") == 60


def test_the_first_time_counts_though_the_curve_rises_again():
    assert reached([*CURVE, *CURVE], math.exp(2), "seconds") == pytest.approx(120)


def test_a_goal_out_of_reach_has_no_value_and_says_how_near_it_came():
    metrics = goal_metrics(CURVE, 2.0)
    assert [metric.value for metric in metrics.values()] == [None, None]
    assert metrics["goal.seconds"].details["reason"] == "the dev perplexity came down to 2.718"
    assert goal_metrics([], 2.0)["goal.seconds"].value is None
