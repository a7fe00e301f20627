"""Accuracy by the length of chains."""

import pytest

from reports.figures import (
    chains,
)
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import drawings, markers, report_of, text_of
from tests.reports.records import planted


def test_chains_are_drawn_over_their_length_with_the_mean_over_seeds():
    found = chains.section(report_of(plant.chains()), "en")
    assert "N=1 (n = 5)" in text_of(found)
    (svg,) = drawings(found)
    by_colour = markers(svg)
    below, above = sorted(by_colour.values(), key=lambda points: -max(y for _, y in points))
    (x0, top), (x1, lowered) = sorted(below)
    (_, high), (_, same) = sorted(above)
    assert x0 < x1
    assert top == pytest.approx(high)
    assert same == pytest.approx(high)
    assert lowered > top
    assert chains.section(report_of([planted("chains", "N=1", 1, {})]), "en") is None
