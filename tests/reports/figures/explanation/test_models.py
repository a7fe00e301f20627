"""The models of a scale."""

from pathlib import Path

import reports
from reports.figures.explanation.models import GRID, MAX_MODELS, models_at
from reports.verdicts.records import read_records
from tests.reports.records import planted, records_of


def test_the_base_comes_first_and_no_more_models_than_can_be_told_apart(models):
    assert list(models.records) == ["bilstm-additive", "average"]
    many = [planted(GRID, f"row{number:02}", 1, {}) for number in range(20)]
    assert len(models_at(records_of(many), "builtin").records) == MAX_MODELS


def test_real_records_name_their_data_as_the_papers_tables_are_looked_up():
    real = read_records([Path(reports.__file__).parent / "published" / "sst2"])
    assert models_at(real, "sst2").published_as == "sst"
