"""Lines of means: what is drawn, and the table below it."""

import numpy as np
import pytest
from scipy import stats

from reports.figures import distance, scaling
from reports.figures.mean_lines import mean_lines_panel
from reports.figures.measurements import Mean
from reports.section import Section
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import cells_of, drawings, markers, report_of

LINES = {
    "base": [(1.0, Mean(50.0, 45.0, 55.0, 5)), (16.0, Mean(99.0, 96.0, 102.0, 5))],
    "<b>$x$": [(16.0, Mean(7.5, None, None, 1))],
    "nothing": [],
}


def panel(**options: object) -> Section:
    html = mean_lines_panel("lines", "a caption", LINES, "d_k", "%", "en", lambda axes: None, **options)
    return Section("lines", "Lines", html)


def test_the_table_has_what_is_drawn():
    assert cells_of(panel()) == {"1": ["50 [45, 55]", "", ""], "16": ["99 [96, 102]", "7.5", ""]}
    assert "<b>" not in panel().html
    assert "&lt;b&gt;$x$" in panel().html


def test_intervals_are_cut_to_what_there_can_be():
    assert cells_of(panel(limits=(0.0, 100.0)))["16"][0] == "99 [96, 100]"


def test_lines_are_drawn_apart_by_the_spread():
    (base, one), (apart, apart_one) = (
        [sorted(markers(drawings(panel(spread=spread))[0])[colour])[-1][0] for colour in ("--c1", "--c2")]
        for spread in (0.0, 0.5)
    )
    assert base == pytest.approx(one)
    assert apart_one > apart


def test_accuracy_by_distance_is_the_mean_with_students_interval():
    cells = cells_of(distance.section(report_of(plant.distance()), "en"))
    values = np.array([40.0 + seed for seed in plant.SEEDS])
    low, high = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
    assert cells["8"][0] == f"{values.mean():.4g} [{low:.4g}, {high:.4g}]"
    assert cells["3"] == ["90 [90, 90]", "99 [99, 99]"]


def test_every_width_of_the_footnote_is_in_its_table():
    html = scaling.section(report_of(plant.footnote()), "en").html
    assert html.count("<summary>The numbers as a table</summary>") == 4
