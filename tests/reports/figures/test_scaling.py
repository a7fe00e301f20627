"""The footnote on 1/sqrt(d_k): the slider, and what was measured."""

import json
import math
import re

import numpy as np
import pytest

from reports.figures import (
    scaling,
)
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import drawings, markers, report_of, text_of
from tests.reports.records import planted


def test_the_slider_has_the_draws_and_static_states_are_their_softmax():
    found = scaling.section(report_of(plant.footnote()), "en")
    z = np.array(json.loads(re.search(r'id="scaling-draws">(.*?)</script>', found.html)[1]))
    assert len(z) == 32
    static = found.html[found.html.index('id="scaling-static"') :]
    blocks = re.findall(r'data-side="(\w+)".*?data-entropy>([\d.]+)<.*?data-largest>([\d.]+)<', static, re.DOTALL)
    heights = re.findall(r'height="([\d.]+)"/>', static)
    assert [side for side, *_ in blocks] == ["scaled", "unscaled"] * 3
    for place, (d_k, (side, entropy, largest)) in enumerate(zip((1, 1, 64, 64, 1024, 1024), blocks, strict=True)):
        p = np.exp(z * (1 if side == "scaled" else d_k**0.5))
        p /= p.sum()
        assert float(entropy) == pytest.approx(-(p * np.log(p + 1e-300)).sum(), abs=0.0051)
        assert float(largest) == pytest.approx(p.max(), abs=0.00051)
        shown = [float(it) / 100 for it in heights[32 * place : 32 * place + 32]]
        np.testing.assert_allclose(shown, p, atol=1e-5)


def test_at_a_width_of_one_both_sides_are_the_same():
    z = scaling.draws()
    np.testing.assert_array_equal(scaling.weights(z, 1, True), scaling.weights(z, 1, False))


def test_products_have_the_variance_d_k():
    """What the draws stand for: q . k of standard normal components, by drawing these."""
    q, k = np.random.default_rng(1).standard_normal((2, 20_000, 64))
    assert np.var((q * k).sum(axis=1)) == pytest.approx(64, rel=0.05)
    assert np.var(math.sqrt(64) * np.random.default_rng(2).standard_normal(20_000)) == pytest.approx(64, rel=0.05)


def test_measured_quantities_are_drawn_where_they_are():
    svgs = drawings(scaling.section(report_of(plant.footnote()), "en"))
    assert len(svgs) == 4
    points = sorted(markers(svgs[1])["--c1"])  # entropy, linear: 0.5, 16 and 512
    assert (points[0][1] - points[1][1]) / (points[0][1] - points[2][1]) == pytest.approx(15.5 / 511.5, rel=1e-2)
    assert (points[1][0] - points[0][0]) / (points[2][0] - points[0][0]) == pytest.approx(5 / 10, rel=1e-3)


def test_trained_models_have_a_line_for_each_scale():
    found = scaling.section(report_of(plant.scaling()), "en")
    assert "exact match of trained models over d_k, scale builtin, initialisation unit" in text_of(found)
    assert {colour: len(points) for colour, points in markers(drawings(found)[0]).items()} == {"--c1": 2, "--c2": 2}


@pytest.mark.parametrize(("scale", "metric"), [("demo", "exact match"), ("help", "BLEU"), ("mine", "BLEU")])
def test_trained_models_are_drawn_by_what_their_grid_compares(scale, metric):
    scores = {"test.exact_match": 90.0, "test.bleu": 30.0}
    records = [planted("scaling", f"unit+d_k={d_k}+scaled", 1, scores, scale=scale) for d_k in (16, 64)]
    found = scaling.section(report_of(records), "en")
    assert f"{metric} of trained models over d_k, scale {scale}" in text_of(found)
