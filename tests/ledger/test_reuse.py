import dataclasses

import pytest

from repro.cell_directory import attempts
from repro.ledger.attempts import records
from repro.ledger.cell import Cell
from repro.ledger.plan import place
from repro.ledger.reuse import take_over
from repro.ledger.run import run_cell
from repro.ledger.worker import Task


def task(out, grid, row="r", seed=1, **config):
    cell = Cell("tests.ledger.functions:steps", {"seed": seed, "steps": 2, **config}, grid, row, "s")
    return Task(cell, place(out, cell))


@pytest.fixture
def first(tmp_path):
    """A cell that the grid `first` has run."""
    done = task(tmp_path, "first")
    run_cell(done.cell, done.directory, "the first command")
    return done


def test_an_equal_cell_s_record_is_taken_over_and_says_from_where(tmp_path, first):
    equal, other = task(tmp_path, "second", row="q"), task(tmp_path, "second", seed=2)
    assert take_over([equal, other], tmp_path) == [other]
    (record,), (original,) = records(equal.directory), records(first.directory)
    assert record == dataclasses.replace(
        original, grid="second", row="q", details={"reused_from": str(first.directory)}
    )
    assert not other.directory.exists()


def test_what_was_taken_over_is_not_taken_over_again(tmp_path, first):
    second, third = task(tmp_path, "second"), task(tmp_path, "third")
    take_over([second], tmp_path)
    take_over([third], tmp_path)
    assert records(third.directory)[0].details == {"reused_from": str(first.directory)}


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
