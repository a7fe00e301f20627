"""Who finds the planted words."""

import pytest

from reports.figures.explanation import planted as evidence
from reports.figures.explanation.models import GRID, models_at
from tests.reports.figures import planted as plant
from tests.reports.figures.explanation.drawn import drawn
from tests.reports.figures.sections import markers
from tests.reports.records import planted, records_of


def test_evidence_is_drawn_by_way_and_model(found):
    places = markers(drawn(found, "Area under the ROC curve. 1: every word of evidence"))
    base, average = (sorted(places[colour], key=lambda at: at[1]) for colour in ("--c1", "--c2"))
    unit = (base[1][0] - base[0][0]) / (0.8 - 0.7)  # gradient and attention
    assert (base[2][0] - base[0][0]) / unit == pytest.approx(0.5 - 0.7, abs=1e-3)
    assert (average[0][0] - base[0][0]) / unit == pytest.approx(0.9 - 0.7, abs=1e-3)
    sst = plant.explanation("sst2", "sst2")
    without = [planted(GRID, it.row, it.seed, {"test.f1": 0.5}, scale="sst2") for it in sst]
    assert evidence.part(models_at(records_of(without), "sst2"), "en") is None
