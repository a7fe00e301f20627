import dataclasses
import errno
import functools
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from repro import files, locks
from repro.cell_directory import attempts
from repro.errors import BadInput, Interrupted, NoRoom
from repro.ledger.grids.cell import Cell
from repro.ledger.records.attempts import next_attempt, record_that_counts, records
from repro.ledger.records.cell_file import assign_directory, cell_in
from repro.ledger.records.record import FORMAT, NewerFormat, Record, read_record
from repro.ledger.running import machine
from repro.ledger.running import run as running
from repro.ledger.running.run import record_end, run_cell
from tests.ledger import functions

COUNT = "tests.ledger.functions:count"


def cell(**config):
    return Cell(COUNT, {"seed": 4, **config}, grid="g", row="r", scale="s")


def snapshot(directory):
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None) for path in directory.rglob("*")
    }


def test_a_record_tells_everything(tmp_path):
    record = run_cell(cell(), tmp_path / "run", "repro something")
    assert (record.status, record.attempt, record.seed, record.error) == ("done", 1, 4, None)
    assert (record.grid, record.row, record.scale, record.cell) == ("g", "r", "s", cell().id)
    assert record.metrics["calls"]["value"] == 1.0
    assert record.config == {"seed": 4}
    assert record.data == {"corpus": "none"}
    assert record.details == {"more": [1]}
    assert record.command == "repro something"
    assert {"torch", "python"} <= record.versions.keys()
    assert record.hardware["cores"] >= 1
    assert record.peak_memory_bytes > 1e6
    assert read_record(tmp_path / "run" / "attempt-1") == record
    assert (tmp_path / "run" / "attempt-1" / "after").exists()
    assert not (tmp_path / "run" / ".lock").exists()


def test_trials_are_counted_in_the_record_of_a_cell_and_of_one_that_is_taken_up_by_its_directory(tmp_path):
    counted = {"grid": "trials", "trials": 6, "metric": "dev.nll", "chosen": 3}
    tuned = dataclasses.replace(cell(), tuning=counted)
    assert tuned.id == cell().id
    record = run_cell(tuned, tmp_path / "run", "repro something")
    assert record.details == {"more": [1], "tuning": counted}
    assert cell_in(tmp_path / "run") == tuned


def test_a_done_cell_is_found_done_and_left_alone(tmp_path, capsys):
    first = run_cell(cell(), tmp_path / "run", "")
    before = snapshot(tmp_path)
    assert run_cell(cell(), tmp_path / "run", "") == first
    assert "run is already done" in capsys.readouterr().err
    now = snapshot(tmp_path)
    now.pop(tmp_path / "run")
    before.pop(tmp_path / "run")  # its time changes with the lock that was in it
    assert now == before


@pytest.mark.parametrize("end", ["diverged", "failed", "missing"])
def test_what_went_wrong_is_recorded_and_tried_anew(tmp_path, end, capsys):
    ends = {"attempt-1.1": end}
    record = run_cell(cell(ends=ends), tmp_path / "run", "")
    assert record.status == ("diverged" if end == "diverged" else "failed")
    assert record.error.strip().split("\n")[-1] in capsys.readouterr().err
    assert not (tmp_path / "run" / "attempt-1" / "after").exists()
    record = run_cell(cell(ends=ends), tmp_path / "run", "")
    assert (record.status, record.attempt) == ("done", 2)
    assert record_that_counts(tmp_path / "run").attempt == 2
    assert len(attempts(tmp_path / "run")) == 2


@pytest.mark.parametrize(("end", "kind"), [("stop", Interrupted), ("bad", BadInput), ("full", NoRoom)])
def test_an_interrupted_attempt_goes_on(tmp_path, end, kind):
    ends = {"attempt-1.1": end}
    with pytest.raises(kind, match=r"planted|/some/file cannot be written .*make room"):
        run_cell(cell(ends=ends), tmp_path / "run", "")
    assert not (tmp_path / "run" / "attempt-1" / "record.json").exists()
    record = run_cell(cell(ends=ends), tmp_path / "run", "")
    assert (record.status, record.attempt) == ("done", 1)
    assert (tmp_path / "run" / "attempt-1" / "log").read_text() == "xx"


def test_seconds_count_all_parts_of_an_attempt(tmp_path):
    ends = {"attempt-1.1": "stop"}
    with pytest.raises(Interrupted):
        run_cell(cell(ends=ends), tmp_path / "run", "")
    started = tmp_path / "run" / "attempt-1" / "started.json"
    content = json.loads(started.read_text())
    files.write_json(started, {**content, "seconds": content["seconds"] + 100, "started": 0.0})
    record = run_cell(cell(ends=ends), tmp_path / "run", "")
    assert 100 < record.seconds < 110
    assert record.started == "1970-01-01T00:00:00+00:00"


def test_a_part_that_noted_its_seconds_is_not_counted_again_by_who_watched_it(tmp_path):
    """As for a training that is out of time: it saves, notes how long it worked, and the launcher writes the record."""
    with pytest.raises(Interrupted):
        run_cell(cell(ends={"attempt-1.1": "stop"}), tmp_path / "run", "")
    started = tmp_path / "run" / "attempt-1" / "started.json"
    files.write_json(started, {**json.loads(started.read_text()), "seconds": 50.0})
    record = record_end(cell(ends={"attempt-1.1": "stop"}), tmp_path / "run", "timeout", time.time() - 50, "", "late")
    assert 50 <= record.seconds < 60


def test_seconds_count_a_part_that_was_killed_until_it_last_wrote(tmp_path):
    attempt = tmp_path / "run" / "attempt-1"
    assign_directory(attempt.parent, cell(ends={"attempt-1.1": "stop"}))
    attempt.mkdir()
    now = time.time()
    files.write_json(attempt / "started.json", {"started": now - 1000, "seconds": 0.0})
    for name, age in (("first", 700), ("last", 400)):
        (attempt / name).touch()
        os.utime(attempt / name, (now - age,) * 2)
    with pytest.raises(Interrupted):
        run_cell(cell(ends={"attempt-1.1": "stop"}), attempt.parent, "")
    assert 600 <= json.loads((attempt / "started.json").read_text())["seconds"] < 610
    record = run_cell(cell(ends={"attempt-1.1": "stop"}), attempt.parent, "")
    assert 600 <= record.seconds < 610, "the killed part counts once"


def test_what_a_refused_run_has_set_up_is_taken_away_while_it_holds_the_cell(tmp_path, monkeypatch):
    """Or another machine could go on in its attempt meanwhile."""
    held = []

    def removing(directory, *more, remove=running._remove_unused):
        held.append((directory / ".lock").is_dir())
        remove(directory, *more)

    monkeypatch.setattr(running, "_remove_unused", removing)
    with pytest.raises(BadInput, match="no such corpus"):
        run_cell(Cell("tests.ledger.functions:refuse", {}), tmp_path / "run", "")
    assert held == [True]
    assert list(tmp_path.iterdir()) == []


def test_a_claim_that_a_refused_run_took_away_meanwhile_is_made_again(tmp_path, monkeypatch):
    def refused_before(directory, hold=running.held):
        (directory / "cell.json").unlink()
        return hold(directory)

    monkeypatch.setattr(running, "held", refused_before)
    assert run_cell(cell(), tmp_path / "run", "").status == "done"
    assert cell_in(tmp_path / "run") == cell()


def test_a_refused_configuration_leaves_no_directory(tmp_path):
    with pytest.raises(BadInput, match="no such corpus"):
        run_cell(Cell("tests.ledger.functions:refuse", {}), tmp_path / "run", "")
    assert list(tmp_path.iterdir()) == []


def test_a_refused_configuration_leaves_an_empty_directory_empty(tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(BadInput, match="no such corpus"):
        run_cell(Cell("tests.ledger.functions:refuse", {}), tmp_path / "run", "")
    assert list(tmp_path.rglob("*")) == [tmp_path / "run"]
    assert run_cell(cell(), tmp_path / "run", "").status == "done"  # the corrected command


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, NoRoom), (errno.EDQUOT, NoRoom), (errno.EROFS, BadInput)])
def test_a_full_disk_is_no_fault_of_the_directory(tmp_path, monkeypatch, number, kind):
    def fail(path, value):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files, "write_json", fail)
    with pytest.raises(BadInput, match="run cannot be written") as error:
        assign_directory(tmp_path / "run", cell())
    assert error.type is kind


def test_a_record_names_the_commit_of_the_code_that_ran(tmp_path, monkeypatch):
    head = ["old"]
    monkeypatch.setattr(machine, "commit", functools.cache(lambda: (head[0], False)))

    def commit_meanwhile(config, directory) -> functions.Outcome:
        head[0] = "new"
        return functions.Outcome({})

    monkeypatch.setattr(functions, "count", commit_meanwhile)
    assert run_cell(cell(), tmp_path / "run", "").commit == "old"
    assert head == ["new"]


def test_what_has_ended_since_it_was_chosen_is_not_run_again(tmp_path):
    ends = {"attempt-1.1": "failed", "attempt-2.1": "failed"}
    failed = run_cell(cell(ends=ends), tmp_path / "run", "")
    assert run_cell(cell(ends=ends), tmp_path / "run", "", ended_before=0) == failed
    assert records(tmp_path / "run") == [failed]
    assert run_cell(cell(ends=ends), tmp_path / "run", "", ended_before=1).attempt == 2
    assert run_cell(cell(ends=ends), tmp_path / "run", "", ended_before=1).attempt == 2


def test_a_claim_that_another_launcher_makes_meanwhile_is_seen(tmp_path, monkeypatch):
    assign_directory(tmp_path / "run", cell())
    exists, first = Path.exists, iter([False])
    monkeypatch.setattr(Path, "exists", lambda path: next(first, True) and exists(path))
    assign_directory(tmp_path / "run", cell())
    assert next(first, None) is None


def test_another_run_s_directory_is_refused_and_the_key_named(tmp_path):
    run_cell(cell(model={"N": 4, "h": 2}), tmp_path / "run", "")
    before = snapshot(tmp_path)
    with pytest.raises(BadInput, match=r"holds another run .*model\.N is 4 there and 6 here.*choose another --out"):
        run_cell(cell(model={"N": 6, "h": 3}), tmp_path / "run", "")
    with pytest.raises(BadInput, match=r"model\.h is 2 there and None here"):
        run_cell(cell(model={"N": 4}), tmp_path / "run", "")
    assert snapshot(tmp_path) == before


def test_a_directory_of_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("content")
    with pytest.raises(BadInput, match="holds files that are not of a run; choose another --out"):
        run_cell(cell(), tmp_path, "")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    with pytest.raises(BadInput, match="is a file"):
        assign_directory(tmp_path / "thesis.tex", cell())


@pytest.mark.parametrize("content", ["", "{", "[]", "7", "{}", '{"cell": 1}'])
def test_a_damaged_claim_is_no_traceback(tmp_path, content):
    (tmp_path / "cell.json").write_text(content)
    with pytest.raises(BadInput, match=r"cell\.json|holds another run"):
        assign_directory(tmp_path, cell())


def test_an_empty_directory_may_be_used_and_so_may_one_with_a_claim_that_a_kill_cut_short(tmp_path):
    old, new = tmp_path / ".cell.json.0123.tmp", tmp_path / ".cell.json.4567.tmp"
    old.write_text("{")
    new.write_text("{")
    os.utime(old, (time.time() - 3600,) * 2)
    assert run_cell(cell(), tmp_path, "").status == "done"
    assert not old.exists()
    assert new.exists(), "another launcher may be writing it at this moment"


def test_a_directory_in_use_is_refused(tmp_path):
    with locks.directory_lock(tmp_path / "run" / ".lock"):
        assign_directory(tmp_path / "run", cell())
        with pytest.raises(BadInput, match=rf"run is being run by process {os.getpid()} .*wait for it"):
            run_cell(cell(), tmp_path / "run", "")
        assert attempts(tmp_path / "run") == []


def test_a_killed_run_s_lock_does_not_hold_up_the_next_one(tmp_path):
    """Even at once: the holder's process is known to be dead."""
    (tmp_path / "run").mkdir()
    program = (
        "import os, signal, pathlib\nfrom repro import locks\n"
        f"with locks.directory_lock(pathlib.Path({str(tmp_path / 'run' / '.lock')!r})):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=False)
    assert (tmp_path / "run" / ".lock").exists()
    began = time.monotonic()
    assert run_cell(cell(), tmp_path / "run", "").status == "done"
    assert time.monotonic() - began < 5


def test_numbers_of_attempts_have_no_need_to_be_without_gaps(tmp_path):
    ends = {"attempt-1.1": "failed", "attempt-2.1": "failed"}
    run_cell(cell(ends=ends), tmp_path / "run", "")
    run_cell(cell(ends=ends), tmp_path / "run", "")
    import shutil

    shutil.rmtree(tmp_path / "run" / "attempt-1")
    record = run_cell(cell(ends=ends), tmp_path / "run", "")
    assert (record.attempt, record.status) == (3, "done")


def test_ten_attempts_are_in_order(tmp_path):
    for number in range(1, 12):
        (tmp_path / f"attempt-{number}").mkdir()
    (tmp_path / "attempt-old").mkdir()
    assert [path.name for path in attempts(tmp_path)] == [f"attempt-{number}" for number in range(1, 12)]
    attempt = next_attempt(tmp_path)
    assert (attempt.number, attempt.continues) == (11, True)


def test_what_does_not_return_an_outcome_is_not_called(tmp_path, capsys):
    with pytest.raises(BadInput, match="function 'builtins:print' is not declared to return an Outcome"):
        run_cell(Cell("builtins:print", {"seed": 1}), tmp_path / "run", "")
    assert "seed" not in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_outcome_is_a_failed_record(tmp_path, monkeypatch):
    def nothing(config, directory) -> functions.Outcome:
        """Not as it is declared."""

    monkeypatch.setattr(functions, "count", nothing)
    record = run_cell(cell(), tmp_path / "run", "")
    assert record.status == "failed"
    assert record.reason.endswith("gave NoneType, but is declared to return an Outcome")


def test_the_last_good_attempt_counts(tmp_path):
    record = run_cell(cell(), tmp_path / "run", "")
    from dataclasses import replace

    later = tmp_path / "run" / "attempt-2"
    later.mkdir()
    replace(record, attempt=2, status="failed", error="x").write(later)
    assert record_that_counts(tmp_path / "run").attempt == 1


def test_a_record_is_written_once(tmp_path):
    record = run_cell(cell(), tmp_path / "run", "")
    with pytest.raises(FileExistsError, match="written only once"):
        record.write(tmp_path / "run" / "attempt-1")


def test_records_that_are_none_are_refused(tmp_path):
    with pytest.raises(BadInput, match="does not exist"):
        read_record(tmp_path)
    for content in ("", "{", "[]", '{"cell": "x"}'):
        (tmp_path / "record.json").write_text(content)
        with pytest.raises(BadInput, match="is not a record"):
            read_record(tmp_path)


def test_a_record_says_its_format_and_a_newer_one_is_left_alone(tmp_path):
    record = run_cell(cell(), tmp_path / "run", "")
    path = tmp_path / "run" / "attempt-1" / "record.json"
    content = json.loads(path.read_text())
    assert content["format"] == record.format == FORMAT == 1
    path.write_text(json.dumps({**content, "format": 2, "metrics": [], "more": 1}))
    before = path.read_bytes()
    said = r"record.json was written by a newer version \(format 2, this reads 1\); update attention-repro$"
    with pytest.raises(NewerFormat, match=said):
        read_record(path.parent)
    with pytest.raises(NewerFormat, match=said):
        run_cell(cell(), tmp_path / "run", "")  # neither set aside as damaged, nor run again
    assert path.read_bytes() == before
    for wrong in ("1", 0, True, None, 1.5):
        path.write_text(json.dumps({**content, "format": wrong}))
        with pytest.raises(BadInput, match="is not a record"):
            read_record(path.parent)
    del content["format"]  # as records were at first
    path.write_text(json.dumps(content))
    assert read_record(path.parent) == record


def test_a_record_checks_itself(tmp_path):
    content = json.loads(json.dumps(vars(run_cell(cell(), tmp_path / "run", ""))))
    with pytest.raises(ValueError, match="status is 'ok'"):
        Record(**{**content, "status": "ok"})
    with pytest.raises(ValueError, match="metric bleu lacks definition, unit"):
        Record(**{**content, "metrics": {"bleu": {"value": 1.0}}})


# ---- the other ranks of a distributed cell


PEER = """
import os, sys, time, pathlib
from repro.ledger.grids.cell import Cell
from repro.ledger.running.run import record_end, run_cell
print(run_cell(Cell({function!r}, {{}}), pathlib.Path("unused"), ""))
"""


def peer(tmp_path, function, **options):
    environment = {**os.environ, "LOCAL_RANK": "1", "REPRO_ATTEMPT": str(tmp_path)}
    return [sys.executable, "-c", PEER.format(function=function)], {"env": environment, **options}


def test_another_rank_works_in_the_first_one_s_attempt_and_records_nothing(tmp_path):
    command, options = peer(tmp_path, COUNT)
    result = subprocess.run(command, capture_output=True, text=True, check=True, **options)
    assert result.stdout == "None\n"
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def test_another_rank_ends_when_the_first_one_is_gone(tmp_path):
    """Even while it waits for it: here it would sleep for a minute. The first one goes once the other one works."""
    works = tmp_path / "works"
    command, options = peer(tmp_path, "tests.ledger.functions:stubborn")
    work = f"def work(*_) -> functions.Outcome:\n    open({str(works)!r}, 'w').close()\n    time.sleep(60)\n"
    named = "from tests.ledger import functions\n"
    command[-1] = f"import time\n{named}{work}functions.stubborn = work\n{command[-1]}"
    launcher = (
        f"import os, subprocess, time\nprint(subprocess.Popen({command!r}).pid, flush=True)\n"
        f"while not os.path.exists({str(works)!r}): time.sleep(0.05)"
    )
    pid = int(subprocess.run([sys.executable, "-c", launcher], capture_output=True, text=True, **options).stdout)
    began = time.monotonic()
    while _lives(pid):
        assert time.monotonic() - began < 30
        time.sleep(0.1)


def _lives(pid):
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize(
    "kind",
    ["a number as metric", "a list of metrics", "details of no JSON", "data of no number", "keys of no text"],
)
def test_what_can_stand_in_no_record_is_a_failure_with_a_record(tmp_path, kind):
    given = Cell("tests.ledger.functions:gives", {"seed": 1, "kind": kind}, grid="g", row="r", scale="s")
    record = run_cell(given, tmp_path / "run", "")
    assert record.status == "failed"
    assert "tests.ledger.functions:gives gave " in record.error
    assert "not what it should be in a record" in record.error
    assert read_record(tmp_path / "run" / "attempt-1") == record
