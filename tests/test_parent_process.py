"""A child that ends soon after its parent does."""

import os
import signal
import subprocess
import sys
import time

import pytest

START = "import subprocess, sys, time; print(subprocess.Popen([sys.executable, '-c', sys.argv[1]]).pid, flush=True)"


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ends(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not is_running(pid):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="processes are looked at through /proc")
@pytest.mark.parametrize("watches", [True, False])
def test_a_waiting_child_ends_with_a_killed_parent_only_if_it_watches(watches):
    watch = "from repro import parent_process; parent_process.CHECK_SECONDS = 0.05; parent_process.end_with_parent()"
    child = f"{watch if watches else ''}\nimport time; print('ready', flush=True); time.sleep(60)"
    parent = subprocess.Popen(
        [sys.executable, "-c", START + "; time.sleep(60)", child], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    lines = {parent.stdout.readline().strip(), parent.stdout.readline().strip()}
    (pid,) = (int(line) for line in lines if line != "ready")
    try:
        assert not ends(pid, 0.3)
        parent.kill()
        parent.wait()
        assert ends(pid, 2 if watches else 0.5) == watches
    finally:
        if is_running(pid):
            os.kill(pid, signal.SIGKILL)


def test_a_child_whose_named_parent_is_gone_ends_at_once():
    code = "from repro.parent_process import end_with_parent; import time; end_with_parent(1 << 30); time.sleep(60)"
    assert subprocess.run([sys.executable, "-c", code], timeout=20).returncode == 1
