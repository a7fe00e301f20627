"""Time to the same quality."""

import math

import numpy as np

from reports.figures import (
    pace,
)
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import cells_of, report_of, text_of
from tests.reports.records import metric, planted


def test_time_to_the_goal_beside_the_base_s():
    found = pace.section(report_of(plant.pace()), "en")
    cells = cells_of(found)
    seconds = 10 + np.arange(1, 6)
    half = 2.7764451 * seconds.std(ddof=1) / math.sqrt(5)  # Student's t, 4 degrees of freedom
    assert cells["self-attention"][0] == f"{seconds.mean():.4g} [{13 - half:.4g}, {13 + half:.4g}]"
    assert cells["self-attention"][1].startswith("13,000 [")
    assert cells["self-attention"][-2:] == ["–", "5"]
    assert cells["lstm-attention"][-2:] == ["3", "5"]
    assert cells["gru-attention"] == ["24", *["not reached"] * 3, "–", "2, of which 1 reached the goal"]
    # The only pair of the GRU is of two machines.
    machines = "2 cores of a processor, 1 thread; 8 cores of another processor, 1 thread"
    assert machines in text_of(found)


def test_the_goal_and_the_threads_are_those_that_the_runs_were_given():
    config = {"observe": {"goal": 1.3}, "threads": 1}
    seconds = {"goal.seconds": metric(9.0, "s", "Until it was 1.3.")}
    text = text_of(pace.section(report_of([planted("pace", "self-attention", 7, seconds, config=config)]), "en"))
    assert "a dev perplexity of 1.3 per token" in text
    assert "Until it was" not in text
    assert "2 cores of a processor, 1 thread" in text


def test_only_pairs_of_one_machine_have_a_ratio():
    elsewhere = {"cpu": "another processor", "cores": 8, "gpus": []}
    slow = planted("pace", "lstm-attention", 6, {"goal.seconds": metric(900.0, "s")}, hardware=elsewhere)
    base = planted("pace", "self-attention", 6, {"goal.seconds": metric(10.0, "s")})
    cells = cells_of(pace.section(report_of([*plant.pace(), slow, base]), "en"))
    assert cells["lstm-attention"][-2:] == ["3 (5 of 6 pairs)", "6"]
