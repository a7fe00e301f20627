"""Exact match in all and by tag, on planted errors; Wilson's interval in closed form."""

import json
import math

import pytest

from repro.scoring.exact_match import accuracy, by_length, by_reach, by_tag, exact_match
from repro.scoring.metric import WILSON


def wilson(correct: int, count: int) -> tuple[float, float]:
    z = 1.959963984540054
    p = correct / count
    centre = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    return 100 * (centre - half), 100 * (centre + half)


@pytest.mark.parametrize(("correct", "count"), [(0, 1), (1, 1), (3, 7), (90, 100), (500, 500)])
def test_wilson_interval(correct, count):
    found = accuracy(correct, count)
    assert (found.correct, found.count) == (correct, count)
    assert found.percent == pytest.approx(100 * correct / count)
    assert (found.low, found.high) == pytest.approx(wilson(correct, count), abs=1e-9)


def test_share_of_equal_lines():
    metric = exact_match(["a b", "a  b", "A b", "a b "], ["a b"] * 4)
    assert metric.value == 25.0
    assert metric.details["correct"] == 1
    assert metric.interval == pytest.approx(wilson(1, 4))
    json.dumps(metric.as_record(), allow_nan=False)


def test_by_tag_on_planted_errors():
    tags = [
        {"phenomena": ["relative"], "dependencies": [{"kind": "agreement", "distance": 3, "governor": 1}]},
        {"phenomena": ["relative", "separable"], "dependencies": [{"kind": "agreement", "distance": 10}]},
        {"phenomena": [], "dependencies": []},
        {
            "phenomena": ["relative"],
            "dependencies": [
                {"kind": "agreement", "distance": 3},
                {"kind": "agreement", "distance": 3},  # twice in one sentence counts once
                {"kind": "lexical", "distance": 3},
            ],
        },
    ]
    found = by_tag(["x", "wrong", "wrong", "x"], ["x"] * 4, tags)
    phenomena = {name: (share.correct, share.count) for name, share in found.phenomena.items()}
    assert phenomena == {"relative": (2, 3), "separable": (0, 1)}
    dependencies = {
        kind: [(distance, share.correct, share.count) for distance, share in by_distance.items()]
        for kind, by_distance in found.dependencies.items()
    }
    assert dependencies == {"agreement": [(3, 2, 2), (10, 0, 1)], "lexical": [(3, 1, 1)]}
    record = json.loads(json.dumps(found.as_record(), allow_nan=False))
    assert record["dependencies"]["agreement"]["10"]["count"] == 1


def test_unequal_lengths_are_an_error():
    with pytest.raises(ValueError, match="zip"):
        exact_match(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="zip"):
        by_tag(["a"], ["a"], [])


def test_by_reach_counts_the_nearest_and_the_farthest_third():
    """Distances 1 to 9, one line each; right up to distance 4, and at 9. A line's longest dependency counts."""
    tags = [{"dependencies": [{"kind": "k", "distance": d}, {"kind": "k", "distance": 1}]} for d in range(1, 10)]
    hypotheses = ["x" if d <= 4 or d == 9 else "wrong" for d in range(1, 10)]
    found = {
        metric.name: metric.value for metric in by_reach([*hypotheses, "x"], ["x"] * 10, [*tags, {"dependencies": []}])
    }
    # Terciles of 1 to 9 are 3 and 6: near are 1, 2, 3; far are 6, 7, 8, 9.
    assert found == {"exact_match.near": 100.0, "exact_match.far": 25.0, "exact_match.fall": 75.0}


def test_by_reach_needs_dependencies_of_different_length():
    assert by_reach(["x"], ["x"], [{"dependencies": []}]) == []
    assert by_reach(["x"] * 3, ["x"] * 3, [{"dependencies": [{"kind": "k", "distance": 2}]}] * 3) == []


def test_by_length_counts_what_is_as_long_as_in_training_and_what_is_longer():
    tags = [{"phenomena": [name], "dependencies": []} for name in ("within", "beyond", "beyond", "beyond", "copy")]
    found = by_length(["x", "x", "wrong", "wrong", "wrong"], ["x"] * 5, tags)
    assert {metric.name: metric.value for metric in found} == {
        "exact_match.within": 100.0,
        "exact_match.beyond": pytest.approx(100 / 3),
    }
    assert found[1].interval == pytest.approx(wilson(1, 3))
    assert by_length(["x"], ["x"], [{"phenomena": ["copy"], "dependencies": []}]) == []


def test_every_interval_says_how_it_was_made():
    tags = [{"phenomena": ["within"], "dependencies": [{"kind": "k", "distance": d}]} for d in range(1, 10)]
    lines = ["x"] * 9
    metrics = [exact_match(lines, lines), *by_length(lines, lines, tags), *by_reach(lines, lines, tags)]
    described = [metric.name for metric in metrics if metric.details.get("interval") == WILSON]
    assert described == [metric.name for metric in metrics if metric.interval is not None]
    assert len(described) == 4
