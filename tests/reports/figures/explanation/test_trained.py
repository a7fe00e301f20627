"""Adversaries that are whole models."""

import pytest

from reports.figures.explanation import trained
from tests.reports.figures.explanation.drawn import HALF, drawn
from tests.reports.figures.sections import markers


def test_the_curve_is_the_mean_over_seeds_at_each_lambda(models):
    curve = trained.curve_of(models, "bilstm-additive")
    assert list(curve) == [0.0005, 0.002]
    tvd, jsd = curve[0.0005]
    assert (tvd.value, jsd.value) == pytest.approx((0.05, 0.33))
    assert (jsd.low, jsd.high) == pytest.approx((0.33 - HALF, 0.33 + HALF))
    assert trained.curve_of(models, "average") == {}


def test_adversaries_and_seeds_are_marked_beside_the_curve(found):
    places = markers(drawn(found, "Divergence of attention against change"))
    (x0, y0), (x1, y1) = sorted(places["--c1"])
    [(star, star_y)], [(seeds, seeds_y)] = places["--c2"], places["--c3"]
    unit_x, unit_y = (x1 - x0) / 0.2, (y1 - y0) / (0.6 - 0.33)
    assert (star - x0) / unit_x == pytest.approx(0.005 - 0.05, abs=1e-3)
    assert (seeds - x0) / unit_x == pytest.approx(0.02 - 0.05, abs=1e-3)
    assert (star_y - y0) / unit_y == pytest.approx(0.53 - 0.33, abs=1e-3)
    assert (seeds_y - y0) / unit_y == pytest.approx(0.0, abs=1e-3)
    assert "--c8" not in places


def test_the_papers_adversary_is_drawn_with_its_halved_distance_doubled(sst):
    places = markers(drawn(sst, "Divergence of attention against change"))
    (x0, y0), (x1, y1) = sorted(places["--c1"])
    [(x, y)] = places["--c8"]
    assert 0.05 + 0.2 * (x - x0) / (x1 - x0) == pytest.approx(2 * 0.036, abs=1e-3)
    assert 0.33 + 0.27 * (y - y0) / (y1 - y0) == pytest.approx(0.514, abs=1e-3)
