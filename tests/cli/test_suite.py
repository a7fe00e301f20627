"""`repro suite`: every grid in order, what is done is not done again, and a failure stops nobody else."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from repro.console.grid_runs import grids_of
from repro.errors import BadInput
from repro.ledger.grids import scale
from repro.ledger.grids.grid_content import grid_files
from repro.ledger.grids.scale import read_scale, scale_files
from repro.outcome import Outcome

CALLS = Path("calls.txt")
"""Cells run in processes of their own, in this same folder."""


def measure(config: Mapping[str, Any], directory: Path) -> Outcome:
    """What the cells of these tests call."""
    with CALLS.open("a") as calls:
        calls.write(f"{config['word']}-{config['seed']}\n")
    if config["fails"]:
        raise RuntimeError("a planted failure")
    value = {"value": 10.0 * config["seed"], "unit": "points", "definition": "ten times the seed"}
    return Outcome({"test.points": value})


def check_measure(config: Mapping[str, Any]) -> None:
    """What is looked at before anything is started."""
    if config["refuses"]:
        raise BadInput("refuses is planted; leave it out")


def calls() -> list[str]:
    """What was run since the last time this was asked."""
    found = CALLS.read_text().split() if CALLS.exists() else []
    CALLS.unlink(missing_ok=True)
    return found


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the scale `small`, whose suite is the grids `one` and `two`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scales").mkdir()
    (tmp_path / "grids").mkdir()
    content = {"title": "two grids", "models": {"base": "x"}, "data": "x", "trainer": "x", "grids": ["one", "two"]}
    (tmp_path / "scales" / "small.yaml").write_text(yaml.safe_dump(content))
    write(tmp_path, "one", {"a": {}}, seeds=2)
    write(tmp_path, "two", {"b": {}})
    folders = {"repro.scales": tmp_path / "scales", "repro.grids": tmp_path / "grids"}
    found = lambda group: {path.stem: path for path in sorted(folders[group].glob("*.yaml"))}  # noqa: E731
    monkeypatch.setattr(scale, "files_of", found)
    return tmp_path


def write(folder: Path, name: str, rows: dict[str, Any], seeds: int = 1) -> None:
    content = {
        "title": f"grid {name}",
        "function": f"{__name__}:measure",
        "metric": "test.points",
        "better": "higher",
        "columns": {"test.points": "points", "test.none": "none"},
        "config": {"word": "-", "fails": False, "refuses": False, "seed": 0},
        "seeds": seeds,
        "rows": {row: {"word": row, **settings} for row, settings in rows.items()},
        "scales": {"small": None},
    }
    (folder / "grids" / f"{name}.yaml").write_text(yaml.safe_dump(content, sort_keys=False))


def test_every_cell_is_run_and_shown(repro, shelf: Path) -> None:
    said = repro("suite", "--scale", "small", "--out", "out", "--jobs", "1")
    assert said.status == 0, said.err
    assert calls() == ["a-1", "a-2", "b-1"]
    lines = [line.split() for line in said.out.split("\n")]
    assert ["row", "runs", "points", "none"] in lines
    assert ["a", "2/2", "15.00", "-"] in lines
    assert ["b", "1/1", "10.00", "-"] in lines
    assert len(list(shelf.glob("out/small/*/*/attempt-1/record.json"))) == 3
    assert "[2/2] one/a seed 2: done after" in said.err


def test_a_second_call_runs_nothing_again(repro, shelf: Path) -> None:
    first = repro("suite", "--scale", "small", "--out", "out")
    calls()
    second = repro("suite", "--scale", "small", "--out", "out")
    assert calls() == []
    assert second.out == first.out


def test_a_failure_is_recorded_and_the_others_run(repro, shelf: Path) -> None:
    write(shelf, "one", {"a": {}, "b": {"fails": True}, "c": {}})
    said = repro("suite", "--scale", "small", "--out", "out", "--jobs", "1")
    assert said.status == 1
    assert calls() == ["a-1", "b-1", "c-1", "b-1"]
    assert ["b", "0/1,", "1", "failed", "-", "-"] in [line.split() for line in said.out.split("\n")]
    assert "failed after" in said.err
    assert repro("suite", "--scale", "small", "--out", "out").status == 1
    assert calls() == []
    assert repro("suite", "--scale", "small", "--out", "out", "--retry").status == 1
    assert calls() == ["b-1"]  # tried once more, and nothing else


def test_a_suite_may_run_a_part_of_a_grid(repro, shelf: Path) -> None:
    write(shelf, "one", {"a": {}, "b": {"fails": True}, "c": {}}, seeds=2)
    path = shelf / "scales" / "small.yaml"
    content = yaml.safe_load(path.read_text())
    content["grids"] = [{"grid": "one", "rows": ["a", "c*"], "seeds": 1}, "two"]
    path.write_text(yaml.safe_dump(content))
    assert repro("suite", "--scale", "small", "--out", "out", "--jobs", "1").status == 0
    assert calls() == ["a-1", "c-1", "b-1"]
    content["grids"] = [{"gird": "one"}]
    path.write_text(yaml.safe_dump(content))
    said = repro("suite", "--scale", "small", "--out", "out")
    assert said.status == 2
    assert "small.yaml: grids must hold names, or grid, rows, seeds, scale and core_minutes" in said.err


def test_a_shorter_scale_has_what_grids_say_of_the_one_that_it_reduces(repro, shelf: Path) -> None:
    small = shelf / "scales" / "small.yaml"
    shorter = {**yaml.safe_load(small.read_text()), "reduces": "small"}
    shorter["grids"] = ["one", {"grid": "two", "scale": "small"}]
    (shelf / "scales" / "shorter.yaml").write_text(yaml.safe_dump(shorter))
    write(shelf, "one", {"a": {}, "c": {}}, seeds=2)
    path = shelf / "grids" / "one.yaml"
    grid = yaml.safe_load(path.read_text())
    grid["scales"] = {"small": {"margin": 3}, "shorter": {"rows": {"c": None}}}
    path.write_text(yaml.safe_dump(grid))
    one, two = grids_of(read_scale("shorter"))
    assert ([row.name for row in one.rows], one.margin, one.scale) == (["a"], 3.0, "shorter")
    assert (two.name, two.scale) == ("two", "small")
    shorter["reduces"] = "shorter"
    (shelf / "scales" / "shorter.yaml").write_text(yaml.safe_dump(shorter))
    with pytest.raises(BadInput, match=r"shorter\.yaml: reduces is 'shorter', which is not another scale"):
        read_scale("shorter")


def test_a_scale_of_one_s_own_is_filed_under_its_name(repro, shelf: Path) -> None:
    (shelf / "mine.yaml").write_text("title: of my own\nlike: small\ngrids: [one]\n")
    assert repro("suite", "--scale", "mine.yaml", "--out", "out", "--jobs", "1").status == 0
    assert calls() == ["a-1", "a-2"]
    records = [json.loads(path.read_text()) for path in shelf.glob("out/mine/one/*/attempt-1/record.json")]
    assert [(it["scale"], it["command"]) for it in records] == [("mine", "repro suite --scale mine.yaml --out out")] * 2


def test_seeds_may_be_given_for_all_grids(repro, shelf: Path) -> None:
    said = repro("suite", "--scale", "small", "--out", "out", "--jobs", "1", "--seeds", "4-5")
    assert said.status == 0, said.err
    assert calls() == ["a-4", "a-5", "b-4", "b-5"]
    records = list(shelf.glob("out/small/*/*/attempt-1/record.json"))
    assert all("--seeds 4,5" in json.loads(path.read_text())["command"] for path in records)
    assert repro("suite", "--scale", "small", "--seeds", "none").status == 2


def test_one_more_seed_runs_only_that(repro, shelf: Path) -> None:
    repro("suite", "--scale", "small", "--out", "out")
    calls()
    write(shelf, "one", {"a": {}}, seeds=3)
    assert repro("suite", "--scale", "small", "--out", "out").status == 0
    assert calls() == ["a-3"]


def test_a_configuration_that_cannot_be_run_starts_nothing(repro, shelf: Path) -> None:
    write(shelf, "one", {"a": {}, "b": {"refuses": True}})
    said = repro("suite", "--scale", "small", "--out", "out")
    assert said.status == 2
    assert said.err.rstrip("\n").split("\n")[-1] == "repro: one, row b: refuses is planted; leave it out"
    assert calls() == []
    assert not (shelf / "out").exists()


def test_a_wrong_grid_later_in_the_suite_starts_nothing(repro, shelf: Path) -> None:
    write(shelf, "two", {"b": {"wrod": 1}})
    said = repro("suite", "--scale", "small", "--out", "out")
    assert said.status == 2
    assert "two.yaml: rows.b names 'wrod', which is not a parameter here; did you mean word?" in said.err
    assert calls() == []
    assert not (shelf / "out").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("title: x\nmodels: {base: m}\ndata: d\ntrainer: t\n", "lacks grids"),
        ("title: x\nmodels: {bsae: m}\ndata: d\ntrainer: t\ngrids: []\n", "base among them"),
        ("title: x\ngirds: []\n", "a scale has no key 'girds'"),
        ("title: [x\n", "is not YAML in line 2"),
    ],
)
def test_a_wrong_scale_file(repro, shelf: Path, content: str, sentence: str) -> None:
    (shelf / "scales" / "small.yaml").write_text(content)
    said = repro("suite", "--scale", "small", "--out", "out")
    assert said.status == 2
    assert sentence in said.err
    assert not (shelf / "out").exists()


def test_an_unknown_scale(repro, shelf: Path) -> None:
    said = repro("suite", "--scale", "smal")
    assert said.status == 2
    assert "there is no scale 'smal'; did you mean small?" in said.err


def test_installed_scales_and_grids_are_found() -> None:
    assert {"builtin", "help", "multi30k", "news", "wmt14"} <= scale_files().keys()
    assert {"main", "table3", "scaling", "recurrence"} <= grid_files().keys()
    assert read_scale("builtin").grids[0].grid == "main"
