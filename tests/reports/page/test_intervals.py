"""Measured numbers as drawings: to scale, and bounded."""

import re

import pytest

from reports.page.intervals import Mark, interval_svg
from reports.verdicts.rules import Measured


def numbers(svg, pattern):
    return [float(number) for number in re.findall(pattern, svg)]


def test_a_drawing_is_to_scale():
    """Positions are an affine image of the numbers: the ratio of distances is the same."""
    drawn = str(interval_svg(Measured("difference", -3.0, -5.0, -2.0), Mark(0.0, 1.0, stated=False), "x"))
    low, high = numbers(drawn, r'd="M([\d.]+)')[0], numbers(drawn, r"H([\d.]+)M")[0]
    value, zero = numbers(drawn, r'cx="([\d.]+)"')[0], numbers(drawn, r'class="zero" x1="([\d.]+)"')[0]
    scale = (zero - low) / 5.0
    assert scale > 0
    assert high - low == pytest.approx(3.0 * scale, abs=0.15)
    assert zero - value == pytest.approx(3.0 * scale, abs=0.15)
    left, width = numbers(drawn, r'rect class="margin" x="([\d.]+)"')[0], numbers(drawn, r'y="3" width="([\d.]+)"')[0]
    assert left == pytest.approx(zero - scale, abs=0.15)
    assert width == pytest.approx(2 * scale, abs=0.25)


def test_nothing_is_drawn_where_there_is_nothing_to_compare():
    assert interval_svg(Measured("value", 3.0), None, "x") == ""
    assert interval_svg(Measured("value", None), Mark(1.0, None, stated=True), "x") == ""
    assert "<svg" in interval_svg(Measured("value", 2.0), Mark(2.0, 0.0, stated=True), "x")


def test_a_huge_margin_does_not_hide_the_interval():
    drawn = str(interval_svg(Measured("value", 1.0, 0.5, 1.5), Mark(1.2, 1e9, stated=True), "x"))
    low, high = numbers(drawn, r'd="M([\d.]+)')[0], numbers(drawn, r"H([\d.]+)M")[0]
    assert high - low > 0
