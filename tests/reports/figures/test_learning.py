"""The fast path's learning curve beside the plain one's."""

import math
from dataclasses import replace

import numpy as np

from reports.figures import (
    learning,
)
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import cells_of, drawings, markers, report_of, text_of


def test_the_fast_path_s_curve_stands_beside_the_plain_one_s():
    found = learning.section(report_of(plant.learning()), "en")
    cells = cells_of(found)
    half = 2.7764451 * np.std(np.arange(5) / 10, ddof=1) / math.sqrt(5)  # Student's t, 4 degrees of freedom
    assert cells["plain"] == [f"4.3000 [{4.3 - half:.4f}, {4.3 + half:.4f}]", "–", "5"]
    assert cells["ours"][1:] == ["-0.0100 [-0.0100, -0.0100]", "5"]
    assert "Differences below 0.02 nats count as none." in text_of(found)
    lines = markers(drawings(found)[0])
    assert len(lines["--c1"]) == len(lines["--c2"]) == 2  # what a single seed has is no mean


def test_curves_without_dropout_stand_apart_from_those_with_it():
    exact = [replace(record, grid="learning-exact") for record in plant.learning()]
    found = learning.section(report_of([*plant.learning(), *exact]), "en")
    assert [len(drawings(each)) for each in (learning.section(report_of(exact), "en"), found)] == [1, 2]
    assert "learning at the scale builtin" in text_of(found)
    assert "learning-exact at the scale builtin" in text_of(found)
