"""What is added to a row when the grid is read: settings of word vectors, and the content of files of one's own."""

from pathlib import Path

import pytest

from ablations.explanation import check_measure
from ablations.explanation.completion import completed_measure
from repro.errors import BadInput
from repro.ledger.grids.cell import Cell, identity
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale

MINE = """extends: explanation
config: {{files: {{train: {0}/a.tsv, test: {0}/b.tsv}}, experiments: [correlation]}}
rows: {{bilstm-additive: {{experiments: [correlation]}}}}
scales: {{builtin: {{}}}}
"""
TEXTS = "0\tthe film is bad\n1\tthe film is good\n"


def test_a_path_and_no_vectors_stay_as_they_are() -> None:
    for config in ({"vectors": None}, {"vectors": "glove.txt"}, {"e": 3}, {"files": None}):
        assert completed_measure(config) is config


def test_a_completed_configuration_is_complete(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text(TEXTS)
    once = completed_measure({"vectors": {"text": "imdb"}, "files": {"train": str(tmp_path / "a.tsv")}})
    assert completed_measure(once) == once


def mine(folder: Path) -> Grid:
    (folder / "mine.yaml").write_text(MINE.format(folder))
    return read_grid(folder / "mine.yaml", read_scale("builtin"))


def ids(folder: Path) -> set[str]:
    grid = mine(folder)
    return {Cell(grid.function, row.config).id for row in grid.rows}


def test_cells_go_by_what_files_hold_and_not_by_where_they_lie(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        for name in ("a.tsv", "b.tsv"):
            (folder / name).write_text(TEXTS)
    before = ids(one)
    assert ids(other) == before
    (one / "a.tsv").write_text(TEXTS + "1\tgood\n")
    assert ids(one).isdisjoint(before)


def test_a_cell_of_files_that_have_changed_since_is_refused(tmp_path: Path) -> None:
    for name in ("a.tsv", "b.tsv"):
        (tmp_path / name).write_text(TEXTS * 20)
    config = mine(tmp_path).rows[0].config
    check_measure(config)
    (tmp_path / "b.tsv").write_text(TEXTS * 21)
    with pytest.raises(BadInput, match=r"b\.tsv has changed since this cell was planned; restore the file, or run"):
        check_measure(config)


def test_without_files_the_identity_has_no_new_key() -> None:
    config = {"files": None, "data": "reviews"}
    assert identity(completed_measure(config)) == config
