"""`report check` as it is typed."""

import json
import os

import pytest

from reports.build import NONE
from reports.check import checked_json, checked_lines, run_check, summary
from reports.checking.finding import fault, warning
from reports.checking.folder_check import Checked
from reports.cli import main
from tests.reports.checking.records import changed, right_record, written


def test_faults_come_first_and_the_counts_last(tmp_path):
    checked = Checked((tmp_path,) * 1234, (), (warning("f", "a", "is odd"), fault("g", "b", "is wrong")), {tmp_path})
    assert checked_lines(checked) == [
        "fault: g: b is wrong",
        "warning: f: a is odd",
        "1,234 records: 1 fault in 1 file, 1 warning",
    ]
    assert (
        summary(Checked((tmp_path,), (tmp_path,) * 2, (), frozenset()))
        == "1 record and 2 YAML files: 0 faults, 0 warnings"
    )


def test_warnings_of_one_kind_are_one_line(tmp_path):
    found = [warning(file, "dirty", "is true") for file in "abc"] + [warning("a", "command", "is odd")]
    lines = checked_lines(
        Checked((tmp_path,) * 3, (), (*found, fault("a", "x", "y"), fault("b", "x", "y")), {tmp_path})
    )
    assert lines == [
        "fault: a: x y",
        "fault: b: x y",
        "warning: a: dirty is true (and the same in 2 more)",
        "warning: a: command is odd",
        "3 records: 2 faults in 1 file, 4 warnings",
    ]


def test_the_exit_status_says_whether_there_is_a_fault(tmp_path, capsys):
    path = written(tmp_path, changed("dirty", True))
    assert main(["check", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"warning: {path}: dirty is true: the code had uncommitted changes",
        "1 record: 0 faults, 1 warning",
    ]
    written(tmp_path, changed("seconds", -1))
    assert main(["check", str(tmp_path)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"fault: {path}: seconds is -1; it must be at least 0",
        "1 record: 1 fault in 1 file, 0 warnings",
    ]


@pytest.mark.parametrize("given", ["nowhere", "."])
def test_a_bad_call_has_status_2(tmp_path, monkeypatch, capsys, given):
    monkeypatch.chdir(tmp_path)
    assert main(["check", given]) == 2
    assert capsys.readouterr().err.startswith("report: ")


def test_for_machines_the_same_is_written_as_json(tmp_path):
    path = written(tmp_path / "runs", changed("seconds", -1))
    lines, faulty = run_check([tmp_path / "runs"], own=NONE, json_file=tmp_path / "f.json")
    content = json.loads((tmp_path / "f.json").read_text())
    assert faulty
    assert content["records"] == 1
    assert content["schemas"]["record"] == "urn:attention-repro:schema:record:1"
    assert content["faults"] == [
        {"file": str(path), "key": "seconds", "says": f"{path}: seconds is -1; it must be at least 0"}
    ]
    assert content["warnings"] == []
    assert lines[0] == f"fault: {content['faults'][0]['says']}"
    assert checked_json(Checked((), (), (), frozenset()))["faults"] == []


def test_what_a_record_says_cannot_move_the_cursor(tmp_path, capsys):
    written(tmp_path, changed("status", "\x1b[2Jdone\nfault: none"))
    assert main(["check", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert len(out.splitlines()) == 2


def test_json_goes_into_no_folder(tmp_path, capsys):
    written(tmp_path, right_record())
    assert main(["check", str(tmp_path), "--json", str(tmp_path)]) == 2
    said = f"report: --json {tmp_path} cannot be written: {tmp_path} is a folder; name another file\n"
    assert capsys.readouterr().err == said
    os.mkfifo(tmp_path / "pipe")
    assert main(["check", str(tmp_path), "--json", str(tmp_path / "pipe")]) == 2
    assert "is not a regular file; name another file" in capsys.readouterr().err
    assert (tmp_path / "pipe").is_fifo()
