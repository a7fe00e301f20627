"""Curves are read as they were written, and drawn without what others' names would do to a picture."""

from pathlib import Path

import pytest

from repro.comparison.curves import PANELS, have_curves, picture, points
from repro.comparison.recorded_run import recorded_runs
from tests.comparison.runs import write_run


def test_points_are_those_of_the_file_by_split(tmp_path: Path) -> None:
    run = write_run(tmp_path / "a")
    train, dev, over_time = PANELS
    assert points(run, train) == [(50, 4.5), (100, 2.5)]
    assert points(run, dev) == [(100, 2.75)]
    assert points(run, over_time) == [(2 / 60, 2.75)]


@pytest.mark.parametrize(
    "curve", ["", "nonsense", "step,split,nll\nx,train,1\n5,train,nan\n5,train,inf\n5,train\n", None]
)
def test_a_curve_that_cannot_be_read_is_none(tmp_path: Path, curve: str | None) -> None:
    run = write_run(tmp_path / "a", curve=curve)
    assert [points(run, panel) for panel in PANELS] == [[], [], []]


@pytest.mark.slow
def test_pictures_of_the_same_runs_are_the_same_and_hold_names_as_text(tmp_path: Path) -> None:
    for name in ("$a_b$", "<b>"):
        write_run(tmp_path / name)
    runs = recorded_runs([tmp_path / "$a_b$", tmp_path / "<b>"])
    assert have_curves(runs)
    svg = picture(runs, "svg")
    assert svg == picture(runs, "svg")
    assert b"<b>" not in svg
    assert svg.count(b"<!-- A -->") == svg.count(b"<!-- B -->") == 3  # a legend in each panel
    assert picture(runs, "png").startswith(b"\x89PNG")
