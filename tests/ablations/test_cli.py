"""The command `ablate` on a grid of stub cells."""

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ablations.cli import main
from repro.cell_directory import attempts
from repro.ledger.records.attempts import records

STUB = "tests.ledger.functions:steps"


@pytest.fixture
def ablate(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command in this process: its status, what it printed, what it said."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as end:
            status = int(end.code or 0)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


@pytest.fixture
def grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A grid's file: rows `base` and `more`, two seeds."""
    monkeypatch.chdir(tmp_path)
    return write(tmp_path)


def write(folder: Path, **changes: Any) -> Path:
    content = {
        "title": "a stub",
        "function": STUB,
        "metric": "total",
        "better": "higher",
        "config": {"steps": 3, "seed": 0, "ends": None, "dies": False, "seconds": 0.01},
        "seeds": 2,
        "base": "base",
        "rows": {"base": {}, "more": {"steps": 4}},
        "scales": {"builtin": None},
        **changes,
    }
    path = folder / "stub.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path


def test_list_names_every_shipped_grid(ablate) -> None:
    status, out, _ = ablate("list")
    assert status == 0
    for name in ("table3", "scaling", "layers", "heads", "positions", "norm", "mask", "recurrence", "code", "main"):
        assert any(line.startswith(f"{name} ") for line in out.split("\n"))


def test_plan_run_status(ablate, grid: Path) -> None:
    status, out, _ = ablate("plan", grid)
    assert status == 0
    assert out.count("missing  ") == 4
    assert "4 to run: the time is unknown until" in out
    assert not (grid.parent / "runs").exists()
    assert "nothing has run" in ablate("status", "--out", "runs")[1]

    status, out, err = ablate("run", grid, "--jobs", 2)
    assert status == 0
    assert "[4/4]" in err
    assert "95% interval" in out
    lines = [line.split() for line in out.split("\n")]
    assert next(line for line in lines if line[:1] == ["more"])[1] == "2/2"
    assert len(list((grid.parent / "runs/builtin/stub").glob("*/attempt-1/record.json"))) == 4

    status, out, _ = ablate("plan", grid)
    assert "4 cells: 4 done" in out
    status, out, _ = ablate("status", grid)
    assert [line.split() for line in out.split("\n")][1] == ["builtin", "stub", "4", "4", "-", "0", "s"]
    assert ablate("run", grid)[0] == 0
    assert all(len(attempts(path)) == 1 for path in (grid.parent / "runs/builtin/stub").iterdir())


def test_in_csv_nothing_but_tables_goes_to_stdout(ablate, grid: Path) -> None:
    status, out, err = ablate("status", "--format", "csv")
    assert (status, out) == (0, "")
    assert "nothing has run in runs yet" in err
    tables = ablate("plan", grid, "--format", "csv")[1]
    assert len(list(csv.reader(io.StringIO(tables)))) == 5
    assert all(csv.reader(io.StringIO(tables)))
    assert ablate("plan", grid, grid, "--format", "csv")[1] == f"{tables}\n{tables}"


def at_a_scale_of_ones_own(ablate, folder: Path) -> None:
    """The stub at the scale `mine`, where it has run."""
    write(folder, scales={"mine": None})
    (folder / "mine.yaml").write_text("title: mine\nlike: builtin\n")
    assert ablate("run", "stub.yaml", "--scale", "mine.yaml", "--jobs", 2)[0] == 0


def test_status_of_a_grid_whose_only_scale_is_one_s_own(ablate, grid: Path) -> None:
    at_a_scale_of_ones_own(ablate, grid.parent)
    status, out, _ = ablate("status", grid)
    assert status == 0
    assert [line.split()[:4] for line in out.split("\n")[1:2]] == [["mine", "stub", "4", "4"]]
    assert ablate("status", grid, "--scale", "mine.yaml")[1].split("\n")[1].split()[:4] == ["mine", "stub", "4", "4"]


def test_publish_says_what_it_leaves_out(ablate, grid: Path) -> None:
    at_a_scale_of_ones_own(ablate, grid.parent)
    status, out, err = ablate("publish", "--to", "published")
    assert (status, out) == (0, "")
    assert "left out: stub at the scale mine, which are not both shipped; give your own file as GRID or --scale" in err
    status, _, err = ablate("publish", grid, "--to", "published")
    assert status == 2
    assert "runs holds runs of" in err
    assert "at the scale mine alone; add --scale with its file" in err
    status, _, err = ablate("publish", grid, "--scale", "mine.yaml", "--to", "published")
    assert (status, err) == (0, "")
    assert len(list(Path("published/mine/stub").iterdir())) == 4


def test_show_refuses_what_has_no_effect_on_a_cell(ablate, grid: Path) -> None:
    at_a_scale_of_ones_own(ablate, grid.parent)
    (cell,) = (grid.parent / "runs/mine/stub").glob("base-seed1-*")
    for option, value in (("--rows", "base"), ("--seeds", "2"), ("--set", "steps=4"), ("--limit", "2")):
        status, out, err = ablate("show", cell, option, value)
        assert (status, out) == (2, "")
        assert f"{option} is about the cells of a grid, but {cell} is not a grid; leave it out" in err
        status, out, err = ablate("show", "stub", option, value)
        assert (status, out) == (2, "")
        assert f"{option} needs a grid's file, but stub is known by its records alone; give its file" in err
    assert ablate("show", cell)[0] == 0


CHECKED = """
import os
from tests.ledger.functions import steps

run, killed = steps, steps

def check_run(config):
    return config["no such key"]

def check_killed(config):
    os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("run", "checking the configuration failed, so nothing was started: KeyError: 'no such key'; correct"),
        ("killed", "checking the configuration was killed by signal 9, so nothing was started; is there enough"),
    ],
)
def test_a_check_that_fails_starts_nothing(ablate, grid: Path, monkeypatch, name: str, said: str) -> None:
    (grid.parent / "checked_stub.py").write_text(CHECKED)
    monkeypatch.syspath_prepend(str(grid.parent))
    write(grid.parent, function=f"checked_stub:{name}")
    status, _, err = ablate("run", grid)
    assert status == 2
    assert err.split("\n")[-2].startswith(f"ablate: {said}")
    assert ('config["no such key"]' in err) is (name == "run")  # the traceback says where
    assert not (grid.parent / "runs").exists()


def test_status_says_which_cells_it_does_not_count(ablate, grid: Path) -> None:
    assert ablate("run", grid, "--seeds", "7,9")[0] == 0
    out = ablate("status", grid)[1]
    assert "not counted: cells with other seeds, or that a grid no longer plans (4 in stub at builtin)" in out
    assert "not counted" not in ablate("status", grid, "--seeds", "7,9")[1]


def test_rows_that_ran_without_the_metric_are_not_called_not_run(ablate, grid: Path) -> None:
    write(grid.parent, metric="points", better="higher")
    ablate("run", grid)
    lines = [line for line in ablate("show", grid)[1].split("\n") if line.startswith("more ")]
    assert lines
    assert "0/2, 2 without a value" in lines[0]
    assert "not run" not in lines[0]


def test_rows_and_seeds_may_be_chosen(ablate, grid: Path) -> None:
    assert ablate("run", grid, "--rows", "mo*", "--seeds", "7,9")[0] == 0
    names = sorted(path.name.rpartition("-")[0] for path in (grid.parent / "runs/builtin/stub").iterdir())
    assert names == ["more-seed7", "more-seed9"]
    assert ablate("plan", grid, "--seeds", "3")[1].count("missing  ") == 6
    out = ablate("plan", grid, "--rows", "more", "--seeds", "2,6-8")[1]
    assert re.findall(r"^more +(\d+) +(\w+)", out, re.M) == [
        ("2", "missing"),
        ("6", "missing"),
        ("7", "done"),
        ("8", "missing"),
    ]


def test_a_failure_is_shown_and_retried_only_when_asked(ablate, grid: Path) -> None:
    write(grid.parent, rows={"base": {}, "bad": {"ends": "failed"}}, seeds=1)
    status, out, _ = ablate("run", grid, "--jobs", 1)
    assert status == 1
    assert "bad seed 1: failed: ZeroDivisionError: planted" in out
    (directory,) = (grid.parent / "runs/builtin/stub").glob("bad-*")
    assert ablate("run", grid)[0] == 1
    assert len(attempts(directory)) == 1
    assert ablate("retry", grid)[0] == 1
    assert len(attempts(directory)) == 2

    identity = directory.name.rpartition("-")[2]
    for given in (identity, identity[:5], directory):
        status, out, _ = ablate("show", given)
        assert status == 0
        assert "ZeroDivisionError: planted" in out
        assert "row bad, seed 1" in out
        assert "ends: failed" in out


def test_a_grids_results_are_shown_without_running_anything(ablate, grid: Path) -> None:
    status, out, _ = ablate("show", grid)
    assert status == 0
    assert "4 cells have not been run" in out
    assert not (grid.parent / "runs").exists()
    ran = ablate("run", grid)[1]
    assert ablate("show", grid) == (0, ran, "")
    assert "more" not in ablate("show", grid, "--rows", "base")[1].split("\n")[4]


def test_cells_beside_those_of_the_grid_are_told_of(ablate, grid: Path) -> None:
    assert ablate("run", grid, "--seeds", "1-3")[0] == 0
    (grid.parent / "runs/builtin/stub/notes").mkdir()
    out = ablate("show", grid)[1]
    assert "not shown: 2 more cells in runs/builtin/stub, of other seeds (--seeds)" in out
    assert "of trial runs (--limit)" in out
    assert out.rstrip().endswith("; seeds: 3")
    assert "not shown" not in ablate("show", grid, "--seeds", "1")[1]
    write(grid.parent, rows={"base": {}, "more": {"steps": 5}}, seeds=3)
    assert "not shown: 3 more cells" in ablate("show", grid)[1]  # what `more` was before


def test_what_other_code_made_is_shown_and_repeated_when_asked(ablate, grid: Path) -> None:
    assert ablate("run", grid, "--seeds", 1)[0] == 0
    (directory,) = (grid.parent / "runs/builtin/stub").glob("more-*")
    path = directory / "attempt-1" / "record.json"
    record = json.loads(path.read_text())
    if record["commit"] is None:
        pytest.skip("not run from a checkout")
    path.write_text(json.dumps({**record, "commit": "0" * 40, "dirty": False}))
    _, out, _ = ablate("plan", grid, "--seeds", 1)
    assert "done (other code)" in out
    assert ablate("run", grid, "--seeds", 1, "--rows", "more")[0] == 0
    assert len(attempts(directory)) == 1
    assert ablate("run", grid, "--seeds", 1, "--rows", "more", "--stale")[0] == 0
    assert [each.status for each in records(directory)] == ["done", "done"]


def test_the_rest_s_cost_is_judged_by_what_is_finished(ablate, grid: Path) -> None:
    ablate("run", grid, "--seeds", 1)
    for path in (grid.parent / "runs/builtin/stub").glob("*/attempt-1/record.json"):
        path.write_text(
            json.dumps({**json.loads(path.read_text()), "seconds": 100.0 if "base" in str(path) else 300.0})
        )
    _, out, _ = ablate("plan", grid, "--seeds", 3, "--jobs", 2)
    assert "4 to run: about 6 min 40 s, 2 at a time" in out  # (2 x 100 + 2 x 300) / 2


def test_export(ablate, grid: Path) -> None:
    ablate("run", grid)
    status, out, _ = ablate("export", grid, "--csv")
    assert status == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert {(row["row"], row["axis.row"], row["seed"], row["status"], row["metric"]) for row in rows} == {
        (row, row, seed, "done", "total") for row in ("base", "more") for seed in ("1", "2")
    }
    status, out, _ = ablate("export", grid, "--wandb-sweep")
    sweep = yaml.safe_load(out)
    cells = [path.name.rpartition("-")[2] for path in (grid.parent / "runs/builtin/stub").iterdir()]
    assert sorted(sweep["parameters"]["cell"]["values"]) == sorted(cells)
    assert sweep["method"] == "grid"
    assert sweep["command"][:2] == ["ablate", "cell"]


def test_one_cell_as_an_agent_calls_it(ablate, grid: Path) -> None:
    sweep = yaml.safe_load(ablate("export", grid, "--wandb-sweep")[1])
    first = sweep["parameters"]["cell"]["values"][0]
    command = [part for part in sweep["command"][1:] if part != "${args}"]
    assert ablate(*command, f"--cell={first}")[0] == 0
    assert ablate("plan", grid)[1].count("missing  ") == 3
    assert ablate("cell", first)[0] == 0  # done already


def test_a_sweep_of_other_seeds_says_which_and_finds_them(ablate, grid: Path) -> None:
    sweep = yaml.safe_load(ablate("export", grid, "--wandb-sweep", "--seeds", "9-9", "--rows", "more")[1])
    (only,) = sweep["parameters"]["cell"]["values"]
    command = [part for part in sweep["command"][1:] if part != "${args}"]
    assert ablate(*command, f"--cell={only}")[0] == 0
    assert [path.name for path in (grid.parent / "runs/builtin/stub").iterdir()] == [f"more-seed9-{only}"]
    status, _, err = ablate("cell", "--cell=", "--grid", grid)
    assert status == 2
    assert "is the beginning of 4 cell ids in grid stub" in err


BAD = {
    "no command": ([], "name a command"),
    "unknown command": (["rum"], "there is no command 'rum'; did you mean run?"),
    "unknown option": (["run", "table3", "--job", "2"], "--job; did you mean --jobs?"),
    "one word too many": (["list", "table3"], "'table3' is one argument too many"),
    "no such file": (["run", "mine.yaml"], "mine.yaml does not exist; give a grid's YAML file"),
    "unknown grid": (["run", "tabel3"], "there is no grid 'tabel3'; did you mean table3?"),
    "unknown scale": (["run", "table3", "--scale", "multi30"], "there is no scale 'multi30'; did you mean multi30k?\n"),
    "a scale the grid lacks": (["run", "table3", "--scale", "news"], "has no scale 'news'"),
    "unknown row": (["run", "table3", "--rows", "Z9"], "grid table3 has no row 'Z9'"),
    "no jobs": (["run", "table3", "--jobs", "0"], "0 is too small; give at least 1"),
    "seeds in letters": (["run", "table3", "--seeds", "x"], "--seeds: 'x' must be how many seeds, such as 5, or which"),
    "no seeds": (["run", "table3", "--seeds", "0"], "--seeds: '0' must be how many"),
    "seeds backwards": (["run", "table3", "--seeds", "3,9-6"], "--seeds: '3,9-6' must be how many"),
    "seeds with a hole": (["run", "table3", "--seeds", "1,"], "--seeds: '1,' must be how many"),
    "status of no scale": (["status", "--scale", "galactic"], "there is no scale 'galactic'"),
    "status at a scale the grid lacks": (["status", "table3", "--scale", "news"], "has no scale 'news'"),
    "no such cell": (["show", "feed"], "holds no cell 'feed'; `ablate plan GRID` shows the ids"),
    "no such cell, but a grid": (["show", "positons"], "'positons'; did you mean the grid positions?"),
    "no cell named": (["cell"], "name a cell"),
    "no Slurm": (["run", "mask", "--cluster", "slurm"], "sbatch"),
    "sbatch option": (["run", "mask", "--cluster", "slurm", "--sbatch", "account"], "has no value"),
    "partition of no cluster": (["run", "stub.yaml", "--partition", "cpu"], "--partition is for cluster jobs;"),
    "minutes of no cluster": (["run", "stub.yaml", "--minutes", "5"], "--minutes is for cluster jobs; add"),
    "memory of no cluster": (["retry", "stub.yaml", "--memory", "4"], "--memory is for cluster jobs; add"),
    "sbatch of no cluster": (["run", "stub.yaml", "--sbatch", "qos=low"], "--sbatch is for cluster jobs; add"),
    "nothing to export": (["export", "mask"], "--csv"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_starts_nothing(
    ablate, grid: Path, case: str, monkeypatch, tmp_path_factory
) -> None:
    programs = tmp_path_factory.mktemp("programs")  # Git, which tells the commit, and no Slurm
    (programs / "git").symlink_to(shutil.which("git") or "")
    monkeypatch.setenv("PATH", str(programs))
    arguments, said = BAD[case]
    status, out, err = ablate(*arguments)
    assert status == 2
    assert out == ""
    assert said in err
    assert err.startswith("ablate: ")
    assert err.count("\n") == 1
    assert list(grid.parent.iterdir()) == [grid]


def test_a_bad_grid_names_file_and_key(ablate, grid: Path) -> None:
    write(grid.parent, rows={"base": {"stesp": 2}})
    status, _, err = ablate("run", grid)
    assert status == 2
    assert "stub.yaml: rows.base names 'stesp', which is not a parameter here; did you mean steps?" in err
    assert list(grid.parent.iterdir()) == [grid]


def test_a_value_that_cannot_be_run_starts_nothing(ablate, grid: Path) -> None:
    write(grid.parent, rows={"base": {}, "negative": {"steps": -1}})
    status, _, err = ablate("run", grid)
    assert status == 2
    assert "stub, row negative: steps is -1" in err
    assert list(grid.parent.iterdir()) == [grid]


@pytest.mark.slow
def test_ten_times_the_cells_take_no_more_than_ten_times_as_long_to_plan(grid: Path) -> None:
    """In a process of its own, imports included; compared on one machine, whose speed is no part of it."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    def seconds(command: str, rows: int) -> float:
        write(grid.parent, rows={f"r{i}": {"steps": i} for i in range(rows)}, seeds=100, base="r0")
        taken = []
        for _ in range(3):
            began = time.monotonic()
            done = subprocess.run(
                [sys.executable, "-m", "ablations.cli", command, str(grid)],
                env=environment,
                capture_output=True,
                text=True,
            )
            taken.append(time.monotonic() - began)
            assert done.returncode == 0, done.stderr
            assert str(100 * rows) in done.stdout or done.stdout.count("missing") >= 100 * rows
        return min(taken)

    for command in ("plan", "status"):
        assert seconds(command, 100) < 10 * seconds(command, 10)


def corpus(root: Path, folder: str, **files: str) -> None:
    (root / folder).mkdir(parents=True)
    for name, text in files.items():
        (root / folder / name.replace("__", ".")).write_text(text)


@pytest.mark.parametrize(
    ("scale", "sentence"),
    [
        ("babi1", r"corpora/babi has no qa1_single-supporting-fact_train\.txt; put it there, plain or compressed"),
        ("ag-news", r"ag_news has no instance in train; each of train, dev and test needs one"),
        (
            "newsgroups",
            r"train\.tsv, line 2: the label 2 is not a known class; the classes are 0 for baseball, 1 for hockey",
        ),
        ("imdb", r"imdb has no instance of class positive in train; add some, or change the split"),
        ("ag_news", r"there is no scale 'ag_news'; did you mean ag-news"),
    ],
)
def test_a_corpus_that_cannot_be_used_starts_nothing(
    ablate, scale: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A corpus that is missing, a label of no class or of no split, a scale of no name."""
    root = tmp_path / "corpora"
    monkeypatch.setenv("REPRO_DATA", str(root))
    monkeypatch.chdir(tmp_path)
    corpus(root, "ag_news", test__csv='"2","A title","A text"\n')
    puck = "1\tone two three four five six seven\n"
    corpus(
        root, "newsgroups", baseball_hockey__train__tsv=puck + puck.replace("1", "2"), baseball_hockey__test__tsv=puck
    )
    film = "0\t2\tone two three four five six seven\n" * 20
    corpus(root, "imdb", train__tsv=film, test__tsv=film)
    status, out, said = ablate("run", "explanation", "--scale", scale, "--out", "runs")
    assert (status, out) == (2, "")
    *_, last = said.splitlines()  # the first may say how many cells there are to run
    assert re.match(f"ablate: .*{sentence}", last), said
    assert len(said.splitlines()) <= 2
    assert not (tmp_path / "runs").exists()
