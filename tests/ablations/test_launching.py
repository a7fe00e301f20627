"""A grid that a program runs: other files of the program's folder do no harm, and Ctrl-C stops it cleanly."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from ablations.launching import launch
from repro.cell_directory import is_held
from repro.errors import BadInput, Interrupted
from repro.ledger.records.attempts import record_that_counts
from tests.ablations.test_cli import write


def test_modules_of_the_same_name_in_the_folder_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ablations.py", "repro.py", "yaml.py"):
        Path(name).write_text("raise SystemExit(7)\n")
    launch(["list"])


def test_what_is_refused_is_one_sentence() -> None:
    with pytest.raises(BadInput, match=r"^there is no grid 'haeds'; did you mean heads\?$"):
        launch(["run", "haeds"])


def test_a_command_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = subprocess.Popen

    def killed(command: list[str], **options: object) -> object:
        code = "import os, sys; print('a last word', file=sys.stderr, flush=True); os.kill(os.getpid(), 9)"
        return real([sys.executable, "-c", code], **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", killed)
    with pytest.raises(BadInput, match="ended with status -9: a last word"):
        launch(["list"])


def test_an_exception_does_not_pass_for_cells_that_are_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a function's declarations, which are read where the grid is."""
    (tmp_path / "broken_stub.py").write_text(
        "from tests.ledger.functions import steps as run\n\ndef metrics_run(config):\n    return 1 / 0\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    grid = write(tmp_path, function="broken_stub:run")
    with pytest.raises(BadInput, match="ended with status 70: ZeroDivisionError: division by zero"):
        launch(["run", str(grid), "--out", str(tmp_path / "runs")])


def test_a_signal_to_the_command_itself_stops_it_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = {"steps": 40, "seed": 0, "ends": None, "dies": False, "seconds": 0.05}
    grid = write(tmp_path, config=config, seeds=1)
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: Any, **options: Any) -> subprocess.Popen[str]:
        started.append(popen(*arguments, **options))
        return started[-1]

    popen = subprocess.Popen
    monkeypatch.setattr("ablations.launching.subprocess.Popen", start)

    def stop() -> None:
        while not list(tmp_path.glob("runs/builtin/stub/*/attempt-1/state.json")):
            time.sleep(0.02)
        started[0].send_signal(signal.SIGTERM)

    threading.Thread(target=stop, daemon=True).start()
    with pytest.raises(Interrupted, match="the same command continues"):
        launch(["run", str(grid), "--jobs", "1", "--rows", "base"])


def test_ctrl_c_stops_and_the_same_call_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = {"steps": 40, "seed": 0, "ends": None, "dies": False, "seconds": 0.05}
    arguments = ["run", str(write(tmp_path, config=config, seeds=1)), "--jobs", "1", "--rows", "base"]

    def interrupt() -> None:
        while not list(tmp_path.glob("runs/builtin/stub/*/attempt-1/state.json")):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        launch(arguments)
    (cell,) = tmp_path.glob("runs/builtin/stub/base-*")
    assert not is_held(cell)
    assert record_that_counts(cell) is None
    launch(arguments)
    record = record_that_counts(cell)
    assert record is not None
    assert (record.status, record.attempt) == ("done", 1)
