"""Runs killed at chosen moments and continued equal undisturbed ones to the last bit, on one process.

The killed run is a fork of this process, which has paid for the imports already; `tests/system` does the
same through the real command line.
"""

import os
import shutil

import pytest

from repro.errors import Interrupted
from repro.ledger.records.record import read_record
from repro.training import fitting
from tests.representatives import others_slow
from tests.training.kills import (
    CONFIGURATIONS,
    after_saving,
    after_validation,
    at_update,
    before_the_record,
    before_training_is_noted,
    die,
    killed,
    undisturbed,
    while_averaging,
    while_writing,
)
from tests.training.runs import assert_equal_runs, run

PLAIN_KILLS = {
    "before any checkpoint": at_update(2),
    "at a random step": at_update(8),
    "after a checkpoint": after_saving(6),
    "after the last checkpoint": after_saving(12),
    "within a checkpoint": while_writing(9),
    "between validation and checkpoint": after_validation(12),
    "before training is noted": before_training_is_noted(),
    "while averaging": while_averaging(),
    "before the record": before_the_record(),
}


@pytest.mark.parametrize("moment", others_slow(PLAIN_KILLS, [1, 8]))
def test_a_killed_run_continues_to_the_same_result(root, tmp_path, moment, capsys):
    killed(root, tmp_path / "run", {}, PLAIN_KILLS[moment])
    record = run(root, tmp_path / "run")
    assert record.status == "done"
    assert record.attempt == 1
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")
    assert not list((tmp_path / "run").rglob("*.tmp")), "leftovers of the kill"


@pytest.mark.parametrize("name", others_slow([name for name in CONFIGURATIONS if name != "plain"], []))
def test_a_killed_run_of_another_rhythm_continues_to_the_same_result(root, tmp_path, name):
    killed(root, tmp_path / "run", CONFIGURATIONS[name], at_update(11))
    run(root, tmp_path / "run", CONFIGURATIONS[name])
    assert_equal_runs(undisturbed(root, name), tmp_path / "run")


@pytest.mark.slow
def test_killed_twice(root, tmp_path):
    killed(root, tmp_path / "run", {}, at_update(5))
    killed(root, tmp_path / "run", {}, at_update(11))
    run(root, tmp_path / "run")
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


def test_a_record_taken_out_by_hand_is_made_anew(root, tmp_path, capsys):
    """Its checkpoints were cleared behind it, so nothing is left to average: it is trained anew, at once."""
    shutil.copytree(undisturbed(root, "plain"), tmp_path / "run")
    attempt = tmp_path / "run" / "attempt-1"
    record = read_record(attempt)
    (attempt / "record.json").unlink()
    assert values(run(root, tmp_path / "run")) == values(record)
    assert "no longer has checkpoints; training from the start" in capsys.readouterr().err
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


def test_where_ranks_were_started_together_the_next_start_trains_anew(root, tmp_path, monkeypatch):
    """The others may have found the training over, and have ended."""
    shutil.copytree(undisturbed(root, "plain"), tmp_path / "run")
    (tmp_path / "run" / "attempt-1" / "record.json").unlink()
    monkeypatch.setattr(fitting, "joined", lambda: "torchrun")
    with pytest.raises(Interrupted, match="damaged or gone; the same command continues from an earlier one"):
        run(root, tmp_path / "run")
    assert not (tmp_path / "run" / "attempt-1" / "trained.json").exists()


def values(record):
    """Metrics that no clock changes."""
    timed = ("seconds", "per_second")
    return {name: each["value"] for name, each in record.metrics.items() if not name.endswith(timed)}


def test_checkpoints_that_a_kill_left_behind_a_record_are_cleared_later(root, tmp_path):
    child = os.fork()
    if child == 0:
        try:
            fitting.clear_attempt = lambda attempt: die()
            run(root, tmp_path / "run", {})
        finally:
            os._exit(99)
    os.waitpid(child, 0)
    attempt = tmp_path / "run" / "attempt-1"
    assert (attempt / "record.json").exists()
    assert (attempt / "checkpoints").is_dir()
    run(root, tmp_path / "run")
    assert not (attempt / "checkpoints").exists()
    assert (attempt / "averaged.ckpt").exists()
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


@pytest.mark.slow
def test_loader_workers_change_nothing_and_resume(root, tmp_path):
    changes = {"--data.workers": 2}
    killed(root, tmp_path / "run", changes, at_update(8))
    run(root, tmp_path / "run", changes)
    assert_equal_runs(undisturbed(root, "plain"), tmp_path / "run")


def test_a_done_run_is_left_alone(root, tmp_path, capsys):
    directory = undisturbed(root, "plain")
    before = {path: path.stat().st_mtime_ns for path in directory.rglob("*") if path.is_file()}
    capsys.readouterr()
    assert run(root, directory).status == "done"
    assert "is already done" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in directory.rglob("*") if path.is_file()} == before
