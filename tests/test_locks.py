import errno
import multiprocessing
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from repro import files, locks

tells_processes_apart = pytest.mark.skipif(
    not Path("/proc/self/stat").is_file(), reason="needs Linux's /proc to tell a process from a later one"
)


def _add_one(folder, times):
    for _ in range(times):
        with locks.directory_lock(folder / "lock"):
            count = int((folder / "count").read_text())
            time.sleep(0.001)
            (folder / "count").write_text(str(count + 1))


def test_a_lock_lets_one_in_at_a_time(tmp_path):
    (tmp_path / "count").write_text("0")
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_add_one, args=(tmp_path, 5)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert (tmp_path / "count").read_text() == "20"
    assert not (tmp_path / "lock").exists()


def test_who_waits_is_told_whom_for(tmp_path):
    told = []
    release = threading.Event()

    def hold():
        with locks.directory_lock(tmp_path / "lock"):
            release.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    while not (tmp_path / "lock" / "owner").exists():
        time.sleep(0.01)
    threading.Timer(0.5, release.set).start()
    with locks.directory_lock(tmp_path / "lock", waiting=told.append):
        pass
    holder.join()
    assert len(told) == 1
    assert told[0].startswith(f"process {os.getpid()} on ")


def test_a_held_lock_is_refused_to_who_does_not_wait(tmp_path):
    with locks.directory_lock(tmp_path / "lock"):
        with (
            pytest.raises(locks.Locked, match=f"process {os.getpid()}"),
            locks.directory_lock(tmp_path / "lock", wait=False),
        ):
            pass
        assert (tmp_path / "lock").exists()


def test_a_lock_of_another_machine_is_taken_over_only_when_stale(tmp_path):
    lock = tmp_path / "lock"
    lock.mkdir()
    (lock / "owner").write_text("process 1 on elsewhere")
    with pytest.raises(locks.Locked, match="elsewhere"), locks.directory_lock(lock, wait=False):
        pass
    old = time.time() - 61
    os.utime(lock, (old, old))
    with locks.directory_lock(lock, wait=False):
        assert str(os.getpid()) in (lock / "owner").read_text()
    assert list(tmp_path.iterdir()) == []


def owner(number, *, host=None, began="", boot=None, processes=None):
    """What a process writes into a lock; by default one of this machine, among the same processes."""
    host, boot = host or socket.gethostname(), locks._boot() if boot is None else boot
    processes = locks._processes() if processes is None else processes
    return f"process {number} on {host}\n{began}\n{boot}\n{processes}\nsomething"


@tells_processes_apart
def test_who_finds_a_dead_lock_too_late_leaves_its_successor_alone(tmp_path):
    """Two launchers see the same dead lock; the second acts on it when the first holds the lock already."""
    lock = tmp_path / "lock"
    lock.mkdir()
    (lock / "owner").write_text(owner(2**22 + 1))
    assert not locks.is_locked(lock)
    with locks.directory_lock(lock, wait=False):
        locks._bury(lock, stale_after=60)
        assert str(os.getpid()) in (lock / "owner").read_text()
    assert list(tmp_path.iterdir()) == []


def test_a_living_holder_keeps_its_lock_fresh(tmp_path):
    with locks.directory_lock(tmp_path / "lock", stale_after=0.6):
        time.sleep(1.0)
        assert time.time() - (tmp_path / "lock").stat().st_mtime < 0.5


def long_ago(lock):
    """As if the lock had not been touched for a while."""
    os.utime(lock, (time.time() - 100,) * 2)


@tells_processes_apart
def test_a_stopped_process_keeps_its_lock(tmp_path):
    lock = tmp_path / "lock"
    program = (
        "import pathlib, time\nfrom repro import locks\n"
        f"with locks.directory_lock(pathlib.Path({str(lock)!r})):\n    print(flush=True)\n    time.sleep(60)\n"
    )
    holder = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    holder.stdout.readline()
    holder.send_signal(signal.SIGSTOP)
    long_ago(lock)
    assert locks.is_locked(lock)
    with pytest.raises(locks.Locked, match=str(holder.pid)), locks.directory_lock(lock, wait=False):
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert not locks.is_locked(lock)


@tells_processes_apart
def test_a_later_process_with_the_dead_holder_s_number_does_not_keep_its_lock(tmp_path):
    lock = tmp_path / "lock"
    lock.mkdir()
    (lock / "owner").write_text(owner(os.getpid(), began="1"))
    assert locks.is_locked(lock)  # for all one knows
    long_ago(lock)
    assert not locks.is_locked(lock)


def test_who_was_taken_for_dead_leaves_its_successor_s_lock_alone(tmp_path):
    lock = tmp_path / "lock"
    with locks.directory_lock(lock):
        (lock / "owner").write_text("process 1 on elsewhere\n7")
    assert (lock / "owner").read_text() == "process 1 on elsewhere\n7"


def test_a_lock_is_kept_fresh_after_a_touch_that_failed(tmp_path, monkeypatch):
    touch, failed = os.utime, threading.Event()

    def fail_once(path):
        if failed.is_set():
            return touch(path)
        failed.set()
        raise OSError("the server does not answer")

    monkeypatch.setattr(os, "utime", fail_once)
    with locks.directory_lock(tmp_path / "lock", stale_after=0.6):
        touch(tmp_path / "lock", (0, 0))
        assert failed.wait(10)
        time.sleep(0.5)
        assert time.time() - (tmp_path / "lock").stat().st_mtime < 0.5


# ---- containers, other clocks, and whoever was taken for dead


ELSEWHERE = {
    "another boot": {"boot": "0" * 8},
    "a boot nobody knows": {"boot": ""},
    "other processes": {"processes": "pid:[1]"},
    "processes nobody knows": {"processes": ""},
    "another host": {"host": "elsewhere"},
}


@pytest.mark.parametrize("number", [os.getpid(), 2**22 + 1], ids=["a living number", "a dead number"])
@pytest.mark.parametrize("where", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_number_says_nothing_elsewhere_so_the_heartbeat_decides(tmp_path, where, number):
    """Containers with one host name, and cloned machines: theirs may be the same number, or one that is not here."""
    lock = tmp_path / "lock"
    lock.mkdir()
    (lock / "owner").write_text(owner(number, began=locks._began(os.getpid()), **where))
    assert locks.is_locked(lock)
    with pytest.raises(locks.Locked), locks.directory_lock(lock, wait=False):
        pass
    long_ago(lock)
    assert not locks.is_locked(lock)


@tells_processes_apart
@pytest.mark.parametrize("ago", [0, 100])
def test_a_dead_process_of_this_machine_keeps_no_lock(tmp_path, ago):
    lock = tmp_path / "lock"
    lock.mkdir()
    (lock / "owner").write_text(owner(2**22 + 1))
    os.utime(lock, (time.time() - ago,) * 2)
    assert not locks.is_locked(lock)


def test_a_lock_without_what_tells_processes_apart_is_judged_by_its_heartbeat(tmp_path):
    """As an earlier version of this project wrote it."""
    lock = tmp_path / "lock"
    lock.mkdir()
    (lock / "owner").write_text(f"process {2**22 + 1} on {socket.gethostname()}\n123")
    assert locks.is_locked(lock)
    long_ago(lock)
    assert not locks.is_locked(lock)


OWNERS = {
    "nothing": b"",
    "no UTF-8": b"\xff\xfe\x00",
    "half": b"process",
    "no number": b"process x on " + socket.gethostname().encode(),
    "a superscript": "process ² on ".encode() + socket.gethostname().encode(),
    "a number beyond all": owner(10**30).encode(),
    "a negative number": owner(-1).encode(),
    "many lines": b"\n" * 5_000,
    "large": b"x" * 100_000,
}


@pytest.mark.parametrize("raw", OWNERS.values(), ids=OWNERS)
def test_an_owner_that_cannot_be_read_is_judged_by_its_heartbeat(tmp_path, raw):
    lock = tmp_path / "lock"
    lock.mkdir()
    (lock / "owner").write_bytes(raw)
    with pytest.raises(locks.Locked), locks.directory_lock(lock, wait=False):
        pass
    long_ago(lock)
    with locks.directory_lock(lock, wait=False):
        assert (lock / "owner").read_text().startswith(f"process {os.getpid()} on ")


@pytest.mark.parametrize("kind", ["folder", "pipe", "nowhere"])
def test_something_else_in_the_owner_s_place_is_not_waited_for(tmp_path, kind):
    lock = tmp_path / "lock"
    lock.mkdir()
    place = lock / "owner"
    {"folder": place.mkdir, "pipe": lambda: os.mkfifo(place), "nowhere": lambda: place.symlink_to("none")}[kind]()
    assert locks.is_locked(lock)
    long_ago(lock)
    with locks.directory_lock(lock, wait=False):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["file", "nowhere"])
def test_something_else_in_the_lock_s_place_goes_when_it_is_old(tmp_path, kind):
    lock = tmp_path / "lock"
    if kind == "file":
        lock.touch()
        long_ago(lock)
    else:
        lock.symlink_to("none")
    with locks.directory_lock(lock, wait=False):
        pass
    assert list(tmp_path.iterdir()) == []


def ahead(lock, number=2**22 + 1):
    """A lock of another machine, whose clock is two days ahead."""
    lock.mkdir(exist_ok=True)
    (lock / "owner").write_text(owner(number, host="elsewhere"))
    os.utime(lock, (time.time() + 2 * 24 * 3600,) * 2)


def test_a_heartbeat_from_the_future_that_stands_still_is_no_life(tmp_path, monkeypatch):
    lock = tmp_path / "lock"
    ahead(lock)
    now = time.monotonic()
    for seconds, held in ((0, True), (30, True), (59, True), (61, False)):
        monkeypatch.setattr(time, "monotonic", lambda seconds=seconds: now + seconds)
        assert locks.is_locked(lock) is held
    moved = time.time() + 3 * 24 * 3600
    os.utime(lock, (moved, moved))
    assert locks.is_locked(lock)


def test_a_heartbeat_from_the_future_is_judged_by_later_commands_too(tmp_path, monkeypatch):
    """Each asks once and ends, so that none of them can wait for the heartbeat to move."""
    lock = tmp_path / "lock"
    ahead(lock)
    with pytest.raises(locks.Locked), locks.directory_lock(lock, wait=False):
        pass
    locks._seen.clear()
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    with locks.directory_lock(lock, wait=False):
        pass


@pytest.fixture
def robbed(tmp_path):
    """A folder whose lock this process took, and that another one has taken over since; files lie there already."""
    folder = tmp_path / "ours"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "old").write_text("before")
    with locks.directory_lock(folder / ".lock"):
        locks.check_may_write(folder / "deep" / "old")
        long_ago(folder / ".lock")
        (folder / ".lock" / "owner").write_text(owner(7, host="elsewhere"))
        yield folder
    assert (folder / ".lock" / "owner").exists()


def build(path):
    with files.built_atomically(path) as building:
        (building / "part").write_text("after")


WAYS_TO_WRITE = {
    "text": lambda path: files.write_text(path, "after"),
    "JSON": lambda path: files.write_json(path, ["after"]),
    "a folder": build,
    "anything after a look": locks.check_may_write,
}


@pytest.mark.parametrize("write", WAYS_TO_WRITE.values(), ids=WAYS_TO_WRITE)
def test_who_was_taken_for_dead_writes_nothing_more(robbed, write):
    said = re.escape(f"the lock {robbed / '.lock'} was taken over by process 7 on elsewhere")
    for place in (robbed / "deep" / "old", robbed / "deep" / "new", robbed / "new"):
        with pytest.raises(locks.LockLost, match=said):
            write(place)
    assert sorted(path.name for path in robbed.rglob("*") if path.parent.name != ".lock") == [".lock", "deep", "old"]
    assert (robbed / "deep" / "old").read_text() == "before"


@pytest.mark.parametrize("write", WAYS_TO_WRITE.values(), ids=WAYS_TO_WRITE)
def test_who_was_taken_for_dead_may_write_elsewhere(robbed, write):
    for place in (robbed.parent / "beside", robbed.with_name("ours, too") / "deep"):
        write(place)


def test_a_lock_that_is_gone_is_another_one_s(tmp_path):
    with pytest.raises(locks.LockLost, match="another process"), locks.directory_lock(tmp_path / "lock"):  # noqa: PT012
        (tmp_path / "lock" / "owner").unlink()
        (tmp_path / "lock").rmdir()
        files.write_text(tmp_path / "file", "")
    files.write_text(tmp_path / "file", "")  # who holds no lock is not asked


def test_who_was_taken_for_dead_keeps_no_other_s_lock_alive(tmp_path):
    lock = tmp_path / "lock"
    with locks.directory_lock(lock, stale_after=0.3):
        (lock / "owner").write_text(owner(7, host="elsewhere"))
        time.sleep(0.2)
        long_ago(lock)
        time.sleep(0.3)
        assert not locks.is_locked(lock)


def test_who_takes_a_lock_too_slowly_writes_over_no_other_owner(tmp_path, monkeypatch):
    """Stopped between making the lock and writing its name, and buried meanwhile."""
    lock, mkdir, stopped = tmp_path / "lock", Path.mkdir, []

    def slow(path, *arguments, **more):
        mkdir(path, *arguments, **more)
        if path == lock and not stopped:
            stopped.append(path)
            (lock / "owner").write_text(owner(7, host="elsewhere"))

    monkeypatch.setattr(Path, "mkdir", slow)
    with pytest.raises(locks.Locked, match="process 7 on elsewhere"), locks.directory_lock(lock, wait=False):
        pass
    assert stopped
    assert (lock / "owner").read_text().startswith("process 7")


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(errno.ENOSPC, "No space left on device")])
def test_who_is_stopped_while_it_takes_a_lock_leaves_none(tmp_path, monkeypatch, error):
    """A lock without an owner would be waited for until its heartbeat is old."""
    lock, opened = tmp_path / "lock", os.open

    def stopped(path, *arguments, **more):
        if path == lock / "owner":
            raise error
        return opened(path, *arguments, **more)

    monkeypatch.setattr(os, "open", stopped)
    with pytest.raises((KeyboardInterrupt, OSError)), locks.directory_lock(lock):
        pass
    assert not lock.exists()


@pytest.mark.slow
@tells_processes_apart
@pytest.mark.parametrize("later", [True, False], ids=["alive", "dead"])
def test_a_lock_holds_across_containers_of_one_host_name(tmp_path, later):
    """In a PID namespace of its own, where the holder's number is another one's, or nobody's."""
    if not shutil.which("unshare") or subprocess.run(["unshare", "-pf", "true"], check=False).returncode:
        pytest.skip("no PID namespace can be made here")
    lock = tmp_path / "lock"
    hold = (
        "import pathlib, time\nfrom repro import locks\n"
        f"with locks.directory_lock(pathlib.Path({str(lock)!r}), stale_after=3):\n"
        "    print(flush=True)\n    time.sleep(60)\n"
    )
    ask = f"import pathlib\nfrom repro import locks\nprint(locks.is_locked(pathlib.Path({str(lock)!r}), stale_after=3))"
    many = "for i in $(seq 50); do /bin/true; done; "  # so that the numbers differ: no exec, which would keep 1
    holder = subprocess.Popen(
        [
            "unshare",
            "-pf",
            "--kill-child",
            "--mount-proc",
            "bash",
            "-c",
            f'{many} "$0" -c "$1"; true',
            sys.executable,
            hold,
        ],
        stdout=subprocess.PIPE,
    )
    holder.stdout.readline()
    if not later:
        holder.kill()
        time.sleep(4)
    else:
        time.sleep(4)
    asked = subprocess.run(
        ["unshare", "-pf", "--mount-proc", sys.executable, "-c", ask], capture_output=True, text=True, check=True
    )
    assert asked.stdout.strip() == str(later)
    assert locks.is_locked(lock, stale_after=3) is later
    holder.kill()
    holder.wait()
    holder.stdout.close()
