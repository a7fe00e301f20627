"""The command beside a number is one that `ablate` takes, that finds the number's records, and that compares them."""

import json
import shlex
import shutil
from argparse import Namespace
from pathlib import Path

import pytest

import reports
from ablations.cli import _parser, main
from ablations.repeat.originals import originals
from reports.verdicts.report import Report, make_report
from reports.verdicts.verdict import Verdict
from tests.ledger.campaign import change_record, content
from tests.representatives import others_slow

ROOT = Path(reports.__file__).parents[1]
PUBLISHED = ROOT / "reports" / "published"


@pytest.fixture(scope="module")
def published() -> Report:
    return make_report([PUBLISHED])


def parsed(command: str) -> Namespace:
    """As the program parses it."""
    program, *arguments = shlex.split(command)
    assert program == "ablate"
    return _parser(arguments)[0].parse_args(arguments)


def of_rows(report: Report, grid: str, row: str) -> Verdict:
    """A verdict over the records of one row."""
    return next(
        each
        for judged in report.judged
        for each in judged.scales
        if {(it.grid, it.row) for it in each.records} == {(grid, row)}
    )


@pytest.mark.parametrize("every", others_slow([7, 1], [0]))
def test_the_command_of_every_verdict_finds_its_records(
    published: Report, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    """In a clean checkout, where nothing has run; by default of every seventh command."""
    monkeypatch.chdir(ROOT)
    repeated: dict[str, set[str]] = {}
    for verdict in (each for judged in published.judged for each in judged.scales):
        assert verdict.command is not None
        repeated.setdefault(verdict.command, set()).update(it.cell for it in verdict.records)
    assert len(repeated) > 20
    for command, cells in list(repeated.items())[::every]:
        assert command.startswith("ablate repeat ")
        given = parsed(command)
        given.out, given.published = Path("none"), [Path("reports/published")]
        found = originals(given)
        assert {each.record.cell for each in found.originals} == cells, command
        assert all(each.function is not None for each in found.originals)
        assert found.unreadable == []


def test_what_has_not_run_has_a_command_that_runs_it(published: Report) -> None:
    not_run = [it.verdict.command for it in published.judged if it.verdict.verdict == "not run"]
    commands = [*filter(None, not_run), *filter(None, (each.would_decide for each in published.judged))]
    taken = [parsed(command) for command in commands if command.startswith("ablate ")]
    assert len(taken) > 5
    assert not [command for command in commands if command.startswith("ablate repeat")]


def test_a_published_number_comes_out_again(
    published: Report, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    command = of_rows(published, "complexity", "sequential-convolution").command
    assert command == "ablate repeat complexity --scale builtin --rows sequential-convolution"
    before = content(PUBLISHED)
    status = main([*shlex.split(command)[1:], "--out", str(tmp_path / "none"), "--into", str(tmp_path / "repeats")])
    assert status == 0
    out = capfd.readouterr().out
    assert "1 of 1 cells repeated; numbers compared: 9 (9 equal)" in out
    assert "record      reports/published/builtin/complexity/sequential-convolution-seed1-" in out
    assert content(PUBLISHED) == before


def test_a_number_that_is_wrong_is_found_by_its_own_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (cell,) = (PUBLISHED / "builtin" / "complexity").glob("sequential-convolution-seed1-*")
    shutil.copytree(cell, Path("runs/builtin/complexity") / cell.name)
    attempt = Path("runs/builtin/complexity") / cell.name / "attempt-1"
    metrics = json.loads((attempt / "record.json").read_text())["metrics"]
    name = "sequential.largest"
    change_record(attempt, metrics={**metrics, name: {**metrics[name], "value": metrics[name]["value"] + 1}})
    before = content(Path("runs"))
    command = of_rows(make_report([Path("runs")]), "complexity", "sequential-convolution").command
    assert command is not None
    assert main(shlex.split(command)[1:]) == 1
    out = capfd.readouterr().out
    (line,) = [line.split() for line in out.split("\n") if line.endswith("  off")]
    assert line[2:6] == [name, str(int(metrics[name]["value"] + 1)), str(int(metrics[name]["value"])), "-1"]
    assert "numbers compared: 9 (8 equal, 1 off)" in out
    assert content(Path("runs")) == before
