"""The cores of this process, not those of the machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from repro.cores import LOAD, busy_cores, usable_cores


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system does not bind processes to cores")
def test_a_process_that_is_bound_to_one_core_has_one() -> None:
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert usable_cores() == 1
    finally:
        os.sched_setaffinity(0, before)
    assert usable_cores() == len(before)


def test_where_the_system_does_not_say_all_cores_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_cores() == 1


@pytest.mark.parametrize(
    ("looks", "busy"),
    [(["3/90", "2/90", "5/91"], 1), (["1/90", "4/90", "4/90"], 0), (["0/9"], 0), (["many"], None)],
)
def test_what_runs_at_every_look_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looks: list[str], busy: int | None
) -> None:
    said = iter(looks)
    monkeypatch.setattr("repro.cores.LOAD", tmp_path)
    monkeypatch.setattr(Path, "read_text", lambda path: f"0.1 0.2 0.3 {next(said)} 4711")
    monkeypatch.setattr("repro.cores.usable_cores", lambda: os.cpu_count())
    assert busy_cores(looks=len(looks), seconds_apart=0.0) == busy


def test_where_others_have_cores_of_their_own_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repro.cores.usable_cores", lambda: (os.cpu_count() or 1) + 1)
    assert busy_cores() is None


@pytest.mark.skipif(not LOAD.exists(), reason="the system does not say what runs")
def test_a_process_that_never_rests_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repro.cores.usable_cores", lambda: os.cpu_count())
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        assert (busy_cores() or 0) >= 1
    finally:
        process.kill()
        process.wait()
