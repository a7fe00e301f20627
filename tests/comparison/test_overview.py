"""What is said of runs side by side, and what is not."""

from pathlib import Path
from typing import Any

import pytest

from repro.comparison.overview import number, overview
from repro.comparison.recorded_run import recorded_runs
from repro.ledger.grids.cell import merge
from repro.table import formatted
from tests.comparison.runs import CONFIG, metric, write_run


def said(folder: Path, *changes: dict[str, Any]) -> str:
    for place, change in enumerate(changes):
        write_run(folder / str(place), config=merge(CONFIG, change), metrics={"test.bleu": metric(20.0 + place)})
    runs = recorded_runs([folder / str(place) for place in range(len(changes))])
    return formatted(overview(runs, [], "bootstrap", None, 1), "text")


def test_three_runs_are_compared_with_the_first(tmp_path: Path) -> None:
    text = said(tmp_path, {}, {"model": {"warmup": 7}}, {"trainer": {"max_steps": 9}})
    lines = [line.split() for line in text.split("\n")]
    assert ["configuration", "A", "B", "C"] in lines
    assert ["model.warmup", "100", "7", "100"] in lines
    assert ["test.bleu", "BLEU,", "0", "to", "100", "higher", "20", "21", "22", "+1", "+2"] in lines
    assert "one run of each configuration" in text
    assert "differ in 2 keys that decide the result, so no difference has only one cause" in text


def test_one_key_is_one_cause_unless_the_seed_differs_too(tmp_path: Path) -> None:
    assert "no difference has only one cause" not in said(tmp_path / "a", {}, {"model": {"warmup": 7}})
    assert "2 keys" in said(tmp_path / "b", {}, {"model": {"warmup": 7}, "seed_everything": 2})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"commit": "d" * 40}, "in code,"),
        ({"dirty": True}, "in code,"),
        ({"data": {"store": "mine-2"}}, "in text,"),
        ({"versions": {"torch": "3"}}, "in version.torch,"),
    ],
)
def test_seeds_are_not_the_only_cause_beside_other_code_or_text(
    tmp_path: Path, change: dict[str, Any], named: str
) -> None:
    write_run(tmp_path / "0")
    write_run(tmp_path / "1", config=merge(CONFIG, {"seed_everything": 2}), **change)
    text = formatted(overview(recorded_runs([tmp_path / "0", tmp_path / "1"]), [], "bootstrap", None, 1), "text")
    assert named in text
    assert "differ only in their seed" not in text


def test_another_machine_gives_chance_differences_too(tmp_path: Path) -> None:
    write_run(tmp_path / "0")
    hardware = {"cpu": "b", "cores": 2, "gpus": []}
    write_run(tmp_path / "1", config=merge(CONFIG, {"seed_everything": 2}), hardware=hardware)
    text = formatted(overview(recorded_runs([tmp_path / "0", tmp_path / "1"]), [], "bootstrap", None, 1), "text")
    assert "differ only in their seed" in text


def test_seeds_alone_are_chance_and_nothing_is_a_repetition(tmp_path: Path) -> None:
    assert "differ only in their seed" in said(tmp_path / "a", {}, {"seed_everything": 2})
    text = said(tmp_path / "b", {}, {"data": {"root": "elsewhere"}})
    assert "repetitions of one cell" in text
    assert "data.root" in text
    assert "The configurations are the same." in said(tmp_path / "c", {}, {})


@pytest.mark.parametrize(
    ("value", "text"), [(None, "-"), (3, "3"), (1234.5, "1,234"), (0.000123456, "0.0001235"), (99.99, "99.99")]
)
def test_numbers_have_four_digits_that_count(value: float | None, text: str) -> None:
    assert number(value) == text


def test_uncommitted_changes_may_be_others(tmp_path: Path) -> None:
    write_run(tmp_path / "0", dirty=True)
    write_run(tmp_path / "1", config=merge(CONFIG, {"seed_everything": 2}), dirty=True)
    text = formatted(overview(recorded_runs([tmp_path / "0", tmp_path / "1"]), [], "bootstrap", None, 1), "text")
    assert "differ in their seed and in uncommitted changes, perhaps, so chance may not be the only cause" in text
