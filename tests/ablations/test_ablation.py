"""Grids from Python: the same plans, runs and comparisons as those of `ablate`."""

import csv
import io
from pathlib import Path

import pytest

import ablations
import reports
from ablations.cli import main
from repro.errors import BadInput
from tests.ablations.test_cli import write


@pytest.fixture
def grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write(tmp_path)


def test_the_shipped_grids_are_listed() -> None:
    listed = {row["grid"]: row for row in ablations.list_grids()}
    assert {"table3", "heads", "positions"} <= listed.keys()
    assert "builtin" in listed["heads"]["scales"]


def test_plan_run_and_results(grid: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stub = ablations.load_grid(grid, seeds=3)
    assert [(row["row"], row["seed"], row["state"]) for row in stub.plan()] == [
        (row, seed, "missing") for row in ("base", "more") for seed in (1, 2, 3)
    ]
    assert stub.expected_seconds() is None
    assert [row["runs"] for row in stub.results()] == [0, 0]
    assert stub.measurements() == []

    results = stub.run(jobs=1)
    assert "[6/6]" in capsys.readouterr().err
    assert {row["state"] for row in stub.plan()} == {"done"}
    assert stub.expected_seconds() == 0
    measured = stub.measurements()
    assert len(measured) == 6
    mean = {row: sum(each["total"] for each in measured if each["row"] == row) / 3 for row in ("base", "more")}
    base, more = results
    assert (base["runs"], base["total"], base["difference"]) == (3, mean["base"], None)
    assert more["difference"] == pytest.approx(mean["more"] - mean["base"])
    assert more["low"] < more["difference"] < more["high"]
    assert more["finding"] == "inconclusive"


@pytest.mark.slow
def test_rows_and_seeds_may_be_chosen(grid: Path) -> None:
    chosen = ablations.load_grid(str(grid), rows="mo*", seeds=[7, 9], out="elsewhere")
    chosen.run()
    names = sorted(path.name.rpartition("-")[0] for path in Path("elsewhere/builtin/stub").iterdir())
    assert names == ["more-seed7", "more-seed9"]


def test_a_scale_of_one_s_own_is_run_by_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scale = tmp_path / "mine.yaml"
    scale.write_text("title: mine\nlike: builtin\n")
    ablations.load_grid(write(tmp_path, scales={"mine": None}), scale, rows="base", seeds=1).run()
    assert [path.name.rpartition("-")[0] for path in Path("runs/mine/stub").iterdir()] == ["base-seed1"]


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("haeds", {}, r"there is no grid 'haeds'; did you mean heads\?"),
        ("heads", {"scale": "biultin"}, r"there is no scale 'biultin'; did you mean builtin\?"),
        ("heads", {"rows": "one,bsae"}, "grid heads has no row 'bsae'"),
        ("heads", {"seeds": 0}, "seeds is 0; it must be a number from 1 to 10,000"),
        ("heads", {"seeds": 10_001}, "seeds is 10001; it must be a number from 1 to 10,000"),
        ("heads", {"seeds": 1.5}, "seeds is 1.5; it must be a number from 1 to 10,000"),
        ("heads", {"seeds": True}, "seeds is True; it must be a number from 1 to 10,000"),
        ("heads", {"seeds": []}, r"seeds is \[\]; it must be a number from 1 to 10,000"),
        ("heads", {"published": "nowhere"}, "nowhere does not exist; give a folder of published records"),
    ],
)
def test_what_is_refused(name: str, options: dict[str, object], reason: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=reason):
        ablations.load_grid(name, **options)  # type: ignore[arg-type]


def test_what_the_command_refuses_is_said_in_its_words(grid: Path) -> None:
    Path("runs").write_text("a file in the way")
    with pytest.raises(BadInput) as refused:
        ablations.load_grid(grid).run()
    assert str(refused.value).startswith("runs cannot be written to")
    assert str(refused.value).endswith("choose another --out")


def test_published_records_are_read_as_the_command_reads_them(capsys: pytest.CaptureFixture[str]) -> None:
    positions = ablations.load_grid("positions", published=reports.PUBLISHED, out="nowhere")
    assert {(row["state"], row["published"]) for row in positions.plan()} == {("done", True)}
    arguments = ["--out", "nowhere", "--from", str(reports.PUBLISHED)]
    assert main(["export", "positions", "--csv", *arguments]) == 0
    exported = {
        (line["row"], int(line["seed"]), line["metric"]): float(line["value"])
        for line in csv.DictReader(io.StringIO(capsys.readouterr().out))
        if line["value"]
    }
    measured = {
        (row["row"], row["seed"], name): value
        for row in positions.measurements()
        for name, value in row.items()
        if "." in name and value is not None
    }
    assert measured == exported
    assert {row["positions"] for row in positions.measurements()} == {"none", "sinusoidal", "learned"}

    none, base, learned = positions.results()
    assert (base["base"], none["base"]) == (None, "positions=sinusoidal")
    assert (none["finding"], learned["finding"]) == ("worse", "inconclusive")
    by_perplexity = positions.results("dev.perplexity")[0]
    assert by_perplexity["difference"] > 0
    assert by_perplexity["finding"] == "worse"
    with pytest.raises(BadInput, match=r"no finished record of positions has dev\.perplexty; did you mean dev\."):
        positions.results("dev.perplexty")
