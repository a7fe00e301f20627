"""What rows change in their base, in words."""

from pathlib import Path

from reports.catalogue import grid_at
from reports.figures import ablation
from reports.figures.row_changes import row_changes
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale
from tests.reports.figures import planted as plant
from tests.reports.figures.sections import report_of, text_of


def test_what_a_row_is_called_is_said_in_the_papers_symbols():
    heads = row_changes(grid_at("heads", "multi30k"))
    assert heads["base"] == "h = 4"
    assert heads["one"] == "h = 1"
    assert heads["one-narrow"] == "h = 1, d_k = 32, d_v = 32"
    assert "one h = 1" in text_of(ablation.section(report_of(plant.heads()), "en"))


def test_names_that_say_it_are_not_repeated():
    assert row_changes(grid_at("layers", "multi30k")) == {}
    assert "unit+d_k=16+unscaled" in row_changes(grid_at("scaling", "multi30k"))


def test_rows_that_change_much_are_left_out(tmp_path: Path):
    text = """
title: mine
function: repro.training:fit
metric: dev.nll
base: base
rows:
  base: {}
  smooth: {eps_ls: 0.3}
  steep: {peak_learning_rate: 0.00123456}
  other: {N: 1, d_model: 32, d_ff: 64, h: 2}
scales:
  builtin: {}
"""
    (tmp_path / "mine.yaml").write_text(text)
    found = row_changes(read_grid(tmp_path / "mine.yaml", read_scale("builtin")))
    assert found["smooth"] == "eps_ls = 0.3"
    assert found["steep"] == "peak_learning_rate = 0.001235"
    assert "other" not in found
    assert found["base"].startswith("eps_ls = 0.1, peak_learning_rate = ")
