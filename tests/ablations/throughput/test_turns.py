"""Peers' processes that end by themselves: lost with a reason, and the others go on."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ablations.throughput.turns import take_turns

PATIENT = """
import json, sys, time
for line in sys.stdin:
    time.sleep(0.2)
    answers = {"start": {"loss": 1.0, "imported": 0}, "rate": {"rate": 1.0}}
    turn = {"seconds": [1.0], "translations": [], "peak": 1, "device_peak": None}
    print(json.dumps(answers.get(json.loads(line)["do"], turn)), flush=True)
"""
KILLED = """
import json, os, sys
sys.stdin.readline()
print(json.dumps({"loss": 1.0, "imported": 0}), flush=True)
os.kill(os.getpid(), 9)
"""
FAILS = "import sys; print('no such weights', file=sys.stderr); sys.exit(1)"


NO_RATE = PATIENT.replace('"rate": {"rate": 1.0}', '"rate": sys.exit("no memory") if "rate" in line else None')


@pytest.fixture
def programs(tmp_path: Path, monkeypatch) -> Callable[..., None]:
    """Sets the program that each peer's process runs."""

    def run(**program_of: str) -> None:
        def interpreter(name: str) -> str:
            path = tmp_path / f"{name}.sh"
            (tmp_path / f"{name}.py").write_text(program_of[name])
            path.write_text(f'#!/bin/sh\nexec {sys.executable} "{tmp_path / name}.py"\n')
            path.chmod(0o700)
            return str(path)

        monkeypatch.setattr("ablations.throughput.turns.interpreter", interpreter)

    return run


@pytest.mark.parametrize("program", [FAILS, KILLED, NO_RATE])
def test_nothing_more_is_measured_if_the_peer_that_all_are_compared_with_is_lost(program, programs, tmp_path: Path):
    programs(ours=program, marian=PATIENT)
    ours, other = take_turns([("ours", "project"), ("marian", "own")], {"task": "training"}, 2, tmp_path)
    assert ours.reason is not None
    assert other.seconds == []
    assert other.reason is None


def test_the_rate_of_the_machine_is_asked_for_in_training_alone(programs, tmp_path: Path):
    programs(ours=NO_RATE, marian=PATIENT)
    ours, other = take_turns([("ours", "project"), ("marian", "own")], {"task": "decoding"}, 2, tmp_path)
    assert (ours.reason, ours.rates) == (None, [])
    assert ours.seconds == other.seconds == [[1.0], [1.0]]


@pytest.mark.parametrize(
    ("program", "reason"), [(KILLED, "was killed by signal 9, as for want of memory"), (FAILS, "no such weights")]
)
def test_a_peer_that_ends_is_lost_and_the_others_go_on(program, reason, programs, tmp_path: Path):
    """While it waits for its turn, too: what is said to it then finds nobody."""
    programs(ours=PATIENT, marian=program)
    ours, other = take_turns([("ours", "project"), ("marian", "own")], {"task": "training"}, 2, tmp_path)
    assert (ours.seconds, ours.reason, ours.rates) == ([[1.0], [1.0]], None, [1.0, 1.0])
    assert (other.seconds, other.reason) == ([], reason)
