"""`ablate repeat`: cells are run anew beside their records, and compared; no file among records changes."""

import hashlib
import json
import multiprocessing
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ablations.cli import main
from repro.cell_directory import attempts
from repro.errors import BadInput
from repro.ledger.records.attempts import records
from repro.ledger.running import machine
from repro.outcome import Outcome
from tests.ablations.test_cli import write
from tests.ledger.campaign import change_record
from tests.system.test_faults import TRAINING

Ablate = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ablate(capfd: pytest.CaptureFixture[str]) -> Ablate:
    """Runs a command in this process: its status, what it printed, what it said."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        status = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return status, captured.out, captured.err

    return run


@pytest.fixture
def grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A grid's file: rows `base` and `more`, five seeds."""
    monkeypatch.chdir(tmp_path)
    return write(tmp_path, seeds=5)


@pytest.fixture(scope="module", autouse=True)
def _committed() -> Iterator[None]:
    """The code counts as committed, whatever the checkout is like that runs these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("repro.ledger.running.machine.commit", lambda: ("c" * 40, False))
        yield


@pytest.fixture(scope="module")
def first_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All records of the grid, for tests to copy."""
    folder = tmp_path_factory.mktemp("first")
    assert main(["run", str(write(folder, seeds=5)), "--out", str(folder / "runs")]) == 0
    return folder / "runs"


@pytest.fixture
def ran(grid: Path, first_runs: Path) -> Path:
    """The same grid with all records in runs/."""
    shutil.copytree(first_runs, "runs")
    return grid


@pytest.fixture(autouse=True)
def _records_stay_as_they_are(tmp_path: Path) -> Iterator[None]:
    """Whatever a test does, once it has called `digest`."""
    DIGESTS.clear()
    yield
    for folder, before in DIGESTS.items():
        assert digest(folder) == before


DIGESTS: dict[Path, str] = {}


def digest(folder: Path) -> str:
    """Of all names, contents and times below a folder."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        found.update(f"{path}\0{path.stat().st_mtime_ns}\0".encode())
        found.update(path.read_bytes() if path.is_file() else b"")
    return found.hexdigest()


def keep(folder: Path | str) -> None:
    """From here to the end of the test nothing below a folder may change."""
    DIGESTS[Path(folder).absolute()] = digest(Path(folder).absolute())


def attempt_of(row: str, seed: int = 1, root: str = "runs") -> Path:
    (cell,) = Path(root, "builtin/stub").glob(f"{row}-seed{seed}-*")
    return attempts(cell)[-1]


def plant(attempt: Path, value: float | None) -> None:
    """Another total into a record."""
    total = json.loads((attempt / "record.json").read_text())["metrics"]["total"]
    change_record(attempt, metrics={"total": {**total, "value": value}})


def test_every_cell_is_run_anew_and_equal(ablate: Ablate, ran: Path) -> None:
    keep("runs")
    status, out, err = ablate("repeat", ran)
    assert status == 0
    assert "10 of 10 cells to repeat" in err
    assert "10 of 10 cells repeated; numbers compared: 10 (10 equal)" in out
    assert "both were made by the same code, versions and hardware" in out
    made = sorted(path.name for path in Path("repeats/builtin/stub").iterdir())
    assert made == sorted(path.name for path in Path("runs/builtin/stub").iterdir())
    (record,) = records(Path("repeats/builtin/stub", made[0]))
    assert record.command == f"ablate repeat {ran}"


def test_what_was_repeated_is_compared_only_and_another_folder_repeats_it_again(ablate: Ablate, ran: Path) -> None:
    ablate("repeat", ran, "--rows", "more", "--seeds", "1-2")
    keep("repeats")
    status, out, err = ablate("repeat", ran, "--rows", "more", "--seeds", "1-2")
    assert status == 0
    assert "only compared: 2 cells; another --into runs them again" in err
    assert "2 of 2 cells repeated, 2 of them earlier" in out
    assert ablate("repeat", ran, "--rows", "more", "--seeds", "1-2", "--into", "again")[0] == 0
    assert len(list(Path("again/builtin/stub").iterdir())) == 2


def test_seeds_are_those_of_the_grid_unless_they_are_named(ablate: Ablate, ran: Path) -> None:
    write(ran.parent, seeds=1)
    _, out, err = ablate("repeat", ran)
    assert "2 of 2 cells repeated" in out
    assert "left out, because the grid does not plan these seeds: 2, 3, 4, 5; add them with --seeds" in err
    _, out, err = ablate("repeat", ran, "--rows", "more", "--seeds", "4-6")
    assert "2 of 2 cells repeated" in out
    assert "left out, because there is no record yet: 1 cell;" in err
    assert "not among" not in err


@pytest.mark.parametrize("key", ["commit", "dirty", "versions"])
def test_a_repetition_by_other_code_or_versions_is_made_anew(ablate: Ablate, ran: Path, key: str) -> None:
    ablate("repeat", ran, "--rows", "base", "--seeds", "1-1")
    (made,) = records(attempt_of("base", root="repeats").parent)
    other = {"commit": "0" * 40, "dirty": not made.dirty, "versions": {"python": "2.7"}}[key]
    change_record(attempt_of("base", root="repeats"), **{key: other})
    assert "only compared" not in ablate("repeat", ran, "--rows", "base", "--seeds", "1-1")[2]
    assert attempt_of("base", root="repeats").name == "attempt-2"


def test_uncommitted_changes_may_be_others_so_they_are_repeated(
    ablate: Ablate, ran: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repro.ledger.running.machine.commit", lambda: ("c" * 40, True))
    for attempt in (1, 2):
        assert "only compared" not in ablate("repeat", ran, "--rows", "base", "--seeds", "1-1")[2]
        assert attempt_of("base", root="repeats").name == f"attempt-{attempt}"
    change_record(attempt_of("base"), commit="c" * 40, dirty=True)
    out = ablate("repeat", ran, "--rows", "base", "--seeds", "1-1")[1]
    assert "made at one commit with uncommitted changes, which may differ" in out


def test_code_of_no_known_commit_may_be_other_code_so_it_is_repeated(
    ablate: Ablate, ran: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As outside a checkout."""
    monkeypatch.setattr("repro.ledger.running.machine.commit", lambda: (None, None))
    for attempt in (1, 2):
        out, err = ablate("repeat", ran, "--rows", "base", "--seeds", "1-1")[1:]
        assert "only compared" not in err
        assert "1 of 1 cells repeated" in out
        assert attempt_of("base", root="repeats").name == f"attempt-{attempt}"
    change_record(attempt_of("base"), commit=None, dirty=None)
    out = ablate("repeat", ran, "--rows", "base", "--seeds", "1-1")[1]
    assert "made at no known commit, so that the code may differ" in out


def test_a_number_that_does_not_come_out_again_is_off(ablate: Ablate, ran: Path) -> None:
    true = json.loads((attempt_of("base", 2) / "record.json").read_text())["metrics"]["total"]["value"]
    for seed, other in ((1, 10.0), (3, 12.0), (4, 11.0), (5, 13.0)):
        plant(attempt_of("base", seed), other)
    plant(attempt_of("base", 2), 10.5)
    keep("runs")
    status, out, _ = ablate("repeat", ran, "--rows", "base", "--seeds", "2-2")
    assert status == 1
    line = next(line.split() for line in out.split("\n") if line.startswith("base "))
    assert line[2:5] == ["total", "10.5", str(true)]
    assert float(line[5]) == pytest.approx(true - 10.5, rel=1e-2)
    assert float(line[6]) == pytest.approx((true - 10.5) / (5 / 3) ** 0.5, rel=1e-1)  # s of 10, 11, 12, 13
    assert line[7] == "off"
    assert out.rstrip().endswith("1 of 1 cells repeated; numbers compared: 1 (1 off)")


def test_another_number_within_the_spread_is_no_fault(ablate: Ablate, ran: Path) -> None:
    true = json.loads((attempt_of("base", 2) / "record.json").read_text())["metrics"]["total"]["value"]
    for seed, other in ((1, -10.0), (3, 10.0), (4, 5.0)):
        plant(attempt_of("base", seed), true + other)
    plant(attempt_of("base", 2), true + 7)
    shutil.rmtree(attempt_of("base", 5).parent)
    assert ablate("repeat", ran, "--rows", "base", "--seeds", "2-2")[0] == 0
    shutil.rmtree(attempt_of("base", 4).parent)  # two other seeds are too few to tell
    status, out, _ = ablate("repeat", ran, "--rows", "base", "--seeds", "2-2")
    assert (status, "1 off" in out) == (1, True)


def test_of_many_cells_those_are_listed_that_are_off(ablate: Ablate, ran: Path) -> None:
    plant(attempt_of("more", 3), 1e7)
    status, out, _ = ablate("repeat", ran)
    assert status == 1
    assert re.findall(r"^(base|more) +(\d) +total ", out, re.M) == [("more", "3")]
    assert re.findall(r"^(base|more) +\d +\d+ +\d+ +1 +- +- +-$", out, re.M) == ["base"] * 5 + ["more"] * 4
    assert "(9 equal, 1 off)" in out


def test_what_else_differs_is_named(ablate: Ablate, ran: Path) -> None:
    for seed in (1, 2):
        change_record(attempt_of("base", seed), versions={**machine.versions(), "torch": "1.0"})
    _, out, _ = ablate("repeat", ran, "--rows", "base", "--seeds", "3")
    lines = [line.split() for line in out.split("\n")]
    assert ["torch", "1.0", machine.versions()["torch"], "2"] in lines


def test_a_cell_is_named_by_its_id_its_directory_or_its_record(ablate: Ablate, ran: Path) -> None:
    keep("runs")
    attempt = attempt_of("more", 2)
    identity = attempt.parent.name.rpartition("-")[2]
    for given in (identity, identity[:6], attempt.parent, attempt, attempt / "record.json"):
        status, out, _ = ablate("repeat", given)
        assert (status, "1 of 1 cells repeated" in out) == (0, True), given
    assert [path.name for path in Path("repeats/builtin/stub").iterdir()] == [attempt.parent.name]
    assert ablate("repeat", "stub", "--cells", 1)[0] == 0  # by its records alone, as a shipped grid would be
    assert "the first 1 of 10 cells" in ablate("repeat", "stub", "--cells", 1)[2]


def test_published_records_stand_in_where_there_are_no_runs(ablate: Ablate, ran: Path) -> None:
    ablate("publish", ran, "--to", "reports/published")
    shutil.rmtree("runs")
    keep("reports")
    status, out, _ = ablate("repeat", ran, "--rows", "base", "--seeds", "1-1")
    assert status == 0
    assert "reports/published/builtin/stub/base-seed1" in out
    identity = attempt_of("more", root="reports/published").parent.name.rpartition("-")[2]
    status, out, _ = ablate("repeat", identity)  # which has no cell.json, and is of no shipped grid
    assert (status, "if its grid is your own, give the grid's file" in out) == (1, True)
    shutil.move("reports/published", "elsewhere")
    DIGESTS.clear()
    assert ablate("repeat", ran)[0] == 2
    assert ablate("repeat", ran, "--rows", "base", "--from", "elsewhere")[0] == 0
    # What one has run oneself comes first.
    assert ablate("run", ran, "--rows", "base", "--seeds", "1-1")[0] == 0
    plant(attempt_of("base"), 1e7)
    assert ablate("repeat", ran, "--rows", "base", "--seeds", "1-1", "--from", "elsewhere")[0] == 1


def test_records_of_an_earlier_version_are_run_as_they_have_it(ablate: Ablate, ran: Path) -> None:
    keep("runs")
    write(ran.parent, seeds=5, rows={"base": {}, "more": {"steps": 6}})
    status, out, _ = ablate("repeat", ran, "--rows", "more", "--seeds", "1-2")
    assert status == 0
    assert "numbers compared: 2 (2 equal)" in out
    assert "no longer planned by their grid, and run as their records say: 2" in out
    assert ablate("repeat", "stub", "--rows", "more", "--seeds", "1-2")[0] == 0
    DIGESTS.clear()
    assert ablate("run", ran, "--rows", "more", "--seeds", "1-1")[0] == 0
    out = ablate("repeat", ran, "--rows", "more", "--seeds", "1-2")[1]
    assert "run as their records say: 1" in out  # the planned cell stands in place of the other one of its seed


def test_a_run_that_diverged_diverges_again(ablate: Ablate, grid: Path) -> None:
    write(grid.parent, seeds=1, rows={"base": {}, "wild": {"ends": "diverged"}, "bad": {"ends": "failed"}})
    assert ablate("run", grid)[0] == 1
    keep("runs")
    assert ablate("repeat", grid, "--rows", "wild,base")[0] == 0
    status, out, _ = ablate("repeat", grid)
    assert status == 1
    assert "bad seed 1 could not be repeated: its record says failed and holds no number to repeat" in out
    assert "2 of 3 cells repeated" in out
    DIGESTS.clear()
    change_record(attempt_of("base"), status="diverged")
    status, out, _ = ablate("repeat", grid, "--rows", "base")
    assert (status, "base seed 1 is off: its record says diverged, but its repetition says done" in out) == (1, True)


def test_a_cell_that_cannot_be_run_says_why_and_the_others_go_on(
    ablate: Ablate, ran: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep("runs")

    def no_data(config: dict[str, Any]) -> None:
        if config["steps"] == 4:
            raise BadInput("planted.tsv is needed; set REPRO_DATA to its folder")

    monkeypatch.setattr("tests.ledger.functions.check_steps", no_data)
    status, out, _ = ablate("repeat", ran, "--seeds", "1-1")
    assert status == 1
    assert "more seed 1 could not be repeated: planted.tsv is needed; set REPRO_DATA to its folder" in out
    assert "1 of 2 cells repeated; numbers compared: 1 (1 equal)" in out
    assert [path.name.partition("-")[0] for path in Path("repeats/builtin/stub").iterdir()] == ["base"]


def test_a_repetition_that_fails_says_why(ablate: Ablate, ran: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(config: dict[str, Any], directory: Path) -> Outcome:
        raise ZeroDivisionError("planted")

    with monkeypatch.context() as patch:
        patch.setattr("tests.ledger.functions.steps", fails)
        status, out, _ = ablate("repeat", ran, "--rows", "base", "--seeds", "1-1")
    assert status == 1
    assert "base seed 1 could not be repeated: failed: ZeroDivisionError" in out
    assert ablate("repeat", ran, "--rows", "base", "--seeds", "1-1")[0] == 0  # a failure is no result


def test_a_damaged_record_is_told_and_the_others_go_on(ablate: Ablate, ran: Path) -> None:
    (attempt_of("base") / "record.json").write_text("{")
    keep("runs")
    status, out, _ = ablate("repeat", ran, "--seeds", "1-1")
    assert status == 1
    assert re.search(r"a record could not be read: runs/\S+/record.json is not a record", out)
    assert "1 of 2 cells repeated" in out
    status, _, err = ablate("repeat", attempt_of("base"))
    assert (status, err.count("\n")) == (2, 1)


def test_what_made_a_record_must_be_known(ablate: Ablate, ran: Path) -> None:
    attempt = attempt_of("base")
    config = json.loads((attempt / "record.json").read_text())["config"]
    change_record(attempt, config={**config, "steps": 99})  # no function gives this the record's id
    status, out, _ = ablate("repeat", attempt)
    assert status == 1
    assert "no function here gives its configuration the record's id" in out
    change_record(attempt, config=config, grid="../../../elsewhere")
    status, out, _ = ablate("repeat", attempt)
    assert (status, "cannot be the name of a folder" in out) == (1, True)
    assert not Path("repeats").exists()


def test_a_record_of_a_gpu_is_not_repeated_without_one(
    ablate: Ablate, ran: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_gpus", list)
    attempt = attempt_of("base")
    content = json.loads((attempt / "record.json").read_text())
    change_record(attempt, hardware={**content["hardware"], "gpus": ["NVIDIA H200"]})
    assert ablate("repeat", attempt)[0] == 0  # it names no device: the GPU was only there
    config = {**content["config"], "device": "cuda"}
    from repro.ledger.grids.cell import Cell

    changed = Cell("tests.ledger.functions:steps", config).id
    change_record(attempt, config=config, cell=changed)
    status, out, _ = ablate("repeat", attempt)
    assert (status, "it was made on NVIDIA H200, but there is no GPU here" in out) == (1, True)


BAD = {
    "nothing": ([], "GRID|CELL|RECORD"),
    "no such cell": (["feed"], "holds no cell 'feed'"),
    "a grid misspelt": (["positons", "--scale", "builtin"], "did you mean the grid positions?"),
    "no such row": (["stub.yaml", "--rows", "x"], "grid stub has no row 'x'; it has base, more"),
    "no such seed": (
        ["stub.yaml", "--seeds", "9-9"],
        "there are no such records of stub at the scale builtin below runs",
    ),
    "no records": (["stub.yaml", "--out", "none"], "there are no such records of stub at the scale builtin below none"),
    "no such folder": (["stub.yaml", "--from", "none"], "--from none does not exist"),
    "among records": (["stub.yaml", "--into", "runs/again"], "--into runs/again is inside runs, where nothing may be"),
    "the records' folder": (["stub.yaml", "--into", "runs"], "--into runs is inside runs"),
    "a file": (["stub.yaml", "--into", "stub.yaml"], "stub.yaml is a file; choose another --into"),
    "no cells": (["stub.yaml", "--cells", "0"], "0 is too small"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_starts_nothing(ablate: Ablate, ran: Path, case: str) -> None:
    keep(ran.parent)
    arguments, said = BAD[case]
    status, out, err = ablate("repeat", *arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert err.startswith("ablate: ")
    assert err.count("\n") == 1


def test_rows_of_a_single_cell_are_refused(ablate: Ablate, ran: Path) -> None:
    status, _, err = ablate("repeat", attempt_of("base"), "--rows", "base")
    assert (status, "--rows chooses among the cells of a grid" in err) == (2, True)


def test_a_repetition_is_no_record_to_repeat_in_its_own_place(ablate: Ablate, ran: Path) -> None:
    ablate("repeat", ran, "--rows", "base", "--seeds", "1-1")
    keep("repeats")
    status, _, err = ablate("repeat", attempt_of("base", root="repeats"))
    assert (status, "is inside --into repeats" in err) == (2, True)
    assert ablate("repeat", ran, "--out", "repeats")[0] == 2


def test_a_stopped_repetition_goes_on(ablate: Ablate, grid: Path) -> None:
    write(grid.parent, seeds=4, rows={"base": {"steps": 60}})
    ablate("run", grid, "--jobs", 4)
    keep("runs")

    def repeat() -> None:
        sys.stderr = open("said.txt", "w", buffering=1)  # noqa: SIM115 - for the life of the process
        os._exit(main(["repeat", str(grid), "--jobs", "1"]))

    process = multiprocessing.get_context("fork").Process(target=repeat)  # which has our patches
    process.start()
    while not list(Path().glob("repeats/builtin/stub/base-seed2-*/attempt-1/state.json")):
        assert process.is_alive()
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    process.join(timeout=60)
    assert process.exitcode == 130
    assert "the same command continues" in Path("said.txt").read_text()
    (first,) = Path().glob("repeats/builtin/stub/base-seed1-*/attempt-1/record.json")
    before = first.stat().st_mtime_ns
    status, out, err = ablate("repeat", grid, "--jobs", 1)
    assert status == 0
    assert "numbers compared: 4 (4 equal)" in out
    assert "3 of 4 cells to repeat" in err
    assert first.stat().st_mtime_ns == before
    assert all(len(attempts(path)) == 1 for path in Path("repeats/builtin/stub").iterdir())


@pytest.mark.slow
def test_a_training_comes_out_equal_to_the_last_bit(ablate: Ablate, grid: Path) -> None:
    steps = {"max_steps": 20, "val_check_interval": 10, "data.builtin.train": 300, "beam": 2}
    content = {**TRAINING, "set": {**TRAINING["set"], **steps}, "rows": {"base": {}}, "seeds": 1}
    path = grid.parent / "trainings.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    assert ablate("run", path)[0] == 0
    keep("runs")
    status, out, _ = ablate("repeat", path)
    assert status == 0
    assert "not compared, depends on the machine: train.seconds, train.target_tokens_per_second" in out
    found = dict(re.findall(r"^base +1 +(\S+) .* (equal|off|not compared)$", out, re.M))
    assert {found.pop(name) for name in ("train.seconds", "train.target_tokens_per_second")} == {"not compared"}
    assert set(found.values()) == {"equal"}
    assert {"dev.nll", "test.exact_match", "model.parameters"} <= found.keys()
