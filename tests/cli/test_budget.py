"""What of a suite fits into some minutes, by a calibration that is planted."""

from pathlib import Path

import pytest
import yaml

from repro.cli import budget, calibration
from repro.cli.budget import fitting, within
from repro.errors import BadInput
from repro.ledger.grids.scale import Portion, read_scale, scale_files
from tests.cli.test_suite import calls, shelf  # noqa: F401
from tests.threads import one_thread as one_thread


def portions(**minutes: float) -> list[Portion]:
    return [Portion(name, core_minutes=taken) for name, taken in minutes.items()]


def test_what_does_not_fit_is_left_out_and_shorter_ones_behind_it_still_count() -> None:
    fit, left_out = fitting(portions(a=4, b=20, c=5, d=2), minutes=5, factor=0.5)
    assert [each.grid for each in fit] == ["a", "c"]  # 2 + 2.5 minutes; with d they would be 5.5
    assert [each.grid for each in left_out] == ["b", "d"]
    assert fitting(portions(a=4), minutes=2, factor=0.5) == (portions(a=4), [])


def test_of_two_equal_portions_one_may_fit_and_the_other_is_left_out() -> None:
    (portion,) = portions(a=4)
    assert fitting([portion, portion], minutes=6, factor=1) == ([portion], [portion])


def test_a_suite_leaves_out_what_is_too_long_here(repro, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    path = shelf / "scales" / "small.yaml"
    content = yaml.safe_load(path.read_text())
    content["grids"] = [{"grid": "one", "core_minutes": 3}, {"grid": "two", "core_minutes": 1}]
    content["seconds_per_update"] = 0.5
    path.write_text(yaml.safe_dump(content))
    monkeypatch.setattr(budget, "measured_apart", lambda: 1.0)
    monkeypatch.setattr(budget, "usable_cores", lambda: 2)
    said = repro("suite", "--scale", "small", "--out", "out", "--minutes", "2")
    assert said.status == 0, said.err
    assert "2.0 times as long here" in said.err
    assert "too long for 2 minutes here, and left out: one; without --minutes, they run too" in said.err
    assert calls() == ["b-1"]
    fewer = repro("suite", "--scale", "small", "--out", "fewer", "--jobs", "1", "--minutes", "2")
    assert (fewer.status, calls()) == (0, ["b-1"])
    for jobs, minutes, needed in (("1", "1.9", "2 min 0 s"), ("9", "0.9", "1 min 0 s")):
        said = repro("suite", "--scale", "small", "--out", "out", "--jobs", jobs, "--minutes", minutes)
        assert (said.status, calls(), said.err.count("\n")) == (2, [], 1)
        assert f"no grid of small fits into {minutes} minutes here; the shortest takes about {needed}" in said.err
    said = repro("suite", "--scale", "small", "--out", "out", "--seeds", "4", "--minutes", "2")
    assert (said.status, calls()) == (2, [])
    assert "--minutes counts the seeds that the suite has; leave --seeds or --minutes out" in said.err
    assert repro("suite", "--scale", "small", "--out", "out", "--minutes", "nan").status == 2
    del content["seconds_per_update"]
    path.write_text(yaml.safe_dump(content))
    said = repro("suite", "--scale", "small", "--out", "out", "--minutes", "2")
    assert said.status == 2
    assert "does not say how long its grids take; leave --minutes out" in said.err


@pytest.mark.parametrize("name", scale_files())
def test_times_are_said_for_all_grids_of_a_suite_or_for_none(name: str) -> None:
    at = read_scale(name)
    timed = [portion.core_minutes is not None for portion in at.grids]
    assert all(timed) if at.seconds_per_update is not None else not any(timed)


def test_a_suite_without_times_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not say how long"):
        within(read_scale("multi30k"), 10)


@pytest.mark.usefixtures("one_thread")
def test_the_calibration_is_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "ROUNDS", 1)
    monkeypatch.setattr(calibration, "UPDATES", 2)
    assert 0 < calibration.seconds_per_update() < 60


@pytest.mark.slow
def test_the_calibration_is_a_time_in_a_process_of_its_own() -> None:
    assert 0 < calibration.measured_apart() < 60
