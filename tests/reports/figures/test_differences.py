"""Differences from a base as a drawing: places, looks, and axes that one row cannot stretch."""

import dataclasses

import numpy as np
import pytest
from matplotlib.figure import Figure

from reports.catalogue import grid_at
from reports.figures import differences, drawing
from reports.figures.measurements import rows_of
from repro.ledger.comparing.comparison import RowResult, compare
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import report_of


@pytest.fixture(scope="module")
def results() -> list[RowResult]:
    """The planted rows of heads: one, half and double are 2 and 1 points worse and 1 better than the base."""
    found = compare(grid_at("heads", "builtin"), rows_of(report_of(plant.heads()).records, "heads", "builtin"))
    return [result for result in found if result.difference is not None and result.values]


def painted(results: list[RowResult]):
    axes = Figure().subplots()
    differences.paint_rows(axes, results)
    points = [line for line in axes.lines if line.get_marker() not in ("None", None, "")]
    bars = [line for line in axes.lines[1:] if line not in points]
    return axes, points, bars


def test_rows_stand_in_order_with_their_differences_and_intervals(results):
    axes, points, bars = painted(results)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "half", "double"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # the first on top
    assert [line.get_ydata()[0] for line in points] == [0, 1, 2]
    np.testing.assert_allclose([line.get_xdata()[0] for line in points], [-2, -1, 1], atol=0.2)
    for bar, result in zip(bars, results, strict=True):
        assert list(bar.get_xdata()) == [result.difference.low, result.difference.high]
    assert list(axes.lines[0].get_xdata()) == [0, 0]


def test_a_finding_has_its_look(results):
    looks = {}
    for decision in ("better", "worse", "same", "inconclusive"):
        changed = dataclasses.replace(results[0], finding=dataclasses.replace(results[0].finding, decision=decision))
        _, (point,), _ = painted([changed])
        looks[decision] = point.get_marker(), point.get_markerfacecolor() != drawing.PAPER
    assert looks == {"better": ("o", True), "worse": ("s", True), "same": ("D", False), "inconclusive": ("o", False)}


def test_a_row_without_a_measurement_leaves_its_place_empty(results):
    nothing = dataclasses.replace(results[1], difference=dataclasses.replace(results[1].difference, estimate=None))
    _, points, _ = painted([results[0], nothing, results[2]])
    assert [line.get_ydata()[0] for line in points] == [0, 2]


def test_rows_without_any_difference_have_whole_intervals_on_an_axis_of_their_size(results):
    def shown(low, high):
        apart = dataclasses.replace(results[0].difference, estimate=0.0, low=low, high=high)
        axes, points, _ = painted([dataclasses.replace(it, difference=apart) for it in results])
        assert len(points) == len(results)  # and no arrow head
        return axes.get_xlim()

    left, right = shown(-0.5, 0.5)
    assert -1 < left < -0.5 < 0.5 < right < 1
    assert shown(0.0, 0.0) == (-1, 1)


def test_a_wide_interval_leaves_the_axis_and_a_point_never_does(results):
    wide = dataclasses.replace(results[0].difference, low=-1000.0, high=1000.0)
    axes, points, _ = painted([dataclasses.replace(results[0], difference=wide), *results[1:]])
    low, high = axes.get_xlim()
    assert -5 < low < high < 5
    heads = {line.get_marker(): line.get_xdata()[0] for line in points if line.get_marker() in "<>"}
    assert heads == {"<": low, ">": high}
    assert all(low < line.get_xdata()[0] < high for line in points if line.get_marker() not in "<>")
