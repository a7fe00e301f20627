from pathlib import Path

import pytest
import yaml

from reports.claims.metrics import UNITS
from repro.errors import BadInput
from repro.ledger.grids import paper_column as module
from repro.ledger.grids.paper_column import published_files, read_published, record_folders


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    content = {
        "paper": "someone2017",
        "place": "Table 3",
        "columns": {"bleu": {"unit": "BLEU"}},
        "rows": {"base": {"bleu": 25.8}, "A": {"bleu": 25.3}, "B": {"bleu": None}},
    }
    (tmp_path / "t.yaml").write_text(yaml.safe_dump(content))
    monkeypatch.setattr(module, "files_of", lambda group: {"t": tmp_path / "t.yaml"})


def test_differences_are_row_minus_base(shelf):
    column = read_published("t", "bleu")
    assert column.difference("A", "base") == pytest.approx(-0.5)
    assert column.difference("B", "base") is None
    assert column.difference("C", "base") is None
    assert column.source == "someone2017, Table 3"


def test_what_is_not_there_is_named(shelf):
    with pytest.raises(BadInput, match="no published figures 'u'; there are t"):
        read_published("u", "bleu")
    with pytest.raises(BadInput, match="no column 'blue'; it has bleu"):
        read_published("t", "blue")


def test_every_published_table_holds_numbers_in_range():
    """Such as no BLEU of 229.4."""
    assert published_files()
    for name, path in published_files().items():
        content = yaml.safe_load(path.read_text())
        for column in content["columns"]:
            values = read_published(name, column).values
            low, high = UNITS[content["columns"][column]["unit"]]
            assert values
            assert all(low <= value <= high for value in values.values())


def test_table_3_as_the_paper_has_it():
    bleu = read_published("vaswani2017-table3", "bleu")
    assert len(bleu.values) == 20
    assert bleu.difference("C7", "base") == pytest.approx(0.4)
    assert bleu.difference("big", "base") == pytest.approx(0.6)
    assert min(bleu.values, key=bleu.values.get) == "C1"


def test_published_records_lie_beside_published_figures():
    assert Path(__file__).parents[3] / "reports" / "published" in record_folders()
