"""Histograms over texts."""

import numpy as np

from reports.figures.explanation import shapes
from reports.figures.measurements import Mean


def test_histograms_share_their_fullest_bin_and_leave_out_what_is_undefined():
    edges = np.array([-1.0, 0.0, 0.5, 1.0])
    values = np.array([-0.5, 0.1, 0.2, 0.3, 0.4, 1.0, 1.0000001, np.nan])
    np.testing.assert_allclose(shapes.heights(values, edges), [0.25, 1.0, 0.5])
    np.testing.assert_allclose(shapes.heights(np.array([np.nan]), edges), [0, 0, 0])


def test_a_line_of_which_nothing_was_measured_is_left_out():
    measured = {"none": [None, None], "one": [None, Mean(1.0, None, None, 1)]}
    lines = [shapes.Line(name, "#010201", "o", means) for name, means in measured.items()]
    assert [line.name for line in shapes.with_marks(lines)] == ["one"]
