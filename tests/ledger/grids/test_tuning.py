"""Trials of settings: what is drawn, which is best, what is counted, and one sentence for each wrong file."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from repro.errors import BadInput
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale
from repro.ledger.grids.tuning import Range, Tuning, read_tuning

SPACE = {"P_drop": [0.0, 0.1, 0.2], "peak_learning_rate": {"low": 0.001, "high": 0.008, "log": True}}
TRIALS: dict[str, Any] = {
    "title": "trials",
    "function": "repro.training:fit",
    "metric": "dev.nll",
    "rows": {"transformer": {}, "lstm": {"model": "recurrent"}},
    "tuning": {"space": SPACE, "trials": 4, "split": "dev"},
    "scales": {"builtin": {}},
}
FINAL: dict[str, Any] = {
    "title": "final",
    "function": "repro.training:fit",
    "metric": "test.exact_match",
    "base": "transformer",
    "seeds": 2,
    "rows": {"transformer": {}, "lstm": {"model": "recurrent"}, "other": {"h": 1}},
    "tuned": {"by": "trials.yaml", "rows": {"transformer": 3, "lstm": 1}},
    "scales": {"builtin": {}},
}


def radical_inverse(number: int, base: int) -> float:
    """Halton's numbers by their definition: the digits of a number, mirrored at the point."""
    result, share = 0.0, 1.0
    while number:
        share /= base
        result += share * (number % base)
        number //= base
    return result


def grid(folder: Path, name: str, content: dict[str, Any], **changes: Any) -> Grid:
    folder.joinpath(f"{name}.yaml").write_text(yaml.safe_dump({**content, **changes}, sort_keys=False))
    return read_grid(folder / f"{name}.yaml", read_scale("builtin"))


def test_settings_are_haltons_numbers_in_the_space() -> None:
    tuning = Tuning({"a": Range(0.0, 1.0), "b": Range(1.0, 100.0, log=True), "c": ("x", "y", "z")}, 7)
    for label, settings in tuning.settings().items():
        two, three, five = (radical_inverse(int(label), base) for base in (2, 3, 5))
        assert settings["a"] == pytest.approx(two, rel=1e-2)
        assert settings["b"] == pytest.approx(100**three, rel=1e-2)
        assert settings["c"] == "xyz"[int(3 * five)]
    assert list(tuning.settings()) == ["1", "2", "3", "4", "5", "6", "7"]


def test_settings_are_few_digits_within_the_ends_and_even() -> None:
    tuning = Tuning({"a": Range(0.1, 0.4), "b": (1, 2, 3)}, 27)
    drawn = list(tuning.settings().values())
    assert all(0.1 <= it["a"] <= 0.4 and len(f"{it['a']:g}") <= 5 for it in drawn)
    # 27 points of Halton's sequence in base 3, without the first: each third has 9 of them.
    assert set(Counter(it["b"] for it in drawn).values()) == {9}


def test_each_row_is_run_with_each_setting(tmp_path: Path) -> None:
    trials = grid(tmp_path, "trials", TRIALS)
    assert trials.tuning is not None
    assert [row.name for row in trials.rows][:2] == ["transformer+trial-1", "transformer+trial-2"]
    assert len(trials.rows) == 8
    for row in trials.rows:
        settings = trials.tuning.settings()[row.coordinates["trial"]]
        assert row.config["model"]["network"]["init_args"]["P_drop"] == settings["P_drop"]
        assert row.config["model"]["peak_learning_rate"] == settings["peak_learning_rate"]


def test_rows_take_what_their_trial_set_and_their_cells_count_it(tmp_path: Path) -> None:
    trials, final = grid(tmp_path, "trials", TRIALS), grid(tmp_path, "final", FINAL)
    by_name = {row.name: row.config for row in (*trials.rows, *final.rows)}
    assert by_name["transformer"] == by_name["transformer+trial-3"]
    assert by_name["lstm"] == by_name["lstm+trial-1"]
    counted = {cell.row: cell.tuning for cell in final.cells()}
    assert counted["transformer"] == {"grid": "trials.yaml", "trials": 4, "metric": "dev.nll", "chosen": 3}
    assert counted["other"] is None


def test_trials_change_no_id(tmp_path: Path) -> None:
    grid(tmp_path, "trials", TRIALS)
    tuned = grid(tmp_path, "final", FINAL)
    settings = tuned.rows[0].config
    rates = {"P_drop": settings["model"]["network"]["init_args"]["P_drop"]}
    rates["peak_learning_rate"] = settings["model"]["peak_learning_rate"]
    by_hand = grid(tmp_path, "final", FINAL, tuned=None, rows={"transformer": rates})
    assert by_hand.cells()[0].id == tuned.cells()[0].id
    assert by_hand.cells()[0].tuning is None


def test_until_a_trial_is_chosen_the_row_is_open(tmp_path: Path) -> None:
    grid(tmp_path, "trials", TRIALS)
    final = grid(tmp_path, "final", FINAL, tuned={"by": "trials.yaml", "rows": {"transformer": None, "lstm": 2}})
    assert final.tuned is not None
    assert list(final.tuned.open) == ["transformer"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"trials": 0}, "has trials: 0; it must be a whole number from 1 to 1,000"),
        ({"trials": True}, "has trials: True"),
        ({"trials": 1_001}, "has trials: 1001"),
        ({"split": "test"}, "must have split: dev, and the grid's metric (dev.nll) must be measured on it"),
        ({"space": {}}, "has an empty space"),
        ({"space": {"P_drop": []}}, "has P_drop: []; give a list of values, or a range"),
        ({"space": {"P_drop": 0.1}}, "has P_drop: 0.1; give a list of values, or a range"),
        (
            {"space": {"P_drop": {"low": 0.3, "high": 0.1}}},
            "has P_drop from 0.3 to 0.1; low must be a",
        ),
        ({"space": {"P_drop": {"low": 0, "high": 1, "log": True}}}, "low must be a number above 0 below high"),
        ({"space": {"P_drop": {"low": "a", "high": 1}}}, "has P_drop from 'a' to 1"),
        ({"space": {"P_drop": {"low": 0.1, "top": 1}}}, "a range must have low and high, and may have log: true"),
        (
            {"space": {"P_drop": [0.1, 0.2]}},
            "gives only 2 different settings in 4 trials; widen space",
        ),
        ({"more": 1}, "must have the keys space, trials and split only"),
    ],
)
def test_what_is_wrong_of_tuning_is_said(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput) as error:
        grid(tmp_path, "trials", TRIALS, tuning={**TRIALS["tuning"], **changes})
    assert str(error.value).startswith(f"{tmp_path / 'trials.yaml'}: tuning ")
    assert said in str(error.value)


def test_a_test_set_chooses_nothing() -> None:
    with pytest.raises(ValueError, match="nothing is chosen by a test set"):
        read_tuning(TRIALS["tuning"], "test.bleu")


def test_a_parameter_that_no_model_has(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="P_dorp"):
        grid(tmp_path, "trials", TRIALS, tuning={**TRIALS["tuning"], "space": {"P_dorp": {"low": 0.1, "high": 0.2}}})


def test_an_axis_may_not_be_called_trial_beside_tuning(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"axes\.trial has the same name as the axis that tuning adds"):
        grid(tmp_path, "trials", TRIALS, axes={"trial": {"a": {"h": 1}}})


@pytest.mark.parametrize(
    ("tuned", "said"),
    [
        ({"rows": {}}, "must have the keys by and rows only"),
        ({"by": "trials.yaml", "rows": {}}, "has no rows"),
        (
            {"by": "trials.yaml", "rows": {"transformer": 5}},
            "has transformer: 5; it must be the number of a trial, from 1 to",
        ),
        ({"by": "trials.yaml", "rows": {"transformer": True}}, "has transformer: True"),
        ({"by": "trials.yaml", "rows": {"gru": 1}}, "names 'gru', which is not a row of this grid"),
        ({"by": "trials.yaml", "rows": {"other": 1}}, "names 'other', which is not a row of the trials"),
        ({"by": "heads", "rows": {"transformer": 1}}, "names the grid heads, which has no key tuning"),
        ({"by": "nowhere", "rows": {"transformer": 1}}, "there is no grid 'nowhere'"),
        ({"by": 3, "rows": {"transformer": 1}}, "tuned.by is 3; it must be the name of a grid"),
    ],
)
def test_what_is_wrong_of_tuned_is_said(tmp_path: Path, tuned: dict[str, Any], said: str) -> None:
    grid(tmp_path, "trials", TRIALS)
    with pytest.raises(BadInput) as error:
        grid(tmp_path, "final", FINAL, tuned=tuned)
    assert str(error.value).startswith(f"{tmp_path / 'final.yaml'}: tuned")
    assert said in str(error.value)
