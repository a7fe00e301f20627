"""How grids are launched, beside what `test_suite.py` sees of it: again, and while the code is committed."""

import functools
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from repro.console import grid_runs
from repro.console.grid_runs import jobs_for, run_cell_in, run_grid, too_many_threads
from repro.console.grid_table import grid_table
from repro.errors import BadInput
from repro.ledger.grids.cell import Cell
from repro.ledger.grids.grid import Grid, Row
from repro.ledger.records.cell_file import assign_directory
from repro.ledger.running import machine, slurm
from repro.ledger.running.plan import plan
from repro.ledger.running.slurm import JOB_FILE, Cluster
from repro.outcome import Outcome

HEAD = Path("HEAD")


def commit_meanwhile(config: Mapping[str, Any], directory: Path) -> Outcome:
    """What the cells of these tests call: somebody commits while it works, here in the folder of the test."""
    HEAD.write_text("new")
    return Outcome({})


@pytest.fixture
def grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Grid:
    """A grid of three cells."""
    monkeypatch.chdir(tmp_path)
    return Grid(
        "g",
        "s",
        "a stub",
        f"{__name__}:commit_meanwhile",
        "points",
        "higher",
        {"points": "points"},
        exclusive=(),
        minutes=None,
        seeds=[1, 2, 3],
        rows=[Row("r", {"row": "r"}, {"seed": 0}, None)],
    )


def test_all_records_name_the_commit_that_the_launcher_began_with(grid: Grid, monkeypatch: pytest.MonkeyPatch) -> None:
    HEAD.write_text("old")
    monkeypatch.setattr(machine, "commit", functools.cache(lambda: (HEAD.read_text(), False)))
    run_grid(grid, Path("out"), "", jobs=1)
    records = [json.loads(path.read_text()) for path in Path("out").rglob("record.json")]
    assert HEAD.read_text() == "new"
    assert [record["commit"] for record in records] == ["old"] * 3


@pytest.mark.parametrize(
    ("function", "said"), [("builtins:print", "is not declared to return an Outcome"), ("../x", "cannot be called")]
)
def test_a_cell_of_a_foreign_function_is_refused_and_left_as_it_is(tmp_path: Path, capsys, function, said) -> None:
    assign_directory(tmp_path, Cell(function, {"seed": 1}))
    with pytest.raises(BadInput, match=f"function '{function}' {said}"):
        run_cell_in(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["cell.json"]
    assert capsys.readouterr().out == ""


def test_a_metric_that_no_cell_measures_is_named_under_the_table(grid: Grid) -> None:
    assert "no record has" not in grid_table(plan(grid, Path("out")))  # nothing has run
    HEAD.write_text("old")
    run_grid(grid, Path("out"), "", jobs=1)
    assert "no record has points; there are none" in grid_table(plan(grid, Path("out")))


def test_cells_that_wait_in_slurm_s_queue_are_not_submitted_again(grid: Grid, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slurm has the first cell's job, has forgotten the second one's, and was never given the third."""
    cells = plan(grid, Path("out")).cells
    for cell, job in zip(cells[:2], ("7_0", "6_0"), strict=True):
        cell.directory.mkdir(parents=True)
        (cell.directory / JOB_FILE).write_text(f"{job} 0")
    submitted: list[Path] = []
    watched: list[str] = []
    monkeypatch.setattr(slurm, "job_states", lambda jobs: {"7_0": "PENDING"})
    monkeypatch.setattr(grid_runs, "check_here", lambda: None)
    monkeypatch.setattr(grid_runs, "watch", lambda jobs, board, command: watched.extend(jobs))
    monkeypatch.setattr(
        grid_runs, "submit", lambda tasks, *rest: submitted.extend(task.directory for task in tasks) or {}
    )
    run_grid(grid, Path("out"), "", cluster=Cluster())
    assert submitted == [cell.directory for cell in cells[1:]]
    assert watched == ["7_0"]


@pytest.mark.parametrize(
    ("threads", "cells", "jobs", "crowded"),
    [(2, 5, 1, False), (2, 5, 2, True), (1, 5, 8, False), (2, 1, 8, False), (4, 2, 2, True), (8, 3, 1, False)],
)
def test_cells_of_several_threads_that_share_cores_are_warned_of(
    threads: int, cells: int, jobs: int, crowded: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid_runs, "usable_cores", lambda: 2)
    configs = [{"threads": threads}] * cells
    said = too_many_threads(configs, jobs)
    assert (said is not None) == crowded
    if said is not None:
        assert f"{threads} threads each, but there are only 2 cores" in said
        assert said.endswith(f"or give {jobs_for(configs)}")


def test_the_warning_comes_before_the_cells(
    grid: Grid, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(grid_runs, "too_many_threads", lambda configs, jobs: f"{len(configs)} cells, {jobs} at a time")
    run_grid(grid, Path("out"), "", jobs=2)
    assert "3 cells, 2 at a time\n" in capsys.readouterr().err


def test_a_cell_that_failed_before_does_not_count_as_done(grid: Grid, capsys: pytest.CaptureFixture[str]) -> None:
    HEAD.mkdir()  # so that all three fail
    run_grid(grid, Path("out"), "", jobs=1)
    HEAD.rmdir()
    cells = plan(grid, Path("out")).cells
    assert [cell.state for cell in cells] == ["failed"] * 3
    for cell in cells[1:]:
        shutil.rmtree(cell.directory)
    capsys.readouterr()
    run_grid(grid, Path("out"), "", jobs=1)
    ended = [line.split(":")[0] for line in capsys.readouterr().err.split("\n") if ": done after" in line]
    assert ended == ["[1/3] g/r seed 2", "[2/3] g/r seed 3"]
