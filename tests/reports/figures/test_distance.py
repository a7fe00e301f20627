"""Accuracy by distance."""

import time

import pytest

from reports.figures import (
    distance,
)
from reports.verdicts.report import Report
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import drawings, markers, report_of, text_of


def test_accuracy_is_drawn_at_each_distance():
    found = distance.section(report_of(plant.distance()), "en")
    assert "Grid recurrence, scale builtin, dependency: homonym" in text_of(found)
    assert "lstm (n = 5)" in text_of(found)
    lines = markers(drawings(found)[0])  # rows in the order of their names: lstm 90 and 43, self-attention 99 and 95
    lstm, attention = sorted(lines["--c1"]), sorted(lines["--c2"])
    unit = (lstm[1][1] - lstm[0][1]) / (90 - 43)
    assert unit > 0
    assert lstm[0][1] - attention[0][1] == pytest.approx(9 * unit, rel=1e-2)
    assert attention[1][1] - attention[0][1] == pytest.approx(4 * unit, rel=1e-2)


def test_distances_with_few_lines_are_left_out():
    record = plant.distance()[0]
    for counted in record.details["test.by_tag"]["dependencies"]["homonym"].values():
        counted["count"] = distance.MIN_LINES - 1
    assert distance.section(report_of([record]), "en") is None


def test_a_figure_takes_no_longer_for_ten_times_the_seeds():
    """Compared on one machine in one process: an absolute time would say more about the machine than about the code."""

    def seconds(report: Report) -> float:
        started = time.process_time()
        assert distance.section(report, "en") is not None
        return time.process_time() - started

    few, many = (report_of(plant.many(seeds)) for seeds in (4, 40))
    seconds(few)  # fonts and modules are loaded
    assert min(seconds(many) for _ in range(3)) < 2 * min(seconds(few) for _ in range(3))
