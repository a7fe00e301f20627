"""`repro suite`: every cell in order, what is done is not done again, and a failure stops nobody else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from repro.cli import suite
from repro.errors import BadInput
from repro.outcome import Outcome

CALLS: list[str] = []


def measure(config: Mapping[str, Any], directory: Path) -> Outcome:
    """What the cells of these tests call."""
    CALLS.append(f"{config['what']['word']}-{config['seed_everything']}")
    if config["what"].get("fails"):
        raise RuntimeError("a planted failure")
    if config["what"].get("refuses"):
        raise BadInput("what.refuses is planted; leave it out")
    value = {"value": 10.0 * config["seed_everything"], "unit": "points", "definition": "ten times the seed"}
    return Outcome({"test.points": value})


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of suite files that the command finds, with the suite `small` of three cells in it."""
    CALLS.clear()
    monkeypatch.chdir(tmp_path)
    write(tmp_path, cell("a", seeds=[1, 2]), cell("b"))
    monkeypatch.setattr(suite, "suite_files", lambda: {path.stem: path for path in tmp_path.glob("*.yaml")})
    return tmp_path


def cell(row: str, seeds: list[int] | None = None, **what: Any) -> dict[str, Any]:
    (Path.cwd() / "base").mkdir(exist_ok=True)
    config = Path.cwd() / "base" / f"{row}.yml"
    config.write_text(yaml.safe_dump({"what": {"word": row}}))
    return {
        "function": f"{__name__}:measure",
        "configs": [str(config)],
        "row": row,
        "seeds": seeds or [1],
        "set": {f"what.{key}": value for key, value in what.items()},
    }


def write(folder: Path, *cells: dict[str, Any]) -> None:
    content = {"title": "three cells", "cells": list(cells), "columns": {"test.points": "points", "test.none": "none"}}
    (folder / "small.yaml").write_text(yaml.safe_dump(content, sort_keys=False))


def test_every_cell_is_run_and_shown(repro, shelf: Path) -> None:
    said = repro("suite", "--scale", "small", "--out", "out")
    assert said.status == 0, said.err
    assert CALLS == ["a-1", "a-2", "b-1"]
    head, *rows = [line.split() for line in said.out.rstrip("\n").split("\n")]
    assert head == ["row", "seed", "status", "points", "none", "files"]
    assert [row[:5] for row in rows] == [
        ["a", "1", "done", "10.00", "-"],
        ["a", "2", "done", "20.00", "-"],
        ["b", "1", "done", "10.00", "-"],
    ]
    for row in rows:
        assert (shelf / row[5] / "record.json").is_file()


def test_a_second_call_runs_nothing_again(repro, shelf: Path) -> None:
    first = repro("suite", "--scale", "small", "--out", "out")
    CALLS.clear()
    second = repro("suite", "--scale", "small", "--out", "out")
    assert CALLS == []
    assert second.out == first.out


def test_a_failure_is_recorded_and_the_others_run(repro, shelf: Path) -> None:
    write(shelf, cell("a"), cell("b", fails=True), cell("c"))
    said = repro("suite", "--scale", "small", "--out", "out")
    assert said.status == 1
    assert CALLS == ["a-1", "b-1", "c-1"]
    statuses = [line.split()[2] for line in said.out.rstrip("\n").split("\n")[1:]]
    assert statuses == ["done", "failed", "done"]
    assert "a planted failure" in said.err
    CALLS.clear()
    assert repro("suite", "--scale", "small", "--out", "out").status == 1
    assert CALLS == ["b-1"]  # tried once more, and nothing else


def test_one_more_seed_runs_only_that(repro, shelf: Path) -> None:
    repro("suite", "--scale", "small", "--out", "out")
    CALLS.clear()
    write(shelf, cell("a", seeds=[1, 2, 3]), cell("b"))
    assert repro("suite", "--scale", "small", "--out", "out").status == 0
    assert CALLS == ["a-3"]


def test_a_cell_that_cannot_be_run_leaves_nothing(repro, shelf: Path) -> None:
    write(shelf, cell("a", refuses=True))
    said = repro("suite", "--scale", "small", "--out", "out")
    assert said.status == 2
    assert said.err.rstrip("\n").split("\n")[-1] == "repro: what.refuses is planted; leave it out"
    assert not (shelf / "out").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("title: x\ncells: []\n", "lacks columns"),
        ("title: x\ncolumns: {}\ncells:\n- row: a\n  configs: []\n", "cell 1 lacks function"),
        ("title: [x\n", "is not YAML in line 2"),
    ],
)
def test_a_wrong_suite_file(repro, shelf: Path, content: str, sentence: str) -> None:
    (shelf / "small.yaml").write_text(content)
    said = repro("suite", "--scale", "small", "--out", "out")
    assert said.status == 2
    assert sentence in said.err
    assert not (shelf / "out").exists()


def test_installed_suites_are_found() -> None:
    assert "builtin" in suite.suite_files()
    assert suite.read_suite("builtin").cells
