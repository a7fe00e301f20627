"""Runs through the real command line, killed or stopped from outside, end as undisturbed ones do."""

import json
import os
import signal
import sys

import pytest

from tests.system.commands import finish, fit, gone, peers, start, wait_for_row
from tests.training.runs import assert_equal_runs

LONG = {"--trainer.max_steps": 300, "--checkpoints.every_n_steps": 20, "--trainer.val_check_interval": 30}
DDP = {**LONG, "--trainer.strategy": "ddp", "--trainer.devices": 2}
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds processes in /proc")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("system")


def undisturbed(folder, name, changes):
    if not (folder / name).exists():
        status, out, err = finish(start(fit(folder, name, changes), folder))
        assert status == 0, err
        assert f"done: {name}/attempt-1/record.json" in out
    return folder / name


@pytest.mark.slow
def test_killed_and_repeated(folder, capsys):
    """One kill from outside at whatever moment it comes; going on and the reference run in this process."""
    from tests.training.runs import run

    process = start(fit(folder, "killed", LONG), folder)
    wait_for_row(process, folder / "killed", 137)
    process.kill()
    finish(process)
    assert run(folder, folder / "killed", LONG).status == "done"
    assert "continuing from step" in capsys.readouterr().err
    run(folder, folder / "reference", LONG)
    assert_equal_runs(folder / "reference", folder / "killed")


@pytest.mark.slow
def test_killed_with_loader_workers(folder):
    changes = {**LONG, "--data.workers": 2}
    process = start(fit(folder, "workers", changes), folder)
    wait_for_row(process, folder / "workers", 90)
    process.kill()
    finish(process)
    assert finish(start(fit(folder, "workers", changes), folder))[0] == 0
    assert_equal_runs(undisturbed(folder, "plain", LONG), folder / "workers")


@pytest.mark.slow
@linux
@pytest.mark.parametrize("victim", ["first rank", "other rank", "both"])
@pytest.mark.parametrize("accumulate", [1, 2])
def test_killed_ranks(folder, victim, accumulate):
    changes = {**DDP, "--trainer.accumulate_grad_batches": accumulate}
    reference = undisturbed(folder, f"ddp-{accumulate}", changes)
    name = f"ddp {victim} {accumulate}"
    process = start(fit(folder, name, changes), folder)
    wait_for_row(process, folder / name, 100)
    (other,) = peers(process)
    victims = {"first rank": [process.pid], "other rank": [other], "both": [process.pid, other]}[victim]
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    assert gone([process.pid, other], within=15), "the rest must end by itself"
    finish(process)
    assert not (folder / name / "attempt-1" / "record.json").exists()
    status, _, err = finish(start(fit(folder, name, changes), folder))
    assert status == 0, err
    assert_equal_runs(reference, folder / name)


@pytest.mark.slow
@linux
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("to", ["group", "first rank"])
def test_a_signal_stops_all_ranks_cleanly(folder, number, to):
    reference = undisturbed(folder, "ddp-1", {**DDP, "--trainer.accumulate_grad_batches": 1})
    changes = {**DDP, "--trainer.accumulate_grad_batches": 1}
    name = f"stopped {number} {to}"
    process = start(fit(folder, name, changes), folder, script=True)
    wait_for_row(process, folder / name, 50)
    (other,) = peers(process)
    if to == "group":
        os.killpg(process.pid, number)
    else:
        os.kill(process.pid, number)
    status, _, err = finish(process)
    assert status == 130
    assert err.count("the same command continues") == 1
    assert gone([other], within=5)
    assert finish(start(fit(folder, name, changes), folder))[0] == 0
    assert_equal_runs(reference, folder / name)


@pytest.mark.slow
def test_ctrl_c_says_how_to_go_on(folder):
    process = start(fit(folder, "stopped", LONG), folder, script=True)
    wait_for_row(process, folder / "stopped", 50)
    process.send_signal(signal.SIGINT)
    status, _, err = finish(process)
    assert status == 130
    last = err.strip().split("\n")[-1]
    assert last.startswith("repro: stopped at step ")
    assert "saved in stopped/attempt-1/checkpoints; the same command continues" in last
    assert "Traceback" not in err
    assert finish(start(fit(folder, "stopped", LONG), folder))[0] == 0
    assert_equal_runs(undisturbed(folder, "plain", LONG), folder / "stopped")


@pytest.mark.slow
def test_a_second_process_in_the_same_directory(folder):
    long = {**LONG, "--trainer.max_steps": 100_000}
    process = start(fit(folder, "twice", long), folder)
    try:
        wait_for_row(process, folder / "twice", 10)
        status, _, err = finish(start(fit(folder, "twice", long), folder))
        assert status == 2
        assert f"twice is being run by process {process.pid}" in err
        assert process.poll() is None
    finally:
        process.kill()
        finish(process)


@pytest.mark.slow
def test_ranks_and_accumulation_see_the_same_tokens(folder):
    """1 x 2 = 2 x 1: the same curve to float32, and the perplexity of the whole dev set on both."""
    one = {
        **LONG,
        "--trainer.max_steps": 40,
        "--trainer.accumulate_grad_batches": 2,
        "--trainer.val_check_interval": 60,
    }
    two = {**LONG, "--trainer.max_steps": 40, "--trainer.strategy": "ddp", "--trainer.devices": 2}
    from tests.training.runs import curve_without_time

    a, b = undisturbed(folder, "1 x 2", one), undisturbed(folder, "2 x 1", two)
    rows = [curve_without_time(directory / "attempt-1") for directory in (a, b)]
    assert len(rows[0]) == 41
    for row, other in zip(*rows, strict=True):
        assert {k: v for k, v in row.items() if k in ("step", "split", "epoch", "target_tokens")} == {
            k: v for k, v in other.items() if k in ("step", "split", "epoch", "target_tokens")
        }
        for column in ("loss", "nll", "gradient_norm"):
            if row[column]:
                assert float(row[column]) == pytest.approx(float(other[column]), rel=1e-4)
    records = [json.loads((directory / "attempt-1" / "record.json").read_text()) for directory in (a, b)]
    ours, theirs = (record["metrics"]["dev.perplexity"] for record in records)
    assert ours["value"] == pytest.approx(theirs["value"], rel=1e-4)
    assert ours == {**theirs, "value": ours["value"]}
