"""What is told of a cell that runs in its room."""

from pathlib import Path

import pytest

from repro.verification import cell_run
from repro.verification.cell_run import curve, last_step, updates_of
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
