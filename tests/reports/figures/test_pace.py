"""Time to the same quality."""

import math

import numpy as np

from reports.figures import (
    pace,
)
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import cells_of, report_of, text_of


def test_time_to_the_goal_beside_the_base_s():
    found = pace.section(report_of(plant.pace()), "en")
    cells = cells_of(found)
    seconds = 10 + np.arange(1, 6)
    half = 2.7764451 * seconds.std(ddof=1) / math.sqrt(5)  # Student's t, 4 degrees of freedom
    assert cells["self-attention"][0] == f"{seconds.mean():.4g} [{13 - half:.4g}, {13 + half:.4g}]"
    assert cells["self-attention"][1].startswith("13,000 [")
    assert cells["self-attention"][-2:] == ["–", "5"]
    assert cells["lstm-attention"][-2:] == ["3", "5"]
    assert cells["gru-attention"] == ["24", *["not reached"] * 3, "2", "2, of which 1 reached the goal"]
    machines = "2 cores of a processor; 8 cores of another processor"
    assert f"until the dev perplexity a token was 1.3. {machines}" in text_of(found)
