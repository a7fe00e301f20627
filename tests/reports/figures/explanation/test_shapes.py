"""Histograms over texts."""

import numpy as np

from reports.figures.explanation import shapes


def test_histograms_share_their_fullest_bin_and_leave_out_what_is_undefined():
    edges = np.array([-1.0, 0.0, 0.5, 1.0])
    values = np.array([-0.5, 0.1, 0.2, 0.3, 0.4, 1.0, 1.0000001, np.nan])
    np.testing.assert_allclose(shapes.heights(values, edges), [0.25, 1.0, 0.5])
    np.testing.assert_allclose(shapes.heights(np.array([np.nan]), edges), [0, 0, 0])
