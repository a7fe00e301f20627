"""The launcher with stub cells: every ending is recorded, nothing is done twice, and the grid goes on."""

import errno
import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from repro import files, locks
from repro.cell_directory import attempts
from repro.errors import BadInput, Interrupted, NoRoom
from repro.ledger.grids.cell import Cell
from repro.ledger.grids.grid import Grid, Row
from repro.ledger.records.attempts import records
from repro.ledger.records.cell_file import cell_in
from repro.ledger.running import launcher as launching
from repro.ledger.running.launcher import Launcher
from repro.ledger.running.plan import RETRY, plan
from repro.ledger.running.run import record_end, run_cell
from repro.ledger.running.worker import NOT_DONE, Task, in_fork, start

FUNCTIONS = "tests.ledger.functions"


def task(folder, seed=1, function="steps", **options):
    config = {"seed": seed, "steps": 3, **options.pop("config", {})}
    cell = Cell(f"{FUNCTIONS}:{function}", config, "g", "r", "s")
    return Task(cell, folder / f"r-seed{seed}-{cell.id}", **options)


def run(tasks, jobs=2, gpus=0):
    """Whether all is done, and what was seen: (kind, seed, ending)."""
    seen = []
    launcher = Launcher(jobs, "the command", lambda event: seen.append(event) if event.task else None, gpus)
    done = launcher.run(tasks)
    return done, [(event.kind, event.task.cell.seed, event.ending) for event in seen]


def statuses(task):
    return [record.status for record in records(task.directory)]


def total(seed, steps=3):
    value = seed
    for step in range(steps):
        value = (value * 31 + step) % 1_000_003
    return value


def test_all_cells_are_run_and_found_done_the_second_time(tmp_path):
    tasks = [task(tmp_path, seed) for seed in range(1, 6)]
    done, seen = run(tasks)
    assert done
    assert sorted(seen) == sorted(
        [("started", s, None) for s in range(1, 6)] + [("ended", s, "done") for s in range(1, 6)]
    )
    for each in tasks:
        (record,) = records(each.directory)
        assert (record.status, record.command, record.seed) == ("done", "the command", each.cell.seed)
        assert record.metrics["total"]["value"] == total(each.cell.seed)
        assert cell_in(each.directory).id == each.cell.id
    again, _ = run(tasks)
    assert again
    assert all(len(attempts(each.directory)) == 1 for each in tasks)


def test_a_cell_does_not_search_for_garbage_in_what_was_imported(tmp_path):
    frozen_here, imported = gc.get_freeze_count(), [[] for _ in range(10_000)]
    planned = task(tmp_path, function="frozen")
    run([planned])
    (record,) = records(planned.directory)
    assert record.metrics["frozen"]["value"] >= frozen_here + len(imported)
    assert gc.get_freeze_count() == frozen_here  # the launcher itself goes on as before


def test_no_more_run_at_once_than_jobs(tmp_path):
    tasks = [task(tmp_path, seed, "alone") for seed in range(1, 7)]
    assert run(tasks, jobs=2)[0]
    others = [records(each.directory)[0].metrics["others"]["value"] for each in tasks]
    assert max(others) == 1


def test_an_exclusive_cell_runs_alone(tmp_path):
    tasks = [task(tmp_path, seed, "alone", exclusive=seed % 2 == 0) for seed in range(1, 7)]
    assert run(tasks, jobs=3)[0]
    others = {each.cell.seed: records(each.directory)[0].metrics["others"]["value"] for each in tasks}
    assert [others[seed] for seed in (2, 4, 6)] == [0, 0, 0]


def test_cells_share_gpus_and_one_that_wants_several_has_the_machine_alone(tmp_path, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    trainers = [{"devices": 1}, {"devices": 2}, {}, {"devices": 2, "accelerator": "cpu"}, {"devices": [0, 1]}]
    trainers += [{"devices": " 1"}, {"devices": -1}, {"devices": "auto"}]
    tasks = [task(tmp_path, seed, "alone", config={"trainer": it}) for seed, it in enumerate(trainers, start=1)]
    assert run(tasks, jobs=2, gpus=2)[0]
    made = [records(each.directory)[0] for each in tasks]
    given = [record.details["gpus"] for record in made]
    assert (given[1], given[4], given[6]) == (None, None, None)
    assert {given[k] for k in (0, 2, 3, 5, 7)} == {"0", "1"}
    assert [made[k].metrics["others"]["value"] for k in (1, 4, 6)] == [0, 0, 0]


def test_an_exclusive_cell_waits_for_other_launchers_and_its_time_begins_after_that(tmp_path):
    other = launch(tmp_path / "other", cells=1, steps=100, jobs=1)
    assert other.stdout.readline() == "started\n"
    mine = task(tmp_path, 1, exclusive=True, minutes=1 / 60)
    done, seen = run([mine])
    assert other.poll() is not None or not list((tmp_path / "other").glob("*/.lock"))
    assert done
    assert seen == [("waits", 1, None), ("started", 1, None), ("ended", 1, "done")]
    assert records(mine.directory)[0].seconds < 1
    assert other.wait(30) == 0


def test_who_is_waited_for_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("REPRO_LOCKS", str(tmp_path))  # a machine of its own: other tests may hold the shared one
    other = launch(tmp_path / "other", cells=1, steps=100, jobs=1)
    assert other.stdout.readline() == "started\n"
    seen = []
    Launcher(1, "the command", seen.append).run([task(tmp_path, 1, exclusive=True)])
    (waits,) = [event for event in seen if event.kind == "waits"]
    (holder,) = waits.holders
    assert holder.startswith(f"process {other.pid} (")
    assert "python" in holder
    assert other.wait(30) == 0


@pytest.mark.parametrize("end", ["failed", "diverged"])
def test_what_goes_wrong_is_a_record_and_the_others_are_run(tmp_path, end):
    tasks = [task(tmp_path, 1, config={"ends": end}), task(tmp_path, 2)]
    done, seen = run(tasks, jobs=1)
    assert not done
    assert [ending for kind, _, ending in seen if kind == "ended"] == [end, "done"]
    assert "planted" in records(tasks[0].directory)[0].error


def test_a_killed_cell_is_recorded_with_its_last_words_and_its_work_is_taken_over(tmp_path):
    dying = task(tmp_path, 1, config={"dies": True})
    done, seen = run([dying, task(tmp_path, 2)])
    assert not done
    assert ("ended", 1, "killed") in seen
    (record,) = records(dying.directory)
    assert record.status == "killed"
    assert record.reason == "killed by signal 9"
    assert "the last words" in record.error
    files.write_json(dying.directory / "attempt-1" / "state.json", [2, 77])  # as if two steps had been saved
    assert run([dying])[0]
    assert statuses(dying) == ["killed", "done"]
    assert records(dying.directory)[1].metrics["total"]["value"] == (77 * 31 + 2) % 1_000_003
    assert not (dying.directory / "attempt-1" / "state.json").exists()


def test_out_of_time(tmp_path, monkeypatch):
    monkeypatch.setattr(launching, "GRACE_SECONDS", 0.2)
    slow = task(tmp_path, 1, config={"steps": 600, "seconds": 0.1}, minutes=0.3 / 60)
    deaf = task(tmp_path, 2, "stubborn", minutes=0.3 / 60)
    done, _ = run([slow, deaf, task(tmp_path, 3)])
    assert not done
    for each in (slow, deaf):
        (record,) = records(each.directory)
        assert record.status == "timeout"
        assert "stopped after" in record.error
    kept = json.loads((slow.directory / "attempt-1" / "state.json").read_text())
    assert kept[0] >= 1


def test_a_refused_cell_is_a_failed_record(tmp_path):
    refused = task(tmp_path, 1, "refuse")
    done, _ = run([refused, task(tmp_path, 2)])
    assert not done
    (record,) = records(refused.directory)
    assert (record.status, record.error) == ("failed", "planted: no such corpus")


def test_who_stops_of_itself_says_why(tmp_path):
    """As a rank that has lost the others: nobody told it to stop, and its work is taken over."""
    stopping = task(tmp_path, 1, "count", config={"ends": {"attempt-1.1": "stop"}})
    assert ("ended", 1, "killed") in run([stopping])[1]
    (record,) = records(stopping.directory)
    assert (record.status, record.reason) == ("killed", "planted")
    assert run([stopping])[0]
    assert statuses(stopping) == ["killed", "done"]


def test_a_directory_whose_claim_is_damaged_fails_alone(tmp_path, capfd):
    damaged = task(tmp_path, 1)
    damaged.directory.mkdir(parents=True)
    (damaged.directory / "cell.json").write_text("{")
    done, seen = run([damaged, task(tmp_path, 2)], jobs=1)
    assert not done
    assert [ending for kind, _, ending in seen if kind == "ended"] == ["failed", "done"]
    assert "cell.json is damaged" in capfd.readouterr().err


def test_what_breaks_outside_the_cell_is_recorded_even_after_an_earlier_record(tmp_path, monkeypatch):
    broken = task(tmp_path, 1, config={"ends": "failed"})
    run([broken])
    monkeypatch.setattr("repro.ledger.running.worker.run_cell", lambda *arguments: 1 / 0)
    assert run([broken])[1][-1] == ("ended", 1, "killed")
    assert statuses(broken) == ["failed", "killed"]
    assert "ZeroDivisionError" in records(broken.directory)[1].error


@pytest.mark.parametrize("status", [0, 1, NOT_DONE])
def test_a_process_that_is_ended_from_within_is_recorded_as_killed(tmp_path, status):
    quitting = task(tmp_path, 1, "quits", config={"status": status})
    for times in (1, 2):  # the second time there is an earlier record
        assert run([quitting, task(tmp_path, 2)])[1].count(("ended", 1, "killed")) == 1
        assert statuses(quitting) == ["killed"] * times
    assert f"ended with status {status} and no record" in records(quitting.directory)[0].error


def test_a_full_disk_stops_the_grid_and_records_nothing(tmp_path):
    full = task(tmp_path, 1, "count", config={"ends": {"attempt-1.1": "full"}})
    with pytest.raises(NoRoom, match="make room"):
        run([full, task(tmp_path, 2), task(tmp_path, 3)], jobs=1)
    assert records(full.directory) == []
    assert not task(tmp_path, 3).directory.exists()
    assert run([full, task(tmp_path, 2)])[0]


def test_a_disk_that_is_full_when_the_launcher_writes_a_record_stops_the_grid(tmp_path, monkeypatch):
    def full(*arguments):
        raise NoRoom("somewhere cannot be written; make room")

    monkeypatch.setattr(launching, "record_end", full)
    with pytest.raises(NoRoom, match="make room"):
        run([task(tmp_path, 1, "refuse"), task(tmp_path, 2)], jobs=1)
    assert not task(tmp_path, 2).directory.exists()


def test_a_disk_that_is_full_when_the_launcher_writes_says_what_to_do(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device", "somewhere")

    monkeypatch.setattr(launching, "record_end", full)
    with pytest.raises(NoRoom, match=r"^somewhere cannot be written \(No .*\); make room and repeat the command$"):
        run([task(tmp_path, 1, "refuse")])


@pytest.mark.parametrize("said", ["somewhere cannot be used (No space left on device)", ""])
def test_a_disk_that_is_full_for_a_worker_says_what_to_do(tmp_path, monkeypatch, said):
    monkeypatch.setattr(launching, "end_of_log", lambda directory: said)
    full = task(tmp_path, 1, "count", config={"ends": {"attempt-1.1": "full"}})
    with pytest.raises(NoRoom, match=r"; make room and repeat the command$"):
        run([full])


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    if not sys.platform.startswith("linux") or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here; that takes root on Linux")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_disk_that_is_full_when_a_record_is_written(small_disk):
    done, full, after = (task(small_disk, seed, name) for seed, name in ((1, "count"), (2, "fill"), (3, "count")))
    with pytest.raises(NoRoom, match="no room for the record; make room and repeat"):
        run([done, full, after], jobs=1)
    assert statuses(done) == ["done"]
    assert (full.directory / "attempt-1" / "state.json").exists()
    assert not [path for path in (full.directory / "attempt-1").iterdir() if "record" in path.name]
    assert not after.directory.exists()
    (small_disk / "filler").write_bytes(b"")
    assert run([done, full, after], jobs=1)[0]
    assert [statuses(each) for each in (done, full, after)] == [["done"]] * 3


def test_a_damaged_record_is_set_aside_and_its_cell_run_again(tmp_path):
    damaged = task(tmp_path, 1)
    run([damaged])
    (damaged.directory / "attempt-1" / "record.json").write_text('{"cell": ')
    assert run([damaged])[0]
    assert (damaged.directory / "attempt-1" / "record.damaged.json").read_text() == '{"cell": '
    (record,) = records(damaged.directory)
    assert (record.status, record.attempt) == ("done", 2)
    assert "record.damaged.json" in (damaged.directory / "log.txt").read_text()


def test_a_cell_that_runs_elsewhere_is_waited_for(tmp_path, monkeypatch):
    monkeypatch.setattr(launching, "ELSEWHERE_SECONDS", 0.1)
    busy = task(tmp_path, 1)
    released = threading.Event()

    def hold():
        with locks.directory_lock(busy.directory / ".lock"):
            released.wait(1.0)

    holder = threading.Thread(target=hold)
    holder.start()
    while not (busy.directory / ".lock" / "owner").exists():
        time.sleep(0.01)
    done, seen = run([busy, task(tmp_path, 2)])
    holder.join()
    assert done
    assert [ending for kind, seed, ending in seen if (kind, seed) == ("ended", 1)] == ["elsewhere", "done"]
    assert len(records(busy.directory)) == 1


@pytest.mark.parametrize("status", ["failed", "timeout"])
def test_what_another_launcher_has_recorded_since_this_one_planned_is_not_run_again(tmp_path, status):
    rows = [Row("r", {"row": "r"}, {"seed": 0, "steps": 3, "ends": None if status == "timeout" else status}, None)]
    grid = Grid("g", "s", "", f"{FUNCTIONS}:steps", "total", "higher", {}, (), None, [1], rows)
    (mine,) = plan(grid, tmp_path).tasks(RETRY)
    if status == "timeout":
        record_end(mine.cell, mine.directory, "timeout", time.time(), "", "late")
    else:
        run_cell(mine.cell, mine.directory, "")
    assert run([mine]) == (False, [("started", 1, None), ("ended", 1, status)])
    assert statuses(mine) == [status]
    assert len(plan(grid, tmp_path).tasks(RETRY)) == 1
    run(plan(grid, tmp_path).tasks(RETRY))
    assert len(statuses(mine)) == 2


LAUNCH = """
import sys
from pathlib import Path
from repro.ledger.grids.cell import Cell
from repro.ledger.running.launcher import Launcher
from repro.ledger.running.worker import Task
from repro.errors import Interrupted
sys.path.insert(0, {root!r})
import tests.ledger.functions
tasks = []
for seed in range(1, {cells} + 1):
    cell = Cell("tests.ledger.functions:steps", {{"seed": seed, "steps": {steps}, "seconds": 0.02}}, "g", "r", "s")
    tasks.append(Task(cell, Path({out!r}) / f"r-seed{{seed}}-{{cell.id}}"))
try:
    done = Launcher({jobs}, "the command", lambda event: event.task and print(event.kind, flush=True)).run(tasks)
except Interrupted as stop:
    print(stop, flush=True)
    raise SystemExit(2)
raise SystemExit(0 if done else 1)
"""


def launch(out, cells, steps, jobs):
    """The launcher in a process of its own."""
    root = os.fspath(Path(__file__).parents[3])
    program = LAUNCH.format(root=root, out=os.fspath(out), cells=cells, steps=steps, jobs=jobs)
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)


def results(out):
    """Seed -> (value, number of records that are done), and the number of attempts without a record."""
    found, open_ends = {}, 0
    for directory in out.iterdir():
        made = [record for record in records(directory) if record.status == "done"]
        open_ends += len(attempts(directory)) - len(records(directory))
        found[made[-1].seed if made else directory.name] = (
            made[-1].metrics["total"]["value"] if made else None,
            len(made),
        )
    return found, open_ends


def test_a_signal_stops_cleanly_and_the_next_run_goes_on(tmp_path):
    launcher = launch(tmp_path, cells=6, steps=20, jobs=2)
    assert [launcher.stdout.readline() for _ in range(3)] == ["started\n", "started\n", "ended\n"]
    time.sleep(0.1)
    launcher.send_signal(signal.SIGINT)
    said = launcher.communicate(timeout=30)[0]
    assert "the same command continues" in said
    assert launcher.returncode == 2
    found, _ = results(tmp_path)
    assert all(count <= 1 for _, count in found.values())
    assert launch(tmp_path, cells=6, steps=20, jobs=2).wait(60) == 0
    assert results(tmp_path) == ({seed: (total(seed, 20), 1) for seed in range(1, 7)}, 0)


def test_two_launchers_at_once_make_one_record_of_each_cell(tmp_path):
    both = [launch(tmp_path, cells=8, steps=10, jobs=2) for _ in range(2)]
    assert [launcher.wait(120) for launcher in both] == [0, 0]
    assert results(tmp_path) == ({seed: (total(seed, 10), 1) for seed in range(1, 9)}, 0)
    assert all(len(attempts(directory)) == 1 for directory in tmp_path.iterdir())


def test_workers_end_with_a_killed_launcher(tmp_path):
    launcher = launch(tmp_path, cells=2, steps=2000, jobs=2)
    assert [launcher.stdout.readline() for _ in range(2)] == ["started\n"] * 2
    states = lambda: [path.read_text() for path in sorted(tmp_path.glob("*/attempt-1/state.json"))]  # noqa: E731
    while len(states()) < 2:
        time.sleep(0.05)
    launcher.kill()
    launcher.wait()
    time.sleep(2.5)
    before = states()
    time.sleep(0.5)
    assert states() == before


def test_interrupted_is_raised_after_a_signal(tmp_path):
    launcher = Launcher(1, "", lambda event: os.kill(os.getpid(), signal.SIGTERM) if event.kind == "started" else None)
    with pytest.raises(Interrupted, match="continues"):
        launcher.run([task(tmp_path, 1, config={"steps": 200, "seconds": 0.1}), task(tmp_path, 2)])
    assert not task(tmp_path, 2).directory.exists()


# ---- one place that cannot be written


@pytest.fixture
def shut(monkeypatch):
    """Makes places that cannot be written, as on a mount for reading only: a root user may write anywhere else."""
    closed = []

    def refuse(place):
        if isinstance(place, str | os.PathLike) and any(str(place).startswith(f"{each}/") for each in closed):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))

    real_open, real_mkdir, real_replace = os.open, os.mkdir, os.replace

    def opening(place, flags, *arguments, **more):
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            refuse(place)
        return real_open(place, flags, *arguments, **more)

    def making(place, *arguments, **more):
        refuse(place)
        return real_mkdir(place, *arguments, **more)

    def replacing(before, after, **more):
        refuse(after)
        return real_replace(before, after, **more)

    monkeypatch.setattr(os, "open", opening)
    monkeypatch.setattr(os, "mkdir", making)
    monkeypatch.setattr(os, "replace", replacing)
    return closed.append


@pytest.mark.parametrize("part", ["", "/attempt-1"], ids=["the cell's folder", "the attempt's folder"])
def test_a_place_that_cannot_be_written_stops_that_cell_only(tmp_path, shut, capfd, part):
    tasks = [task(tmp_path, seed) for seed in (1, 2, 3)]
    directory = tasks[1].directory
    (directory / "attempt-1").mkdir(parents=True)
    claim_before(tasks[1])
    shut(f"{directory}{part}")
    done, seen = run(tasks, jobs=1)
    assert not done
    assert [statuses(each) for each in tasks] == [["done"], [], ["done"]]
    assert ("ended", 2, "failed") in seen
    said = capfd.readouterr().err
    assert said.count("Permission denied") == 1, "once is enough"
    assert "Traceback" not in said


def claim_before(one):
    """As a launcher has done that could write."""
    files.write_json(
        one.directory / "cell.json",
        {
            "cell": one.cell.id,
            "function": one.cell.function,
            "config": one.cell.config,
            "grid": one.cell.grid,
            "row": one.cell.row,
            "scale": one.cell.scale,
        },
    )


@pytest.mark.timeout(60)
def test_a_done_cell_that_is_to_be_repeated_and_has_no_log_fails_once(tmp_path):
    """As with `ablate run --stale`: it is done already, and would be taken for one that runs elsewhere."""
    assert run([task(tmp_path)])[0]
    (task(tmp_path).directory / "log.txt").unlink()
    (task(tmp_path).directory / "log.txt").mkdir()
    repeated = task(tmp_path, repeat=True, ended_before=1)
    done, seen = run([repeated, task(tmp_path, 2)], jobs=1)
    assert not done
    assert [ending for kind, _, ending in seen if kind == "ended"] == ["failed", "done"]
    assert statuses(repeated) == ["done", "failed"]


def test_a_cell_whose_end_nobody_can_record_is_left_out_and_not_waited_for(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(launching, "record_end", lambda *arguments: None)
    one = task(tmp_path, 1, "refuse")
    done, seen = run([one, task(tmp_path, 2)], jobs=1)
    assert not done
    assert [ending for kind, _, ending in seen if kind == "ended"] == ["failed", "done"]
    assert f"{one.directory} did not run (planted: no such corpus); this cell is left out" in capfd.readouterr().err


def test_looking_at_a_configuration_says_what_is_no_text_too():
    def refuse():
        raise BadInput("no corpus in /da\udcff")

    with pytest.raises(BadInput, match=r"no corpus in /da\\udcff"):
        in_fork(refuse)

    def fail():
        raise RuntimeError("\udcff")

    with pytest.raises(BadInput, match="checking the configuration failed"):
        in_fork(fail)


def test_a_log_that_cannot_be_flushed_ends_its_worker_alone(tmp_path, monkeypatch):
    """Of a disk that is full; the worker must not return into the code that has forked it."""

    class Full:
        def write(self, text):
            return len(text)

        def flush(self):
            raise OSError(errno.ENOSPC, "No space left on device")

    def talk(log):
        sys.stdout = sys.stderr = Full()

    monkeypatch.setattr("repro.ledger.running.worker._talk_to", talk)
    tasks = [task(tmp_path, seed) for seed in (1, 2)]
    done, _ = run(tasks)
    assert done
    assert [statuses(each) for each in tasks] == [["done"], ["done"]]


def test_a_fork_that_fails_leaves_signals_as_they_were(tmp_path, monkeypatch):
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())

    def refuse():
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    with pytest.raises(BlockingIOError):
        start(task(tmp_path), "the command", {})
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
