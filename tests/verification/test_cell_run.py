"""What is told of a cell that runs in its room."""

import itertools
import time
from pathlib import Path

import pytest

from repro.learning_curve import Row, readable_rows
from repro.verification import cell_run
from repro.verification.cell_run import curve, last_step, run_in_room, updates_of
from repro.verification.room import Room
from tests.ledger.comparing.test_repetition import record


@pytest.mark.parametrize(("value", "updates"), [(600, 600), (600.0, 600), (None, None)])
def test_updates_are_known_from_the_record(value: float | None, updates: int | None) -> None:
    metric = {"value": value, "unit": "updates", "definition": "Updates."}
    assert updates_of(record(metrics={"train.updates": metric})) == updates
    assert updates_of(record()) is None


def test_the_last_attempt_tells_how_far_it_is(tmp_path: Path) -> None:
    assert (last_step(tmp_path), curve(tmp_path)) == (0, {})
    for number, step in ((2, 30), (10, 70)):
        (tmp_path / f"attempt-{number}").mkdir()
        (tmp_path / f"attempt-{number}/metrics.csv").write_text(f"step,split,nll\n{step},train,1\n")
    assert last_step(tmp_path) == 70


def test_a_curve_is_read_again_only_if_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []

    def counted(path: Path) -> list[Row]:
        read.append(path)
        return readable_rows(path)

    monkeypatch.setattr(cell_run, "readable_rows", counted)
    (tmp_path / "attempt-1").mkdir()
    (tmp_path / "attempt-1/metrics.csv").write_text("step,split,nll\n30,train,1\n")
    assert [last_step(tmp_path) for _ in range(5)] == [30] * 5
    assert len(read) == 1
    with open(tmp_path / "attempt-1/metrics.csv", "a") as file:
        file.write("40,train,1\n")
    assert [last_step(tmp_path) for _ in range(5)] == [40] * 5
    assert len(read) == 2


def test_a_running_cell_is_looked_at_about_once_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_run, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(cell_run, "READ_SECONDS", 0.5)
    room = Room(tmp_path)
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nsleep 1.2\n")
    python.chmod(0o755)
    looks: list[float] = []
    run_in_room(room, python, tmp_path / "cell", record(), lambda: looks.append(time.monotonic()))
    assert 1 <= len(looks) <= 3
    assert all(later - earlier >= 0.5 for earlier, later in itertools.pairwise(looks))


@pytest.mark.parametrize(("given", "told"), [("corpora", "{here}/corpora"), ("/data", "/data"), ("", ""), (None, None)])
def test_a_folder_of_corpora_is_found_from_the_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | None, told: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    if given is None:
        monkeypatch.delenv("REPRO_DATA", raising=False)
    else:
        monkeypatch.setenv("REPRO_DATA", given)
    told = told and told.format(here=tmp_path)
    assert cell_run._environment(Room(tmp_path / "room")).get("REPRO_DATA") == told
