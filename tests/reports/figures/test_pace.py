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
    machines = "2 cores of a processor; 8 cores of another processor"
    assert f"until the dev perplexity a token was 1.3. {machines}" in text_of(found)


def test_only_pairs_of_one_machine_have_a_ratio():
    elsewhere = {"cpu": "another processor", "cores": 8, "gpus": []}
    slow = planted("pace", "lstm-attention", 6, {"goal.seconds": metric(900.0, "s")}, hardware=elsewhere)
    base = planted("pace", "self-attention", 6, {"goal.seconds": metric(10.0, "s")})
    cells = cells_of(pace.section(report_of([*plant.pace(), slow, base]), "en"))
    assert cells["lstm-attention"][-2:] == ["3 (5 of 6 pairs)", "6"]
