"""What a grid's table says of trials and of what they chose."""

from dataclasses import replace
from pathlib import Path

import pytest

from ablations.cli import main
from repro.console.tuning_parts import tuned_text, tuning_parts
from repro.ledger.running.plan import plan
from repro.table import Table, formatted
from tests.ledger.comparing.test_trials import SCORES, records
from tests.ledger.grids.test_tuning import FINAL, TRIALS, grid


def test_the_table_of_trials_marks_the_best_and_says_what_to_write(tmp_path: Path) -> None:
    trials = grid(tmp_path, "trials", TRIALS)
    empty = plan(trials, tmp_path / "runs")
    found = records(SCORES)
    cells = [replace(it, state="done", record=found[it.cell.row][1]) for it in empty.cells]
    table, cost, best = tuning_parts(replace(empty, cells=cells))
    assert isinstance(table, Table)
    assert list(table.rows[0]) == ["trial", "P_drop", "peak_learning_rate", "dev.nll of transformer", "dev.nll of lstm"]
    assert [row[3] for row in table.rows[1:]] == ["2", "1.5*", "1.7", "1.5"]
    assert [row[4] for row in table.rows[1:]] == ["1.9", "2.5", "1.8*", "3"]
    assert cost == "4 trials of each row; time so far: transformer 40 s, lstm 40 s"
    assert str(best).endswith("tuned: {by: trials, rows: {transformer: 2, lstm: 3}}")


def test_before_all_have_run_nothing_is_best(tmp_path: Path) -> None:
    parts = tuning_parts(plan(grid(tmp_path, "trials", TRIALS), tmp_path / "runs"))
    assert "*" not in formatted(parts, "text")
    assert len(parts) == 2


def test_a_tuned_grid_says_by_how_many_trials(tmp_path: Path) -> None:
    grid(tmp_path, "trials", TRIALS)
    final = grid(tmp_path, "final", FINAL, tuned={"by": "trials.yaml", "rows": {"transformer": 3, "lstm": None}})
    chosen = "transformer uses trial 3, lstm has no trial chosen yet"
    said = f"rows tuned in 4 trials each by dev.nll (grid trials.yaml): {chosen}"
    assert tuning_parts(plan(final, tmp_path / "runs")) == [said]
    assert final.tuned is not None
    assert tuned_text(final.tuned) == said


def test_a_grid_without_trials_says_nothing(tmp_path: Path) -> None:
    untuned = grid(tmp_path, "final", {key: value for key, value in FINAL.items() if key != "tuned"})
    assert tuning_parts(plan(untuned, tmp_path / "runs")) == []


def test_a_grid_that_waits_for_its_trials_is_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grid(tmp_path, "trials", TRIALS)
    grid(tmp_path, "final", FINAL, tuned={"by": "trials.yaml", "rows": {"transformer": None, "lstm": 2}})
    assert main(["run", str(tmp_path / "final.yaml"), "--out", str(tmp_path / "runs")]) == 2
    said = capsys.readouterr().err
    assert "final has no trial chosen for transformer; run `ablate run trials.yaml" in said
    assert not (tmp_path / "runs").exists()
