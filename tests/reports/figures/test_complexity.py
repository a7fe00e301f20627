"""Table 1: laws, crossings and times as the records have them."""

import pytest

from reports.figures import (
    complexity,
)
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import cells_of, drawings, markers, report_of
from tests.reports.records import planted


def test_table1_has_law_agreement_and_note():
    cells = cells_of(complexity.section(report_of(plant.complexity()), "en"))
    operations, sequential, path = cells["self-attention"]
    assert operations == "O(n 2 d) ✗ n 1.87 [1.85, 1.89] a planted note"
    assert sequential == "not measured"
    assert path == "O(1) ✓ 3"


def test_crossings_stand_beside_n_d():
    cells = cells_of(complexity.section(report_of(plant.complexity()), "en"))
    assert cells["operations"] == ["n = d = 64", "n = 63"]
    assert cells["forward, cpu"] == ["n = d = 64", "n = 77"]


def test_attention_timed_against_attention_is_no_crossing_with_recurrence():
    """The row of additive attention times dot products, too, under the name of self-attention."""
    points = [
        {"layer": layer, "mode": "forward", "device": "cpu", "n": n, "d": 16, "median": 1e-3 * n}
        for layer in ("self-attention", "additive")
        for n in (16, 32, 64)
    ]
    additive = planted("complexity", "time-additive", 1, {}, details={"points": points})
    assert complexity.section(report_of([additive]), "en") is None
    both = complexity.section(report_of([*plant.complexity(), additive]), "en")
    assert len(drawings(both)) == len(drawings(complexity.section(report_of(plant.complexity()), "en")))


def test_time_is_drawn_as_powers_on_logarithmic_axes():
    svg = drawings(complexity.section(report_of(plant.complexity()), "en"))[0]
    lines = markers(svg)
    slopes = []
    for colour in ("--c1", "--c2"):
        (x0, y0), (x1, y1), (x2, y2) = sorted(lines[colour])
        assert (y1 - y0) / (x1 - x0) == pytest.approx((y2 - y1) / (x2 - x1), rel=1e-3)
        slopes.append((y0 - y2) / (x2 - x0))
    assert slopes[0] == pytest.approx(2 * slopes[1], rel=1e-3)
