"""What a plan counts as done, with published records beside the runs, and what the rest will cost."""

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from repro import locks
from repro.errors import BadInput
from repro.ledger.records.published_cells import PublishedCells
from repro.ledger.records.record import NewerFormat
from repro.ledger.running import estimates, machine
from repro.ledger.running.plan import RETRY, RUN, Plan, Planned, State, place, plan
from tests.ledger.campaign import change_record, content, publish_all, run_all, small_grid, with_seeds


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A folder with seeds 1 and 2 of the grid, of which nothing else is left."""
    run_all(small_grid(), tmp_path / "theirs")
    publish_all(small_grid(), tmp_path / "theirs", tmp_path / "published")
    shutil.rmtree(tmp_path / "theirs")
    return tmp_path / "published"


def look(tmp_path: Path, published: Path, *seeds: int) -> Plan:
    return plan(small_grid(seeds=seeds or (1, 2)), tmp_path / "runs", PublishedCells([published]))


def states(planned: Plan) -> list[tuple[State, bool]]:
    return [(each.state, each.published) for each in planned.cells]


def test_published_cells_count_as_done_and_only_the_rest_is_run(tmp_path: Path, published: Path) -> None:
    planned = look(tmp_path, published, 1, 2, 3)
    assert states(planned) == [("done", True), ("done", True), ("missing", False)]
    first: Planned = planned.cells[0]
    assert first.record is not None
    assert first.record.cell == first.cell.id
    assert first.directory == place(published, first.cell)
    assert [task.directory for task in planned.tasks(RUN)] == [place(tmp_path / "runs", planned.cells[2].cell)]
    assert planned.records().keys() == {"r"}
    assert list(planned.records()["r"]) == [1, 2]
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("state", ["failed", "diverged", "timeout", "killed", "damaged", "unfinished"])
def test_a_published_cell_is_done_whatever_became_of_it_here(tmp_path: Path, published: Path, state: str) -> None:
    (attempt,) = run_all(small_grid(seeds=[1]), tmp_path / "runs")
    if state == "damaged":
        (attempt / "record.json").write_text("{")
    elif state == "unfinished":
        (attempt / "record.json").unlink()
    else:
        change_record(attempt, status=state, error="planted")
    assert plan(small_grid(seeds=[1]), tmp_path / "runs").cells[0].state == state
    planned = look(tmp_path, published, 1)
    assert states(planned) == [("done", True)]
    assert planned.tasks(RETRY) == []


def test_a_cell_that_was_published_for_another_grid_is_still_to_be_taken_over(tmp_path: Path, published: Path) -> None:
    planned = plan(small_grid("h"), tmp_path / "runs", PublishedCells([published]))
    assert states(planned) == [("missing", False)] * 2
    assert len(planned.tasks(RUN)) == 2


def test_what_was_run_here_counts_before_what_is_published(tmp_path: Path, published: Path) -> None:
    (attempt,) = run_all(small_grid(seeds=[1]), tmp_path / "runs")
    assert states(look(tmp_path, published)) == [("done", False), ("done", True)]
    with locks.directory_lock(attempt.parent / ".lock"):
        assert states(look(tmp_path, published)) == [("running", False), ("done", True)]


def test_published_cells_of_other_code_are_run_here_where_that_is_asked_for(
    tmp_path: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "commit", lambda: ("0" * 40, False))
    planned = look(tmp_path, published)
    assert [(each.state, each.stale) for each in planned.cells] == [("done", True)] * 2
    assert planned.tasks(RUN) == []
    tasks = planned.tasks(RUN, stale=True)
    assert [task.directory for task in tasks] == [place(tmp_path / "runs", each.cell) for each in planned.cells]
    assert all(task.repeat for task in tasks)


def test_the_first_folder_that_has_a_cell_gives_it(tmp_path: Path, published: Path) -> None:
    shutil.copytree(published, tmp_path / "second")
    cell = small_grid().cells()[0]
    (place(published, cell) / "attempt-1" / "record.json").unlink()
    planned = plan(small_grid(), tmp_path / "runs", PublishedCells([published, tmp_path / "second"]))
    assert [each.directory for each in planned.cells] == [
        place(tmp_path / "second", cell),
        place(published, small_grid().cells()[1]),
    ]


def test_a_half_written_cell_counts_as_not_there_and_is_told_of(
    tmp_path: Path, published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = place(published, small_grid().cells()[0])
    (directory / "attempt-1" / "record.json").unlink()
    assert states(look(tmp_path, published)) == [("missing", False), ("done", True)]
    said = capsys.readouterr().err
    assert said == f"{directory} is half-written, without a record.json, and is ignored\n"
    look(tmp_path, published, 2)
    assert capsys.readouterr().err == ""  # no cell of the plan needs it


def test_a_damaged_record_is_refused_where_a_planned_cell_needs_it(tmp_path: Path, published: Path) -> None:
    attempt = place(published, small_grid().cells()[0]) / "attempt-1"
    for changes, said in (
        ({"cell": "0" * 12}, "is the record of a different cell"),
        ({"details": None}, "details is not what it should be"),
        ({"seconds": "long"}, "seconds is not what it should be"),
        ({"status": "fine"}, "status is not what it should be"),
    ):
        before = (attempt / "record.json").read_text()
        change_record(attempt, **changes)
        with pytest.raises(BadInput) as caught:
            look(tmp_path, published)
        assert said in str(caught.value)
        assert str(attempt / "record.json") in str(caught.value)
        assert "or leave out the --from that contains it" in str(caught.value)
        assert states(look(tmp_path, published, 2)) == [("done", True)]
        (attempt / "record.json").write_text(before)
    (attempt / "record.json").write_text('{"cell": ')
    with pytest.raises(BadInput, match="is not a record"):
        look(tmp_path, published)
    run_all(small_grid(seeds=[1]), tmp_path / "runs")
    assert states(look(tmp_path, published)) == [("done", False), ("done", True)]


def test_a_record_of_a_newer_format_is_refused_here_and_there(tmp_path: Path, published: Path) -> None:
    said = r"written by a newer version \(format 2, this reads 1\); update attention-repro$"
    change_record(place(published, small_grid().cells()[0]) / "attempt-1", format=2)
    with pytest.raises(NewerFormat, match=said):
        look(tmp_path, published)
    (attempt,) = run_all(small_grid(seeds=[1]), tmp_path / "runs")
    change_record(attempt, format=2)
    with pytest.raises(NewerFormat, match=said):
        plan(small_grid(), tmp_path / "runs")


def test_a_folder_of_published_records_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name, said in (("file", "is a file"), ("none", "does not exist")):
        with pytest.raises(BadInput, match=f"--from .*{name} {said}; give a folder of published records"):
            PublishedCells([tmp_path / name])


def test_looking_changes_nothing_and_opens_only_what_is_needed(
    tmp_path: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(published)
    opened = []
    read = json.loads
    monkeypatch.setattr(json, "loads", lambda text, **how: opened.append(text) or read(text, **how))
    look(tmp_path, published, 1)
    assert len(opened) == 1
    assert content(published) == before


# ---- estimates


def timed(out: Path, seconds: float, name: str, *seeds: int, **config: Any) -> None:
    for attempt in run_all(small_grid(name, seeds, **config), out):
        change_record(attempt, seconds=seconds)


def cost(tmp_path: Path, grid: Any, jobs: int = 1, *folders: Path) -> tuple[float, str] | None:
    planned = plan(grid, tmp_path / "runs", PublishedCells(folders))
    estimate = planned.estimate(planned.tasks(RUN), jobs)
    return None if estimate is None else (round(estimate.seconds, 6), estimate.source)


def test_a_grid_without_finished_cells_is_judged_by_others_in_runs_and_published(tmp_path: Path) -> None:
    assert cost(tmp_path, small_grid()) is None
    timed(tmp_path / "runs", 10.0, "first", 1, 2, other=1)
    assert cost(tmp_path, small_grid()) == (20.0, "an estimate from 2 cells of other grids")
    assert cost(tmp_path, small_grid(), 2) == (10.0, "an estimate from 2 cells of other grids")
    alone = dataclasses.replace(small_grid(), exclusive=("*",))
    assert cost(tmp_path, alone, 2) == (20.0, "an estimate from 2 cells of other grids")
    timed(tmp_path / "published", 40.0, "second", 1, other=2)
    assert cost(tmp_path, small_grid(), 1, tmp_path / "published") == (40.0, "an estimate from 3 cells of other grids")
    # Of the grid itself, but of other seeds.
    timed(tmp_path / "runs", 20.0, "g", 7)
    assert cost(tmp_path, small_grid()) == (pytest.approx(80 / 3), "an estimate from 3 other cells")
    # Its own finished cells decide as soon as there is one.
    timed(tmp_path / "runs", 5.0, "g", 1)
    assert cost(tmp_path, small_grid()) == (5.0, "")
    assert cost(tmp_path, small_grid(seeds=[1])) == (0.0, "")


def test_updates_and_threads_are_counted(tmp_path: Path) -> None:
    timed(tmp_path / "runs", 10.0, "first", 1, trainer={"max_steps": 100}, threads=2)
    for config, seconds in (
        ({"trainer": {"max_steps": 300}, "threads": 2}, 30.0),
        ({"trainer": {"max_steps": 100}, "threads": 1}, 20.0),
        ({"trainer": {"max_steps": -1}, "threads": None}, 10.0),
        ({}, 10.0),
    ):
        found = cost(tmp_path, small_grid(seeds=[1], x=1, **config))
        assert found == (seconds, "an estimate from 1 cell of other grids")


def test_start_and_decoding_are_not_multiplied_by_the_updates(tmp_path: Path) -> None:
    trained = {"train.seconds": {"value": 4.0, "unit": "s", "definition": "all training"}}
    (attempt,) = run_all(small_grid("first", [1], trainer={"max_steps": 10}), tmp_path / "runs")
    change_record(attempt, seconds=24.0, metrics=trained)
    longer = small_grid(seeds=[1], x=1, trainer={"max_steps": 500})
    assert cost(tmp_path, longer) == (20.0 + 4.0 * 50, "an estimate from 1 cell of other grids")


def test_cells_of_another_function_or_scale_or_not_done_say_nothing(tmp_path: Path) -> None:
    timed(tmp_path / "runs", 10.0, "other", 1, function="tests.ledger.functions:count")
    for attempt in run_all(small_grid("failed", [1], x=1), tmp_path / "runs"):
        change_record(attempt, status="failed")
    for attempt in run_all(small_grid("damaged", [1], x=2), tmp_path / "runs"):
        (attempt / "record.json").write_text("{")
    timed(tmp_path / "elsewhere", 10.0, "first", 1, x=3)
    (tmp_path / "elsewhere/s").rename(tmp_path / "runs/t")
    assert cost(tmp_path, small_grid()) is None


def test_a_run_that_was_taken_over_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    timed(tmp_path / "runs", 10.0, "first", 1, other=1)
    timed(tmp_path / "runs", 40.0, "first", 2, other=1)
    shutil.copytree(tmp_path / "runs/s/first", tmp_path / "runs/s/second")
    (copied,) = (tmp_path / "runs/s/second").glob("r-seed1-*")
    shutil.rmtree(copied)
    opened = []
    read = estimates.last_finished
    monkeypatch.setattr(estimates, "last_finished", lambda place: opened.append(place) or read(place))
    assert cost(tmp_path, small_grid(seeds=[1])) == (25.0, "an estimate from 2 cells of other grids")
    assert len(opened) == 2


def test_few_records_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimates, "MOST_RECORDS", 3)
    timed(tmp_path / "runs", 10.0, "first", *range(1, 8), other=1)
    timed(tmp_path / "runs", 10.0, "other", 1, 2, 3, function="tests.ledger.functions:count")
    opened = []
    read = estimates.last_finished
    monkeypatch.setattr(estimates, "last_finished", lambda place: opened.append(place) or read(place))
    assert cost(tmp_path, small_grid()) == (20.0, "an estimate from 2 cells of other grids")
    assert [path.parent.name for path in opened] == ["other", "first", "first"]  # the newest first, a function once
    opened.clear()
    timed(tmp_path / "runs", 1.0, "g", 1)
    assert cost(tmp_path, with_seeds(small_grid(), 1, 2)) == (1.0, "")
    assert opened == []
