"""The best of the trials and what they cost, on planted records."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from repro.ledger.comparing.trials import tried
from repro.ledger.records.record import Record
from tests.ledger.grids.test_tuning import TRIALS, grid
from tests.reports.records import planted

SCORES = {"transformer": [2.0, 1.5, 1.7, 1.5], "lstm": [1.9, 2.5, 1.8, 3.0]}


def records(scores: Mapping[str, Sequence[float]], metric: str = "dev.nll") -> dict[str, dict[int, Record]]:
    return {
        f"{row}+trial-{number}": {1: planted("trials", "x", 1, {metric: score}, seconds=10.0)}
        for row, of_row in scores.items()
        for number, score in enumerate(of_row, 1)
    }


def test_the_best_is_the_lowest_loss_and_of_equal_ones_the_first(tmp_path: Path) -> None:
    found = tried(grid(tmp_path, "trials", TRIALS), records(SCORES))
    assert {row: it.best for row, it in found.items()} == {"transformer": 2, "lstm": 3}
    assert found["lstm"].scores == {1: 1.9, 2: 2.5, 3: 1.8, 4: 3.0}
    assert {row: it.seconds for row, it in found.items()} == {"transformer": 40.0, "lstm": 40.0}


def test_of_a_score_the_highest_is_best(tmp_path: Path) -> None:
    decoded = {**TRIALS, "set": {"decoding.splits": ["dev"]}}
    found = tried(grid(tmp_path, "trials", decoded, metric="dev.bleu"), records(SCORES, "dev.bleu"))
    assert {row: it.best for row, it in found.items()} == {"transformer": 1, "lstm": 4}


def test_nothing_is_best_until_all_trials_of_the_row_have_ended(tmp_path: Path) -> None:
    some = records(SCORES)
    del some["lstm+trial-4"]
    found = tried(grid(tmp_path, "trials", TRIALS), some)
    assert (found["transformer"].best, found["lstm"].best, found["lstm"].ended) == (2, None, 3)


def test_a_trial_that_diverged_ends_it_and_is_not_best(tmp_path: Path) -> None:
    all_of_them = records(SCORES)
    all_of_them["lstm+trial-3"] = {1: planted("trials", "x", 1, {}, status="diverged", error="nan", seconds=5.0)}
    found = tried(grid(tmp_path, "trials", TRIALS), all_of_them)["lstm"]
    assert (found.best, found.ended, found.seconds) == (1, 4, 35.0)
    assert 3 not in found.scores


def test_seeds_of_a_trial_are_averaged_and_all_are_needed(tmp_path: Path) -> None:
    chosen = grid(tmp_path, "trials", TRIALS, seeds=2)
    both = records(SCORES)
    for row, runs in both.items():
        runs[2] = planted("trials", "x", 2, {"dev.nll": 0.1 if row == "lstm+trial-4" else 9.0}, seconds=10.0)
    assert tried(chosen, both)["lstm"].best == 4  # (3.0 + 0.1) / 2
    del both["lstm+trial-1"][2]
    assert tried(chosen, both)["lstm"].best is None


def test_seeds_of_the_base_alone_are_needed_of_the_base_alone(tmp_path: Path) -> None:
    plain = grid(tmp_path, "trials", TRIALS)
    base = "lstm+trial-1"
    rows = [replace(row, base=None if row.name == base else base) for row in plain.rows]
    chosen = replace(plain, rows=rows, base_seeds=[1, 2])
    bases = {base}
    all_of_them = records(SCORES)
    found = tried(chosen, all_of_them)
    of_base = {name.partition("+")[0] for name in bases}
    assert {row for row, it in found.items() if it.best is None} == of_base
    for name in bases:
        all_of_them[name][2] = planted("trials", "x", 2, {"dev.nll": 9.0}, seconds=10.0)
    assert all(it.best is not None for it in tried(chosen, all_of_them).values())
