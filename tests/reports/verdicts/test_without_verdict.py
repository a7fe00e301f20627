"""Quick tests and records of other settings, told apart."""

import pytest

from reports.catalogue import own_files
from reports.verdicts.records import read_records
from reports.verdicts.without_verdict import without_verdict
from repro.ledger.grids.cell import Cell, merge
from repro.texts import texts_of
from tests.reports.records import planted, write

GRID = """
title: my grid
function: repro.training:fit
metric: dev.nll
base: one
rows: {one: {}, two: {N: 1}}
seeds: 1
scales: {builtin: {}}
"""


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "my.yaml"
    path.write_text(GRID)
    return path


def changed(grid, changes, seed=1):
    config = merge(planted("essentials", "base", seed, {}).config, changes)
    cell = Cell("repro.training:fit", config).id
    return planted(grid, "base", seed, {"dev.nll": 1.0}, cell=cell, config=config)


def told(folder, grids=()):
    with own_files(list(grids)):
        return [(each.kind, each.said(texts_of("reports", "en"))) for each in without_verdict(read_records([folder]))]


def test_a_quick_test_of_one_s_own_grid_is_called_one_whether_its_file_is_given_or_not(tmp_path, own):
    for seed in (1, 2):
        write(tmp_path / "runs", changed("my", {"trainer": {"max_steps": 3}, "decoding": {"lines": 3}}, seed))
    for grids in ((), (own,)):
        assert told(tmp_path / "runs", grids) == [("trial", "2 quick tests (--limit 3) give no verdict.")]


def test_a_quick_test_of_a_shipped_grid_is_called_one(tmp_path):
    write(tmp_path, changed("essentials", {"trainer": {"max_steps": 3}, "decoding": {"lines": 3}}))
    assert told(tmp_path) == [("trial", "One quick test (--limit 3) gives no verdict.")]


def test_other_settings_are_told_by_whose_grid_has_the_name(tmp_path, own):
    write(tmp_path / "runs", changed("my", {"trainer": {"max_steps": 12}}))
    write(tmp_path / "runs", changed("essentials", {"trainer": {"max_steps": 12}}))
    found = dict(told(tmp_path / "runs", [own]))
    assert found["own"].startswith("One record carries the name of a grid of yours but has other settings")
    assert found["shipped"].startswith("One record carries the name of a shipped grid but has other settings")
    with own_files([own]):
        differs = {it.record.grid: it.differs for it in read_records([tmp_path / "runs"]).foreign}
    assert "the shipped grid" in differs["essentials"]
    assert "the shipped grid" not in differs["my"]


def test_a_single_run_that_translates_few_lines_is_no_quick_test_of_a_grid(tmp_path):
    write(tmp_path, changed("fit", {"decoding": {"lines": 3}}))
    assert told(tmp_path) == []
