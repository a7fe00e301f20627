"""Streams that are missing, and text of other people's that would command a terminal or a spreadsheet."""

import ast
import csv
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path

import pytest

import ablations
import reports
import repro
from repro.console.command import exit_status
from repro.console.grid_display import GridDisplay, _last_said, _name
from repro.data.text import lines_of
from repro.errors import BadInput, Interrupted
from repro.ledger.grids.cell import Cell
from repro.ledger.running.launcher import Launcher
from repro.ledger.running.worker import Task
from repro.progress import Progress
from repro.streams import escaped, for_a_spreadsheet, hand_on, in_one_line, note, say_json
from repro.table import table
from tests.representatives import others_slow

HOSTILE = "boom \x1b[2J\x1b]0;T\x07 \x9b31m \x7f\r\b\x00 \u202e\u2066"
ALL = "<&- >&- 2>&-"
COMMANDS = {
    "repro": "repro.cli.main prepare --list",
    "ablate": "ablations.cli list",
    "report": "reports.cli --version",
    "score": "repro.cli.main score text text --resamples 0",
    "report status": "reports.cli status runs",
    "report build": "reports.cli build runs --out report",
}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """What a command says with all streams open; each runs once."""

    @cache
    def said(name: str) -> subprocess.CompletedProcess[str]:
        return _run(COMMANDS[name], tmp_path_factory.mktemp("open"))

    return said


def _run(command: str, folder: Path, closed: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "text").write_text("a line\n")
    (folder / "runs").mkdir()
    script = f"{shlex.quote(sys.executable)} -m {command} {closed}"
    return subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False)


WAYS = ("<&-", ">&-", "2>&-", ALL, "<&- 2>&-")
CLOSED = [
    *product(("repro", "ablate", "report"), WAYS),
    *((name, ALL) for name in ("score", "report status", "report build")),  # take seconds to import
]


# By default each way for one command, and each of the three programs in one way.
@pytest.mark.parametrize(("name", "closed"), others_slow(CLOSED, [5, 6, 7, 9, 3, 13]))
def test_a_closed_stream_changes_no_status_and_no_other_stream(
    tmp_path: Path, undisturbed: Callable[[str], subprocess.CompletedProcess[str]], name: str, closed: str
) -> None:
    whole, done = undisturbed(name), _run(COMMANDS[name], tmp_path, closed)
    assert done.returncode == whole.returncode == (1 if name == "report status" else 0)  # the report is not built
    assert done.stdout == ("" if ">&-" in closed.replace("2>&-", "") else whole.stdout)
    assert done.stderr == ("" if "2>&-" in closed else whole.stderr)


def test_without_stdin_there_is_nothing_to_translate_and_without_stderr_messages_go_nowhere(tmp_path: Path) -> None:
    def run(script: str) -> subprocess.CompletedProcess[str]:
        command = f"{shlex.quote(sys.executable)} -m repro {script}"
        return subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)

    said = run("translate --checkpoint nowhere text 2>&- > out")
    assert (said.returncode, said.stdout, said.stderr) == (2, "", "")
    assert (tmp_path / "out").read_bytes() == b""


@pytest.mark.parametrize("stderr", ["a pipe without a reader", "/dev/full"])
def test_work_goes_on_where_nobody_can_read_its_progress(stderr: str) -> None:
    program = (
        "from repro.console.command import exit_status\nfrom repro.progress import Progress\n"
        "from repro.streams import note\nimport repro.progress as module\n"
        "module.PLAIN_LINE_EVERY_SECONDS = 0.0\n"
        "def work():\n    with Progress('training', 3) as counter:\n"
        "        for _ in range(3):\n            counter.advance()\n"
        "    note('ended')\n    print('done')\n    return 0\n"
        "raise SystemExit(exit_status('repro', work))"
    )
    if stderr == "/dev/full":
        descriptor = os.open(stderr, os.O_WRONLY)
    else:
        unread, descriptor = os.pipe()
        os.close(unread)
    said = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=descriptor, check=False)
    os.close(descriptor)
    assert (said.returncode, said.stdout) == (0, b"done\n")


def test_missing_streams_within_python(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)

    def work() -> int:
        assert not sys.stderr.isatty()
        assert sys.stdin.buffer.read() == b""
        print("nobody reads this")
        raise BadInput("nor this")

    assert exit_status("repro", work) == 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain Grüße 猫 \u2028", "plain Grüße 猫 \u2028"),
        ("a\n\tb", "a\n\tb"),
        ("\x1b[2J", r"\x1b[2J"),
        ("\x07\x08\x00\x0b\x0c\r\x7f", r"\x07\x08\x00\x0b\x0c\x0d\x7f"),
        ("\x80\x9b\x9f\xa0", "\\x80\\x9b\\x9f\xa0"),
    ],
)
def test_control_characters_are_shown(text: str, shown: str) -> None:
    assert escaped(text) == shown
    assert in_one_line(text) == shown.replace("\n", "\\n").replace("\t", "\\t")


def is_clean(text: str) -> bool:
    return not any((ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160 or c in "\u202e\u2066" for c in text)


def test_tables_boards_and_messages_hold_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert is_clean(table([["a", HOSTILE], [HOSTILE + "\n", "b"]]))
    assert table([["a", HOSTILE + "\n"]]).count("\n") == 0
    cell = Cell("m:f", {}, grid="g", row=HOSTILE)
    (tmp_path / "log.txt").write_text(HOSTILE)
    assert is_clean(_name(Task(cell, tmp_path)))
    assert is_clean(_last_said(Task(cell, tmp_path)))

    def refuse() -> int:
        raise BadInput(HOSTILE)

    assert exit_status("repro", refuse) == 2
    said = capsys.readouterr().err
    assert is_clean(said)
    assert r"boom \x1b[2J" in said


@pytest.mark.parametrize("stop", [Interrupted("saved"), KeyboardInterrupt()])
def test_stopped_work_has_the_status_that_shells_have_for_ctrl_c(
    stop: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    def work() -> int:
        raise stop

    assert exit_status("repro", work) == 128 + signal.SIGINT
    assert capsys.readouterr().err.startswith("repro: s")


def test_a_message_that_repeats_much_has_its_middle_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse() -> int:
        raise BadInput(f"begin {'x' * 1_000_000} end")

    assert exit_status("repro", refuse) == 2
    said = capsys.readouterr().err
    assert len(said) < 2_500
    assert said.startswith("repro: begin ")
    assert said.endswith(" end\n")
    assert "characters left out" in said


ROOMS = [Path(package.__path__[0]) for package in (ablations, reports, repro)]


def writes_on_stderr(tree: ast.Module) -> bool:
    """Whether a module prints on stderr or writes to it, or lets `traceback` do so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            to_stderr = any(ast.unparse(word.value) == "sys.stderr" for word in node.keywords if word.arg == "file")
            if to_stderr or called in ("sys.stderr.write", "traceback.print_exc", "traceback.print_exception"):
                return True
    return False


@pytest.mark.parametrize("module", [path for room in ROOMS for path in sorted(room.rglob("*.py"))], ids=str)
def test_nothing_goes_to_stderr_but_through_one_place(module: Path) -> None:
    assert writes_on_stderr(ast.parse(module.read_text(encoding="utf-8"))) == (module.name == "streams.py")


def test_what_goes_to_stderr_holds_none(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repro.progress.PLAIN_LINE_EVERY_SECONDS", 0.0)
    note(BadInput(HOSTILE))
    with Progress(f"reading {HOSTILE}") as counter:
        counter.advance(1, HOSTILE)
    assert len(list(lines_of(io.BytesIO(b"x" * 2_000_000), HOSTILE, cut=True))) == 1
    said = capsys.readouterr().err
    assert said.count(r"boom \x1b[2J") == 4
    assert is_clean(said)


def test_a_traceback_that_nobody_catches_holds_none() -> None:
    program = f"from repro.console.command import exit_status\ndef work(): raise ValueError({HOSTILE!r})\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}exit_status('repro', work)"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.rstrip().split("\n")[-1].startswith(r"ValueError: boom \x1b[2J")
    assert is_clean(done.stderr)


@pytest.mark.parametrize("kind", ["bad", "error", "exit", "diverged"])
def test_a_worker_s_log_and_its_launcher_s_words_hold_none(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    cell = Cell("tests.ledger.functions:says", {"seed": 1, "kind": kind, "text": f"{HOSTILE}\udc9b"}, row=HOSTILE)
    task = Task(cell, tmp_path / "cell")
    with GridDisplay("all", 1, 0) as board:
        assert not Launcher(1, "the command", board).run([task])
    log = (tmp_path / "cell" / "log.txt").read_text()
    assert r"boom \x1b[2J" in log
    assert is_clean(log)
    said = capfd.readouterr()
    assert said.out == ""
    assert r"boom \x1b[2J" in said.err
    assert is_clean(said.err)


def test_results_go_out_as_they_are_but_to_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for terminal in (False, True):
        stream = io.StringIO()
        monkeypatch.setattr(stream, "isatty", lambda terminal=terminal: terminal)
        monkeypatch.setattr(sys, "stdout", stream)
        hand_on(HOSTILE)
        assert stream.getvalue() == (escaped(HOSTILE) if terminal else HOSTILE) + "\n"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1"])
def test_no_text_is_a_formula_of_a_spreadsheet(text: str) -> None:
    assert str(for_a_spreadsheet(text)).startswith("'")


@pytest.mark.parametrize("value", [-1.5, 3, None, True, "a=1", "", "1-2"])
def test_numbers_and_other_text_stay(value: object) -> None:
    assert for_a_spreadsheet(value) == value


def test_export_and_show_of_a_hostile_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    from ablations.cli import main
    from repro.cell_directory import RECORD
    from tests.ablations.test_cli import write

    monkeypatch.chdir(tmp_path)
    grid = write(tmp_path)
    assert main(["run", str(grid), "--jobs", "1"]) == 0
    (path, *_) = sorted(Path("runs").rglob(RECORD))
    text = path.read_text()
    assert '"unit": "' in text
    hostile = text.replace('"unit": "', '"unit": "=1+1\\u001b[2J', 1)
    path.write_text(hostile)
    capsys.readouterr()
    assert main(["export", str(grid), "--csv"]) == 0
    out = capsys.readouterr().out
    assert is_clean(out)
    units = {row["unit"] for row in csv.DictReader(io.StringIO(out))}
    assert any(unit.startswith(r"'=1+1\x1b[2J") for unit in units)
    assert main(["show", str(path.parents[1])]) == 0
    assert is_clean(capsys.readouterr().out)
    failed = text.replace('"status": "done"', '"status": "failed"').replace(
        '"error": null', '"error": "boom \\u001b[2J\\u001b]0;T\\u0007"'
    )
    path.write_text(failed)
    for what in (str(grid), str(path.parents[1])):
        assert main(["show", what]) == 0
        out = capsys.readouterr().out
        assert is_clean(out)
        assert r"boom \x1b[2J" in out


def test_json_escapes_what_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    content = {"name": "a\x9b2Jb\x7f", "words": ["ä", "語"]}
    say_json(json.dumps(content, ensure_ascii=False, indent=2))
    printed = capsys.readouterr().out
    assert not re.search(r"[\x7f-\x9f]", printed)
    assert "語" in printed
    assert json.loads(printed) == content
