import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ablations.throughput import environment
from ablations.throughput.environment import LIBRARIES, WITHOUT_LIBRARY, check_folder, interpreter, why_lost
from ablations.throughput.peers import MODULES
from repro.errors import BadInput


def test_every_peer_is_ours_or_installed() -> None:
    assert {*WITHOUT_LIBRARY, *LIBRARIES} == {*MODULES}


def test_peers_run_in_their_environment_and_the_rest_in_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPRO_PEERS", "somewhere")
    assert interpreter("marian") == str(Path("somewhere/bin/python"))
    assert interpreter("ours") == interpreter("plain") == sys.executable
    monkeypatch.setenv("REPRO_PEERS", "")
    assert interpreter("marian") == sys.executable


def test_a_folder_that_holds_no_environment_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REPRO_PEERS", str(tmp_path / "peers"))
    with pytest.raises(BadInput, match=r"REPRO_PEERS is .*peers, which has no bin/python; `python -m"):
        check_folder(["ours", "marian"])
    check_folder(["ours", "plain"])
    (tmp_path / "peers" / "bin").mkdir(parents=True)
    (tmp_path / "peers" / "bin" / "python").touch()
    check_folder(["ours", "marian"])
    monkeypatch.delenv("REPRO_PEERS")
    check_folder(["ours", "marian"])


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "peers").write_text("mine")
    assert environment.main([str(tmp_path / "peers")]) == 2
    assert capsys.readouterr().err == f"environment: {tmp_path / 'peers'} is a file; name a folder\n"
    assert environment.main([]) == 2
    assert (tmp_path / "peers").read_text() == "mine"


def test_why_a_peer_is_lost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REPRO_PEERS", str(tmp_path))
    assert "python -m ablations.throughput.environment" in why_lost("opennmt")
    (tmp_path / "lost.json").write_text(json.dumps({"opennmt": "no wheel"}))
    assert why_lost("opennmt") == "no wheel"
    assert "is not installed" in why_lost("joeynmt")


DAMAGES = {
    "a folder": (lambda path: path.mkdir(), "it is a folder"),
    "a pipe": (os.mkfifo, "it is not a regular file"),
    "deep nesting": (lambda path: path.write_text("[" * 100_000 + "]" * 100_000), "nested"),
    "half of it": (lambda path: path.write_text('{"opennmt": "no wh'), "Unterminated string"),
    "a list": (lambda path: path.write_text('["opennmt"]'), "something other than reasons"),
    "a number": (lambda path: path.write_text('{"opennmt": 5}'), "something other than reasons"),
}


@pytest.mark.timeout(30)  # a pipe would be waited for without end
@pytest.mark.parametrize(("damage", "said"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_list_of_reasons_is_named_and_loses_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, damage: Callable[[Path], Any], said: str
) -> None:
    monkeypatch.setenv("REPRO_PEERS", str(tmp_path))
    damage(tmp_path / "lost.json")
    reason = why_lost("opennmt")
    assert reason.startswith(
        f"opennmt is not installed, and {tmp_path / 'lost.json'}, which says why, cannot be read ("
    )
    assert said in reason
    assert "\n" not in reason


def stand_in(path: Path, found: list[str]) -> str:
    """A Python that finds these packages, whatever it is asked for."""
    path.write_text(f"#!/bin/sh\necho '{json.dumps(found)}'\n")
    path.chmod(0o755)
    return str(path)


def test_a_library_that_is_not_found_is_noted_once_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REPRO_PEERS", str(tmp_path))
    python = stand_in(tmp_path / "python", ["onmt", "sockeye"])
    assert environment.installed(python) == {"ours", "plain", "opennmt", "sockeye"}
    for _ in range(2):
        for name in ("ours", "sockeye", "fairseq"):
            environment.note_if_missing(name, python)
    (said,) = capsys.readouterr().err.strip().split("\n")
    assert "throughput: fairseq is not installed; `python -m ablations.throughput.environment FOLDER`" in said


def test_this_python_is_asked_without_an_import() -> None:
    assert {"ours", "plain"} <= environment.installed(sys.executable) <= {*MODULES}


def test_a_python_that_does_not_run_loses_nothing_yet(tmp_path: Path) -> None:
    (tmp_path / "python").touch()
    assert environment.installed(str(tmp_path / "python")) == {*MODULES}


def test_what_pip_complained_of_is_the_reason() -> None:
    said = "print('ERROR: first', file=sys.stderr); print('ERROR: last', file=sys.stderr); print('hint'); sys.exit(1)"
    assert environment._complaint(sys.executable, "-c", f"import sys; {said}") == "last"
    assert environment._complaint(sys.executable, "-c", "import nothing_like_it") == (
        "ModuleNotFoundError: No module named 'nothing_like_it'"
    )
    assert environment._complaint(sys.executable, "-c", "") is None
