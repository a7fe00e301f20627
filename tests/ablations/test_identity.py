"""The ids of cells outlive the growth of presets and the changes of grids."""

import json
from functools import cache
from pathlib import Path

import pytest

from repro.errors import BadInput
from repro.ledger.grids import cell as cell_module
from repro.ledger.grids.cell import Cell, merge
from repro.ledger.grids.earlier import earlier_cells
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.grid_content import grid_files, scales_of
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale
from repro.presets import read_yaml

PUBLISHED = Path(__file__).parents[2] / "reports" / "published"
GRIDS = grid_files()


@cache
def shipped(name: str, scale: str, seeds: tuple[int, ...] | None = None) -> Grid:
    return read_grid(GRIDS[name], read_scale(scale), seeds)


def published() -> list[dict]:
    """Grid, scale, row, seed, id and configuration of every published record of a shipped grid."""
    records = [json.loads(path.read_text()) for path in sorted(PUBLISHED.rglob("record.json"))]
    return [record for record in records if record["grid"] in GRIDS]


def test_every_published_record_is_a_cell_of_todays_grids_or_of_an_earlier_version():
    records = published()
    assert len(records) > 200
    for record in records:
        grid = shipped(record["grid"], record["scale"], (record["seed"],))
        planned = {cell.row: cell.id for cell in grid.cells()}
        earlier = earlier_cells(GRIDS[record["grid"]], record["scale"])
        name = f"{record['scale']}/{record['grid']}/{record['row']} seed {record['seed']}"
        assert record["cell"] == planned.get(record["row"]) or record["cell"] in earlier, name


def test_a_key_that_presets_gain_changes_no_published_id(monkeypatch):
    """With the value that stands for the former behaviour a new key is no part of the identity; with another it is."""
    monkeypatch.setattr(cell_module, "ADDED_LATER", {**cell_module.ADDED_LATER, "decoding.new": 0})
    compared = 0
    for record in published():
        grid = shipped(record["grid"], record["scale"], (record["seed"],))
        config = {row.name: row.config for row in grid.rows}.get(record["row"])
        is_earlier = record["cell"] in earlier_cells(GRIDS[record["grid"]], record["scale"])
        if config is None or "decoding" not in config or is_earlier:
            continue
        seeded = merge(config, {"seed_everything": record["seed"]})
        grown, changed = (merge(seeded, {"decoding": {"new": value}}) for value in (0, 1))
        assert Cell(grid.function, grown).id == record["cell"]
        assert Cell(grid.function, changed).id != record["cell"]
        compared += 1
    assert compared > 80


@pytest.mark.parametrize("value", [False, 0.0, None, [0], {}])
def test_only_the_exact_value_stands_for_the_former_behaviour(monkeypatch, value):
    monkeypatch.setattr(cell_module, "ADDED_LATER", {"model.new": 0})
    assert Cell("m:f", {"model": {"a": 1, "new": 0}}).id == Cell("m:f", {"model": {"a": 1}}).id
    assert Cell("m:f", {"model": {"a": 1, "new": value}}).id != Cell("m:f", {"model": {"a": 1}}).id


@pytest.mark.parametrize("key", sorted(cell_module.ADDED_LATER))
def test_each_later_key_is_one_that_presets_have(key):
    first = key.partition(".")[0]
    kind = first if first in ("model", "data") else "trainer"
    content = read_yaml(Path(__file__).parents[2] / "lightning_configs" / kind / "probe.yaml")
    for part in key.split("."):
        content = content[part]


@pytest.mark.parametrize("name", sorted(GRIDS))
def test_a_grid_says_what_each_version_changed(name):
    content = read_yaml(GRIDS[name])
    version = content.get("version", 1)
    assert sorted(content.get("changes", {})) == list(range(2, version + 1))


def test_earlier_cells_are_planned_no_more_and_told_with_commit_and_reason():
    total = 0
    for name, path in GRIDS.items():
        for scale in scales_of(path):
            grid = shipped(name, scale)
            planned = {cell.id for cell in grid.cells()}
            for cell, earlier in earlier_cells(path, scale).items():
                assert cell not in planned, (name, scale, earlier)
                assert earlier.commit
                assert earlier.reason
                total += 1
    assert total > 800


def test_a_list_of_earlier_cells_that_is_none_is_refused(tmp_path):
    (tmp_path / "earlier").mkdir()
    (tmp_path / "earlier" / "g.yaml").write_text("s: [{commit: a, reason: b, cells: {base: 12 34}}]\n")
    with pytest.raises(BadInput, match=r"s\[0\]\.cells\.base has '12', which is not a cell id"):
        earlier_cells(tmp_path / "g.yaml", "s")
    for key, value, shown in (
        ("commit", "12e4", "120000.0"),
        ("commit", "1234567", "1234567"),
        ("reason", "null", "None"),
        ("cells", "{base: 1234567890e1}", "12345678900.0"),
    ):
        told = {"commit": "a", "reason": "b", "cells": "{base: 0123456789ab}", key: value}
        text = ", ".join(f"{name}: {each}" for name, each in told.items())
        (tmp_path / "earlier" / "g.yaml").write_text(f"s: [{{{text}}}]\n")
        named = rf"s\[0\]\.{key}(\.base)? is {shown}, which is not text; put it in quotes"
        with pytest.raises(BadInput, match=named):
            earlier_cells(tmp_path / "g.yaml", "s")
    (tmp_path / "earlier" / "g.yaml").write_text("s: [{commit: a}]\n")
    with pytest.raises(BadInput, match=r"s\[0\] must have the keys commit, reason and cells only"):
        earlier_cells(tmp_path / "g.yaml", "s")
    assert earlier_cells(tmp_path / "h.yaml", "s") == {}
