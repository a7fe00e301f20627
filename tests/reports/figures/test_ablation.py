"""Ablation grids on the page: differences by each metric, trends, and what stays open."""

import numpy as np
import pytest

from reports.catalogue import grid_at
from reports.figures import ablation
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import cells_of, drawings, report_of, text_of
from tests.reports.records import metric, planted


def test_a_row_has_its_difference_by_each_metric():
    cells = cells_of(ablation.section(report_of(plant.heads()), "en"))
    seeds, mean, difference, p, finding, seen, nll, apart, nll_p, nll_finding, _ = cells["one h = 1"]
    wobbles = [((3 * seed) % 5 - 2) / 10 for seed in range(1, 6)]
    assert (seeds, mean) == ("5", f"{90 + np.mean(wobbles):.4g}")
    assert difference.startswith("-2 [-2")
    assert finding == nll_finding == "worse"  # fewer points, and more nats
    assert apart.startswith("+0.1 [")
    assert float(p) < 0.05
    assert float(nll_p) < 0.05
    assert float(seen) > 0
    assert float(nll) == pytest.approx(0.5, abs=0.01)
    assert cells["base h = 4"][2] == "base"


def test_a_trend_is_said_and_drawn_for_each_metric():
    found = ablation.section(report_of(plant.heads()), "en")
    text = text_of(found)
    assert "exact match over h: +1 per doubling" in text
    assert "negative log-likelihood on the dev set over h: -0.05 per doubling" in text
    assert len([svg for svg in drawings(found) if "of heads over h" in svg]) == 2


def test_the_differences_of_all_rows_are_drawn_for_each_metric():
    found = drawings(ablation.section(report_of(plant.heads()), "en"))
    drawn = [svg for svg in found if "Differences of the rows of heads from the base" in svg]
    assert len(drawn) == 2
    for svg in drawn:
        assert [name for name in ("one", "half", "base", "double") if f">{name}<" in svg] == ["one", "half", "double"]


def test_where_only_the_base_has_run_the_page_says_what_runs_the_rest():
    base = [record for record in plant.heads() if record.row == "base"]
    found = ablation.section(report_of(base), "en")
    assert drawings(found) == []
    text = text_of(found)
    assert (
        f"{len(base)} of {len(grid_at('heads', 'builtin').cells())} cells have run. Rows without a record: one, "
        in text
    )
    assert "`ablate run heads --scale builtin` runs the rest." in text


def test_a_grid_whose_rows_all_have_a_record_lacks_nothing():
    rows = [row.name for row in grid_at("heads", "builtin").rows]
    whole = [planted("heads", row, 1, {"test.exact_match": 50.0}) for row in rows]
    assert "cells have run" not in text_of(ablation.section(report_of(whole), "en"))
    assert "cells have run" in text_of(ablation.section(report_of(whole[:-1]), "en"))


def test_what_stays_open_says_why():
    records = [
        planted("positions", row, seed, {"test.exact_match": metric(100.0, details={"lines": 500, "correct": 500})})
        for row in ("positions=sinusoidal", "positions=learned")
        for seed in range(1, 6)
    ]
    text = text_of(ablation.section(report_of(records), "en"))
    reason = "cannot tell: row and base are both at the ceiling of exact match"
    assert f"Inconclusive in exact match (positions=learned): {reason}." in text


def test_rows_that_stay_open_for_one_reason_are_named_together():
    records = [
        planted("recurrence", row, seed, {"test.exact_match": metric(100.0, details={"lines": 500, "correct": 500})})
        for row in ("self-attention", "lstm-attention", "convolution")
        for seed in range(1, 6)
    ]
    text = text_of(ablation.section(report_of(records), "en"))
    assert text.count("Inconclusive in") == 1
    assert "(lstm-attention, convolution): cannot tell" in text


def test_grids_with_a_section_of_their_own_are_left_to_it():
    assert ablation.section(report_of(plant.table3()), "en") is None


def test_grids_of_ones_own_are_left_to_their_section():
    assert ablation.section(report_of(plant.own_grid()), "en") is None
