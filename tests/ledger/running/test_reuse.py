import dataclasses
import json
import os
import shutil

import pytest

from repro.cell_directory import attempts
from repro.errors import BadInput
from repro.ledger.grids.cell import Cell
from repro.ledger.records.attempts import records
from repro.ledger.records.published_cells import PublishedCells
from repro.ledger.running import reuse
from repro.ledger.running.plan import place
from repro.ledger.running.reuse import origin, take_over
from repro.ledger.running.run import run_cell
from repro.ledger.running.worker import Task
from repro.metric_declaration import MetricDeclaration


def task(out, grid, row="r", seed=1, **config):
    cell = Cell("tests.ledger.functions:steps", {"seed": seed, "steps": 2, **config}, grid, row, "s")
    return Task(cell, place(out, cell))


@pytest.fixture
def first(tmp_path):
    """A cell that the grid `first` has run."""
    done = task(tmp_path, "first")
    run_cell(done.cell, done.directory, "the first command")
    (done.directory / "attempt-1" / "metrics.csv").write_text("step,loss\n1,2.0\n")
    return done


def taken_from(first):
    return {"reused_from": {"grid": "first", "row": "r", "cell": first.cell.id}}


def test_an_equal_cell_s_record_is_taken_over_and_says_from_where(tmp_path, first):
    equal, other = task(tmp_path, "second", row="q"), task(tmp_path, "second", seed=2)
    assert take_over([equal, other], tmp_path) == [other]
    (record,), (original,) = records(equal.directory), records(first.directory)
    assert record == dataclasses.replace(original, grid="second", row="q", details=taken_from(first))
    assert str(tmp_path) not in (equal.directory / "attempt-1" / "record.json").read_text()
    assert (equal.directory / "attempt-1" / "metrics.csv").read_text() == "step,loss\n1,2.0\n"
    assert not other.directory.exists()


def test_a_record_that_is_taken_over_counts_the_trials_of_its_own_grid(tmp_path, first):
    counted = {"grid": "trials", "trials": 6, "metric": "dev.nll", "chosen": 3}
    tuned = task(tmp_path, "second")
    tuned = dataclasses.replace(tuned, cell=dataclasses.replace(tuned.cell, tuning=counted))
    assert take_over([tuned], tmp_path) == []
    assert records(tuned.directory)[0].details["tuning"] == counted
    untuned = task(tmp_path, "third")
    assert take_over([untuned], tmp_path) == []
    assert "tuning" not in records(untuned.directory)[0].details


def test_what_was_taken_over_is_not_taken_over_again(tmp_path, first):
    second, third = task(tmp_path, "second"), task(tmp_path, "third")
    take_over([second], tmp_path)
    take_over([third], tmp_path)
    assert records(third.directory)[0].details == taken_from(first)
    shutil.rmtree(first.directory)
    fourth = task(tmp_path, "fourth")
    assert take_over([fourth], tmp_path) == []  # from what is left of it
    assert records(fourth.directory)[0].details == taken_from(first)


def test_timed_repeated_failed_and_begun_cells_are_left_alone(tmp_path, first):
    timed = dataclasses.replace(task(tmp_path, "second"), exclusive=True)
    again = dataclasses.replace(task(tmp_path, "second"), repeat=True)
    assert take_over([timed, again, first], tmp_path) == [timed, again, first]
    failing = task(tmp_path, "first", seed=3, ends="failed")
    run_cell(failing.cell, failing.directory, "")
    assert take_over([task(tmp_path, "second", seed=3, ends="failed")], tmp_path)
    begun = task(tmp_path, "second")
    (begun.directory / "attempt-1").mkdir(parents=True)
    (begun.directory / "attempt-1" / "state.json").write_text("[1, 1]")
    (begun.directory / "cell.json").write_text((first.directory / "cell.json").read_text())
    assert take_over([begun], tmp_path) == [begun]
    assert records(begun.directory) == []
    assert len(attempts(begun.directory)) == 1


def test_where_an_adopted_record_is_from(tmp_path, first):
    (original,) = records(first.directory)
    assert origin(original) is None
    path = "/home/me/runs/s/third/positions=none-seed2-0123456789ab"  # as earlier versions wrote it
    earlier = dataclasses.replace(original, details={"reused_from": path})
    assert origin(earlier) == {"grid": "third", "row": "positions=none", "cell": "0123456789ab"}


def test_a_record_that_was_measured_goes_before_one_that_was_taken_over(tmp_path, first):
    """Earlier versions left no curve beside what they took over."""
    for name in ("a", "z"):
        assert take_over([task(tmp_path, name)], tmp_path) == []
        (task(tmp_path, name).directory / "attempt-1" / "metrics.csv").unlink()
    second = task(tmp_path, "second")
    assert take_over([second], tmp_path) == []
    assert (second.directory / "attempt-1" / "metrics.csv").exists()


def test_a_published_cell_of_another_grid_is_taken_over(tmp_path, first):
    published, out = PublishedCells([tmp_path]), tmp_path / "elsewhere"
    equal, other = task(out, "second", row="q"), task(out, "second", seed=2)
    timed = dataclasses.replace(task(out, "third"), exclusive=True)
    assert take_over([equal, other, timed], out, published) == [other, timed]
    assert records(equal.directory)[0].details == taken_from(first)
    assert (equal.directory / "attempt-1" / "metrics.csv").exists()
    assert not timed.directory.exists()


def test_what_was_run_here_goes_before_what_is_published(tmp_path, first):
    published = tmp_path / "published"
    shutil.copytree(tmp_path / "s", published / "s")
    for path in published.rglob("record.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "command": "theirs"}))
    second = task(tmp_path, "second")
    assert take_over([second], tmp_path, PublishedCells([published])) == []
    assert records(second.directory)[0].command == "the first command"


def test_a_damaged_published_cell_is_refused_before_anything_is_written(tmp_path, first):
    out = tmp_path / "elsewhere"
    fine = task(tmp_path, "first", seed=2)
    run_cell(fine.cell, fine.directory, "")
    (first.directory / "attempt-1" / "record.json").write_text("{")
    with pytest.raises(BadInput, match=r"record.json is not a record .*, or leave out the --from that contains it"):
        take_over([task(out, "second", seed=2), task(out, "second")], out, PublishedCells([tmp_path]))
    assert not out.exists()
    # As before, one below --out is only no help.
    assert len(take_over([task(tmp_path, "second")], tmp_path)) == 1


def test_an_adoption_that_was_cut_short_leaves_nothing_and_is_made_again(tmp_path, first, monkeypatch):
    second = task(tmp_path, "second")
    renamed = os.replace

    def killed(source, target):
        if str(target).endswith("attempt-1"):
            shutil.copytree(source, target.with_name(".attempt-1.0.tmp"))  # what a kill would leave
            raise KeyboardInterrupt
        renamed(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            take_over([second], tmp_path)
    assert attempts(second.directory) == []
    assert take_over([second], tmp_path) == []
    assert sorted(path.name for path in second.directory.iterdir()) == ["attempt-1", "cell.json"]


def test_a_record_of_before_a_metric_was_measured_is_left_alone(tmp_path, first, monkeypatch):
    """Its grid compares rows by a metric that the cell's function declares, and the record has it not yet."""
    declared = [MetricDeclaration("total"), MetricDeclaration("new")]
    monkeypatch.setattr(reuse, "declared_metrics", lambda *_: declared)
    second = task(tmp_path, "second")
    assert take_over([second], tmp_path, metrics=["total", "new"]) == [second]
    assert take_over([second], tmp_path, PublishedCells([tmp_path]), ["new"]) == [second]
    # What such a cell never has is no reason to run it again.
    assert take_over([second], tmp_path, metrics=["total", "unheard of"]) == []
