"""`ablate publish`, and `--from`: a campaign that is begun on one machine and ends on another."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
import yaml

import reports
from ablations.cli import main
from reports.verdicts.records import read_records
from repro.cell_directory import attempts
from repro.ledger.records.attempts import records
from tests.ablations.test_cli import write
from tests.ledger.campaign import change_record, content
from tests.representatives import others_slow

Ablate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ablate(capsys: pytest.CaptureFixture[str]) -> Ablate:
    """Runs a command in this process: its status, what it printed, what it said."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A grid's file: rows `base` and `more`, two seeds."""
    monkeypatch.chdir(tmp_path)
    return write(tmp_path)


@pytest.fixture
def begun(ablate: Ablate, grid: Path) -> Path:
    """The grid with its first seed run and published by somebody else, who is gone."""
    assert ablate("run", grid, "--seeds", 1, "--out", "theirs")[0] == 0
    assert ablate("publish", grid, "--seeds", 1, "--out", "theirs", "--to", "published") == (
        0,
        "stub at builtin: 2 published, 0 there already, 0 not done\n",
        "",
    )
    shutil.rmtree("theirs")
    return grid


def attempt_of(row: str, seed: int = 1) -> Path:
    (cell,) = Path("published/builtin/stub").glob(f"{row}-seed{seed}-*")
    return cell / "attempt-1"


def test_a_grid_that_is_begun_on_one_machine_ends_on_another(ablate: Ablate, begun: Path) -> None:
    published = content(Path("published"))
    status, out, err = ablate("plan", begun, "--from", "published")
    assert status == 0
    assert re.findall(r"^(\w+) +(\d) +(done \(published\b|missing)", out, re.M) == [
        ("base", "1", "done (published"),
        ("base", "2", "missing"),
        ("more", "1", "done (published"),
        ("more", "2", "missing"),
    ]
    assert "4 cells: 2 done (2 published), 2 missing; 2 to run: about" in out
    assert not Path("runs").exists()
    assert "2 to run" not in ablate("plan", begun)[1]

    status, out, err = ablate("run", begun, "--from", "published", "--jobs", 2)
    assert status == 0
    assert "2 of 4 cells to run" in err
    assert "2 of 4 cells are published" in err
    assert re.findall(r"^(base|more) +2/2", out, re.M) == ["base", "more"]
    made = sorted(path.name.rpartition("-")[0] for path in Path("runs/builtin/stub").iterdir())
    assert made == ["base-seed2", "more-seed2"]
    assert content(Path("published")) == published
    # The report sees what both have run.
    found = read_records([Path("runs"), Path("published")])
    assert {(each.record.row, each.record.seed) for each in found.counted} == {
        (row, seed) for row in ("base", "more") for seed in (1, 2)
    }
    assert ablate("publish", begun, "--to", "published")[1] == (
        "stub at builtin: 2 published, 0 there already, 2 not done\n"
    )
    assert "4 done (4 published)" in ablate("plan", begun, "--from", "published", "--out", "none")[1]


def test_status_show_and_export_see_published_cells(ablate: Ablate, begun: Path) -> None:
    lines = [line.split() for line in ablate("status", begun, "--from", "published")[1].split("\n")]
    assert lines[1][:6] == ["builtin", "stub", "4", "2", "2", "missing"]
    out = ablate("show", begun, "--from", "published")[1]
    assert re.findall(r"^(base|more) +1/2", out, re.M) == ["base", "more"]
    assert "2 cells have not been run" in out
    rows = csv.DictReader(io.StringIO(ablate("export", begun, "--csv", "--from", "published")[1]))
    assert sorted((row["row"], row["seed"], row["status"]) for row in rows) == [
        ("base", "1", "done"),
        ("base", "2", "missing"),
        ("more", "1", "done"),
        ("more", "2", "missing"),
    ]
    sweep = yaml.safe_load(ablate("export", begun, "--wandb-sweep", "--from", "published")[1])
    assert len(sweep["parameters"]["cell"]["values"]) == 2
    assert len(yaml.safe_load(ablate("export", begun, "--wandb-sweep")[1])["parameters"]["cell"]["values"]) == 4
    status, _, err = ablate("export", begun, "--wandb-sweep", "--from", "published", "--seeds", 1)
    assert (status, err.count("\n")) == (2, 1)
    assert "every cell of grid stub is published" in err
    # A published cell has no cell.json.
    identity = attempt_of("more").parent.name.rpartition("-")[2]
    status, out, _ = ablate("show", identity[:6], "--from", "published")
    assert status == 0
    assert f"cell {identity}: stub at the scale builtin, row more, seed 1" in out
    assert "steps: 4" in out
    assert ablate("show", identity)[0] == 2


def test_published_cells_of_other_code_count_and_are_repeated_here_when_asked(ablate: Ablate, begun: Path) -> None:
    for row in ("base", "more"):
        change_record(attempt_of(row), commit="0" * 40, dirty=False)
    published = content(Path("published"))
    out = ablate("plan", begun, "--from", "published", "--seeds", 1)[1]
    if "other code" not in out:
        pytest.skip("not run from a checkout")
    assert out.count("done (published, other code)") == 2
    assert ablate("run", begun, "--from", "published", "--seeds", 1)[0] == 0
    assert not Path("runs").exists()
    assert ablate("run", begun, "--from", "published", "--seeds", 1, "--rows", "more", "--stale")[0] == 0
    (made,) = Path("runs/builtin/stub").iterdir()
    assert [each.status for each in records(made)] == ["done"]
    assert content(Path("published")) == published


def test_a_published_cell_of_another_grid_is_taken_over_and_published_for_this_one(
    ablate: Ablate, begun: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.yaml"
    content_of = yaml.safe_load(begun.read_text())
    other.write_text(yaml.safe_dump({**content_of, "rows": {"base": {}, "new": {"steps": 7}}}, sort_keys=False))
    planned = ablate("plan", other, "--from", "published", "--seeds", 1)[1]
    assert "2 cells: 2 missing; 1 taken over from other grids, 1 to run: about" in planned
    status, _, err = ablate("run", other, "--from", "published", "--seeds", 1)
    assert status == 0
    assert "other: 1 of 2 missing cells taken over from other grids" in err
    assert "1 of 2 cells to run" in err
    assert re.search(r"base +1 +done \(run for stub\b[^)]*\)    +[0-9a-f]{12}", ablate("plan", other, "--seeds", 1)[1])
    summary = "other at builtin: 2 published, 0 there already, 0 not done\n"
    assert ablate("publish", other, "--seeds", 1, "--to", "published") == (0, summary, "")
    (cell,) = Path("published/builtin/other").glob("base-*")
    (record,) = records(cell)
    assert (record.grid, record.row) == ("other", "base")
    assert record.details["reused_from"] == {"grid": "stub", "row": "base", "cell": record.cell}
    assert "2 done (2 published)" in ablate("plan", other, "--seeds", 1, "--from", "published", "--out", "none")[1]


def test_retry_takes_a_published_cell_in_place_of_its_own_failure(ablate: Ablate, begun: Path) -> None:
    assert ablate("run", begun, "--seeds", 1)[0] == 0
    (cell,) = Path("runs/builtin/stub").glob("more-*")
    change_record(cell / "attempt-1", status="failed", error="planted")
    assert ablate("retry", begun, "--seeds", 1, "--from", "published")[0] == 0
    assert len(attempts(cell)) == 1
    assert ablate("retry", begun, "--seeds", 1)[0] == 0
    assert len(attempts(cell)) == 2


BAD_FROM = {
    "no folder": (lambda: None, "nowhere", "--from nowhere does not exist; give a folder of published records"),
    "a file": (lambda: None, "stub.yaml", "--from stub.yaml is a file; give a folder of published records"),
    "a damaged record": (
        lambda: (attempt_of("more") / "record.json").write_text('{"cell": '),
        "published",
        "attempt-1/record.json is not a record",
    ),
    "another cell's record": (
        lambda: change_record(attempt_of("more"), cell="0" * 12),
        "published",
        "is the record of a different cell (000000000000) than its folder",
    ),
    "a newer format": (
        lambda: change_record(attempt_of("more"), format=2),
        "published",
        "was written by a newer version (format 2, this reads 1); update attention-repro",
    ),
}


BAD_CALLS = list(product(["plan", "run", "retry", "status", "show", "export"], BAD_FROM))


# By default each command with one fault and each fault with one command, in turn.
@pytest.mark.parametrize(("command", "case"), others_slow(BAD_CALLS, [6 * k % len(BAD_CALLS) for k in range(6)]))
def test_a_bad_folder_of_published_records_is_one_sentence(
    ablate: Ablate, begun: Path, command: str, case: str
) -> None:
    damage, folder, said = BAD_FROM[case]
    damage()
    before = content(Path())
    more = ["--csv"] if command == "export" else []
    status, out, err = ablate(command, begun, *more, "--from", folder)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("ablate: ")
    assert said in err
    assert content(Path()) == before
    assert not Path("runs").exists()


def test_nothing_is_run_of_the_first_grid_where_the_second_one_s_record_is_damaged(
    ablate: Ablate, begun: Path, tmp_path: Path
) -> None:
    """The second grid takes it over from another one, so that its own plan does not need it yet."""
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    grid = yaml.safe_load(begun.read_text())
    first.write_text(yaml.safe_dump({**grid, "rows": {"base": {"steps": 9}}}))
    second.write_text(yaml.safe_dump({**grid, "rows": {"base": {}}}))
    (attempt_of("base") / "record.json").write_text("")
    status, out, err = ablate("run", first, second, "--from", "published")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "is not a record" in err
    assert not Path("runs").exists()
    assert ablate("run", first, second, "--from", "published", "--seeds", "2-2")[0] == 0  # where nobody needs it


def test_a_half_written_published_cell_is_told_of_and_run(ablate: Ablate, begun: Path) -> None:
    (attempt_of("more") / "record.json").unlink()
    status, out, err = ablate("plan", begun, "--seeds", 1, "--from", "published")
    assert status == 0
    assert err == (f"{attempt_of('more').parent} is half-written, without a record.json, and is ignored\n")
    assert "1 done (1 published), 1 missing" in out


BAD_TO = {
    "a file": (["--to", "stub.yaml"], "--to stub.yaml cannot be written: stub.yaml is not a folder; choose another"),
    "below a file": (["--to", "stub.yaml/x"], "stub.yaml is not a folder; choose another"),
    "no target": ([], "--to"),
    "an unknown row": (["--to", "published", "--rows", "none"], "grid stub has no row 'none'"),
    "a scale the grid lacks": (["--to", "published", "--scale", "news"], "has no scale 'news'"),
    "no runs": (["--to", "published", "--out", "none"], "none holds no runs of stub.yaml"),
}


@pytest.mark.parametrize("case", BAD_TO)
def test_publishing_refuses_bad_input_in_one_sentence(ablate: Ablate, grid: Path, case: str) -> None:
    assert ablate("run", "stub.yaml")[0] == 0
    before = content(Path())
    arguments, said = BAD_TO[case]
    status, out, err = ablate("publish", "stub.yaml", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert content(Path()) == before
    assert not Path("published").exists()


def test_publishing_refuses_an_unknown_grid(ablate: Ablate, grid: Path) -> None:
    status, _, err = ablate("publish", "hedas", "--to", "published")
    assert status == 2
    assert "there is no grid 'hedas'; did you mean heads?" in err


def test_nothing_of_the_first_grid_is_published_where_the_second_one_is_damaged(
    ablate: Ablate, grid: Path, tmp_path: Path
) -> None:
    (tmp_path / "second.yaml").write_text(grid.read_text())
    assert ablate("run", "stub.yaml", "second.yaml")[0] == 0
    (cell,) = Path("runs/builtin/second").glob("more-seed2-*")
    (cell / "attempt-1" / "record.json").write_text("{")
    status, out, err = ablate("publish", "stub.yaml", "second.yaml", "--to", "published")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert f"{cell}/attempt-1/record.json is not a record" in err
    assert not Path("published").exists()


PUBLISHED = Path(next(iter(reports.__path__))) / "published"


@pytest.mark.slow
def test_without_names_all_that_has_run_is_published_byte_by_byte_as_it_was(ablate: Ablate, grid: Path) -> None:
    """The project's own published records, as if they had been run here."""
    status, out, _ = ablate("publish", "--out", PUBLISHED, "--to", "again", "--scale", "builtin")
    assert status == 0
    assert "main at builtin: 2 published, 0 there already, 0 not done" in out.split("\n")
    again = content(Path("again"))
    assert any(path.startswith("builtin/main/") and path.endswith("/inspection.json") for path in again)
    assert all((PUBLISHED / path).read_bytes() == data for path, data in again.items())
    assert ablate("publish", "--out", "nothing", "--to", "again")[:2] == (
        0,
        "nothing has run in nothing yet; `ablate list` shows the grids\n",
    )


@pytest.mark.slow
def test_five_hundred_published_cells_are_looked_at_in_five_times_the_time_of_reading_them(
    ablate: Ablate, grid: Path, tmp_path: Path
) -> None:
    """In a process of its own, imports included, with records as long as those of a training."""
    write(tmp_path, rows={f"r{i}": {"steps": i} for i in range(100)}, seeds=5, base="r0")
    assert ablate("run", grid, "--rows", "r0", "--seeds", 1, "--out", "theirs")[0] == 0
    (attempt,) = Path("theirs").rglob("attempt-1")
    record = json.loads((attempt / "record.json").read_text())
    for line in ablate("plan", grid)[1].split("\n"):
        if words := re.fullmatch(r"(r\d+) +(\d) +missing +([0-9a-f]{12})", line):
            row, seed, cell = words.groups()
            target = Path(f"published/builtin/stub/{row}-seed{seed}-{cell}/attempt-1")
            target.mkdir(parents=True)
            (target / "record.json").write_text(
                json.dumps({**record, "cell": cell, "details": {"curve": [0.123456789] * 4000}})
            )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    plan = ["-m", "ablations.cli", "plan", str(grid), "--from", "published"]
    reading = "import json, pathlib\nfor path in pathlib.Path('published').rglob('record.json'): json.load(path.open())"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *plan], env=environment, capture_output=True, text=True, check=True
    )
    planned, read = [], []
    for _ in range(8):  # in turn, so that both see the same machine; what else it does only makes either longer
        planned.append(_processor_seconds([sys.executable, *plan], environment))
        read.append(_processor_seconds([sys.executable, "-c", reading], environment))
        if min(planned) < 5 * min(read):
            break
    assert "500 cells: 500 done (500 published)" in done.stdout
    assert not re.search(r"\| +(torch|scipy|numpy)$", done.stderr, re.M)
    assert min(planned) < 5 * min(read)


def _processor_seconds(command: list[str], environment: dict[str, str]) -> float:
    """Of a process: what else the machine does is no matter."""
    before = os.times()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system
