"""Peers' processes that end by themselves: lost with a reason, and the others go on."""

import sys
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


@pytest.mark.parametrize(
    ("program", "reason"), [(KILLED, "was killed by signal 9, as for want of memory"), (FAILS, "no such weights")]
)
def test_a_peer_that_ends_is_lost_and_the_others_go_on(program, reason, tmp_path: Path, monkeypatch):
    """While it waits for its turn, too: what is said to it then finds nobody."""

    def interpreter(name: str) -> str:
        path = tmp_path / f"{name}.sh"
        (tmp_path / f"{name}.py").write_text(PATIENT if name == "ours" else program)
        path.write_text(f'#!/bin/sh\nexec {sys.executable} "{tmp_path / name}.py"\n')
        path.chmod(0o700)
        return str(path)

    monkeypatch.setattr("ablations.throughput.turns.interpreter", interpreter)
    ours, other = take_turns([("ours", "project"), ("marian", "own")], {"task": "training"}, 2, tmp_path)
    assert (ours.seconds, ours.reason, ours.rates) == ([[1.0], [1.0]], None, [1.0, 1.0])
    assert (other.seconds, other.reason) == ([], reason)
