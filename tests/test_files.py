import errno
import io
import json
import math
import multiprocessing
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from repro import files

tells_processes_apart = pytest.mark.skipif(
    not Path("/proc/self/stat").is_file(), reason="needs Linux's /proc to tell a process from a later one"
)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    files.write_text(path, "old\n")
    with pytest.raises(RuntimeError, match="planted"), files.written_atomically(path) as temporary:  # noqa: PT012
        temporary.write_text("half of the n")
        raise RuntimeError("planted")
    assert path.read_text() == "old\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_a_full_disk_is_told_by_the_name_of_the_file(tmp_path):
    def fail(named):
        raise OSError(errno.ENOSPC, "No space left on device", named)

    for named in (lambda temporary: None, str, Path):
        with pytest.raises(OSError, match="No space") as told, files.written_atomically(tmp_path / "f") as temporary:
            fail(named(temporary))
        assert told.value.filename == str(tmp_path / "f")
    with pytest.raises(OSError, match="No space") as told, files.built_atomically(tmp_path / "d") as temporary:
        fail(str(temporary / "a" / "b"))
    assert told.value.filename == str(tmp_path / "d")
    with pytest.raises(OSError, match="No space") as told, files.written_atomically(tmp_path / "f"):
        fail("another")
    assert told.value.filename == "another"


def test_a_place_for_reading_only_is_told_by_the_name_of_the_file(tmp_path, monkeypatch):
    """There, even removing what is not there is an error, and that of a temporary file."""

    def refuse(place, *_, **__):
        raise OSError(errno.EROFS, "Read-only file system", place)

    for name in ("unlink", "mkdir"):
        monkeypatch.setattr(os, name, refuse)
    monkeypatch.setattr(io, "open", refuse)
    for write in (lambda path: files.write_text(path, "x"), lambda path: files.built_atomically(path).__enter__()):
        with pytest.raises(OSError, match="Read-only") as told:
            write(tmp_path / "a")
        assert told.value.filename == str(tmp_path / "a")


def test_files_that_belong_together_are_written_all_or_none(tmp_path, monkeypatch):
    files.write_texts(tmp_path, {"a": "1", "b": "1"})
    renamed = []
    replace = os.replace
    monkeypatch.setattr(os, "replace", lambda old, new: (renamed.append(Path(new).name), replace(old, new)))
    files.write_texts(tmp_path, {"a": "2", "b": "2"})
    assert renamed == ["a", "b"], "the last one says that the others are there"

    class Unwritable(str):
        def encode(self, *_, **__):
            raise OSError(errno.ENOSPC, "No space left on device")

    for texts in ({"a": Unwritable(), "b": "3"}, {"a": "3", "b": Unwritable()}):
        with pytest.raises(OSError, match="No space"):
            files.write_texts(tmp_path, texts)
        assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "2", "b": "2"}


def test_readers_see_the_old_or_the_new_file_whole(tmp_path):
    path = tmp_path / "a.txt"
    contents = ["a" * 200_000, "b" * 200_000]
    files.write_text(path, contents[0])
    done = threading.Event()

    def write():
        for i in range(60):
            files.write_text(path, contents[i % 2])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(path.read_text())
    writer.join()
    assert seen <= set(contents)


def test_text_is_utf8_with_plain_line_ends(tmp_path):
    files.write_text(tmp_path / "new" / "a.txt", "Ä\n\u2028\n")
    assert (tmp_path / "new" / "a.txt").read_bytes() == "Ä\n\u2028\n".encode()


def test_json_without_numbers_that_are_none(tmp_path):
    files.write_json(tmp_path / "a.json", {"ä": [1, None]})
    assert json.loads((tmp_path / "a.json").read_text()) == {"ä": [1, None]}
    with pytest.raises(ValueError, match="JSON"):
        files.write_json(tmp_path / "a.json", math.nan)
    assert json.loads((tmp_path / "a.json").read_text()) == {"ä": [1, None]}


def test_a_directory_is_built_whole_or_not_at_all(tmp_path):
    with pytest.raises(RuntimeError), files.built_atomically(tmp_path / "store") as building:  # noqa: PT012
        (building / "part").write_text("x")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with files.built_atomically(tmp_path / "store") as building:
        (building / "part").write_text("x")
        assert not (tmp_path / "store").exists()
    assert (tmp_path / "store" / "part").read_text() == "x"
    assert [entry.name for entry in tmp_path.iterdir()] == ["store"]


def test_what_a_killed_build_left_is_removed_and_nothing_else(tmp_path):
    files.remove_leftovers(tmp_path / "none" / "store")
    for name in (".store.0123.tmp", ".store-2.0123.tmp", "store", ".store.json"):
        (tmp_path / name).mkdir()
    (tmp_path / ".store.0123.tmp" / "part").write_text("x")
    files.remove_leftovers(tmp_path / "store")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [".store-2.0123.tmp", ".store.json", "store"]


def test_sha256_of_a_known_text(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert files.sha256(tmp_path / "abc") == expected


def _add_one(folder, times):
    for _ in range(times):
        with files.directory_lock(folder / "lock"):
            count = int((folder / "count").read_text())
            time.sleep(0.001)
            (folder / "count").write_text(str(count + 1))


def test_a_walk_follows_links_and_comes_to_each_folder_once(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "a").mkdir(parents=True)
    there.mkdir()
    (there / "text").touch()
    (here / "b").symlink_to(there)
    (here / "c").symlink_to(there)
    (here / "a" / "up").symlink_to(here)
    (here / "nowhere").symlink_to(tmp_path / "gone")
    found = {Path(folder): names for folder, _, names in files.walk(here)}
    assert len(found) == 3
    assert found[here / "a"] == []
    assert [names for path, names in found.items() if path.name in ("b", "c")] == [["text"]]


def test_a_walk_passes_over_hidden_folders_but_the_one_that_is_named(tmp_path):
    for name in ("a", ".attempt-1.0f.tmp/deep", "a/.lock", "a/b"):
        (tmp_path / ".runs" / name).mkdir(parents=True)
    (tmp_path / ".runs" / "a" / "b" / ".hidden").touch()
    found = {os.path.relpath(folder, tmp_path): names for folder, _, names in files.walk(tmp_path / ".runs")}
    assert found == {".runs": [], ".runs/a": [], ".runs/a/b": [".hidden"]}


def test_a_walk_passes_over_what_goes_meanwhile(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "b" / "gone").mkdir(parents=True)
    stat = os.stat

    def gone(path, *args, **more):
        if str(path).endswith("gone"):
            raise FileNotFoundError(path)
        return stat(path, *args, **more)

    monkeypatch.setattr(os, "stat", gone)
    assert {folder for folder, _, _ in files.walk(tmp_path)} == {
        str(tmp_path),
        *map(str, (tmp_path / "a", tmp_path / "b")),
    }


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
        with files.directory_lock(tmp_path / "lock"):
            release.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    while not (tmp_path / "lock" / "owner").exists():
        time.sleep(0.01)
    threading.Timer(0.5, release.set).start()
    with files.directory_lock(tmp_path / "lock", waiting=told.append):
        pass
    holder.join()
    assert len(told) == 1
    assert told[0].startswith(f"process {os.getpid()} on ")


def test_a_held_lock_is_refused_to_who_does_not_wait(tmp_path):
    with files.directory_lock(tmp_path / "lock"):
        with (
            pytest.raises(files.Locked, match=f"process {os.getpid()}"),
            files.directory_lock(tmp_path / "lock", wait=False),
        ):
            pass
        assert (tmp_path / "lock").exists()


def test_a_lock_of_another_machine_is_taken_over_only_when_stale(tmp_path):
    lock = tmp_path / "lock"
    lock.mkdir()
    (lock / "owner").write_text("process 1 on elsewhere")
    with pytest.raises(files.Locked, match="elsewhere"), files.directory_lock(lock, wait=False):
        pass
    old = time.time() - 61
    os.utime(lock, (old, old))
    with files.directory_lock(lock, wait=False):
        assert str(os.getpid()) in (lock / "owner").read_text()
    assert list(tmp_path.iterdir()) == []


def owner(number, *, host=None, began="", boot=None, processes=None):
    """What a process writes into a lock; by default one of this machine, among the same processes."""
    host, boot = host or socket.gethostname(), files._boot() if boot is None else boot
    processes = files._processes() if processes is None else processes
    return f"process {number} on {host}\n{began}\n{boot}\n{processes}\nsomething"


@tells_processes_apart
def test_who_finds_a_dead_lock_too_late_leaves_its_successor_alone(tmp_path):
    """Two launchers see the same dead lock; the second acts on it when the first holds the lock already."""
    lock = tmp_path / "lock"
    lock.mkdir()
    (lock / "owner").write_text(owner(2**22 + 1))
    assert not files.is_locked(lock)
    with files.directory_lock(lock, wait=False):
        files._bury(lock, stale_after=60)
        assert str(os.getpid()) in (lock / "owner").read_text()
    assert list(tmp_path.iterdir()) == []


def test_text_that_is_no_utf_8_is_escaped(tmp_path):
    """A folder's name may hold any bytes, and a record its command."""
    files.write_json(tmp_path / "record.json", {"command": os.fsdecode(b"run --out caf\xe9")})
    text = (tmp_path / "record.json").read_text(encoding="utf-8")
    assert json.loads(text)["command"] == "run --out caf\udce9"


def test_a_living_holder_keeps_its_lock_fresh(tmp_path):
    with files.directory_lock(tmp_path / "lock", stale_after=0.6):
        time.sleep(1.0)
        assert time.time() - (tmp_path / "lock").stat().st_mtime < 0.5


def long_ago(lock):
    """As if the lock had not been touched for a while."""
    os.utime(lock, (time.time() - 100,) * 2)


@tells_processes_apart
def test_a_stopped_process_keeps_its_lock(tmp_path):
    lock = tmp_path / "lock"
    program = (
        "import pathlib, time\nfrom repro import files\n"
        f"with files.directory_lock(pathlib.Path({str(lock)!r})):\n    print(flush=True)\n    time.sleep(60)\n"
    )
    holder = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    holder.stdout.readline()
    holder.send_signal(signal.SIGSTOP)
    long_ago(lock)
    assert files.is_locked(lock)
    with pytest.raises(files.Locked, match=str(holder.pid)), files.directory_lock(lock, wait=False):
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    assert not files.is_locked(lock)


@tells_processes_apart
def test_a_later_process_with_the_dead_holder_s_number_does_not_keep_its_lock(tmp_path):
    lock = tmp_path / "lock"
    lock.mkdir()
    (lock / "owner").write_text(owner(os.getpid(), began="1"))
    assert files.is_locked(lock)  # for all one knows
    long_ago(lock)
    assert not files.is_locked(lock)


def test_who_was_taken_for_dead_leaves_its_successor_s_lock_alone(tmp_path):
    lock = tmp_path / "lock"
    with files.directory_lock(lock):
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
    with files.directory_lock(tmp_path / "lock", stale_after=0.6):
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
    (lock / "owner").write_text(owner(number, began=files._began(os.getpid()), **where))
    assert files.is_locked(lock)
    with pytest.raises(files.Locked), files.directory_lock(lock, wait=False):
        pass
    long_ago(lock)
    assert not files.is_locked(lock)


@tells_processes_apart
@pytest.mark.parametrize("ago", [0, 100])
def test_a_dead_process_of_this_machine_keeps_no_lock(tmp_path, ago):
    lock = tmp_path / "lock"
    lock.mkdir()
    (lock / "owner").write_text(owner(2**22 + 1))
    os.utime(lock, (time.time() - ago,) * 2)
    assert not files.is_locked(lock)


def test_a_lock_without_what_tells_processes_apart_is_judged_by_its_heartbeat(tmp_path):
    """As an earlier version of this project wrote it."""
    lock = tmp_path / "lock"
    lock.mkdir()
    (lock / "owner").write_text(f"process {2**22 + 1} on {socket.gethostname()}\n123")
    assert files.is_locked(lock)
    long_ago(lock)
    assert not files.is_locked(lock)


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
    with pytest.raises(files.Locked), files.directory_lock(lock, wait=False):
        pass
    long_ago(lock)
    with files.directory_lock(lock, wait=False):
        assert (lock / "owner").read_text().startswith(f"process {os.getpid()} on ")


@pytest.mark.parametrize("kind", ["folder", "pipe", "nowhere"])
def test_something_else_in_the_owner_s_place_is_not_waited_for(tmp_path, kind):
    lock = tmp_path / "lock"
    lock.mkdir()
    place = lock / "owner"
    {"folder": place.mkdir, "pipe": lambda: os.mkfifo(place), "nowhere": lambda: place.symlink_to("none")}[kind]()
    assert files.is_locked(lock)
    long_ago(lock)
    with files.directory_lock(lock, wait=False):
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
    with files.directory_lock(lock, wait=False):
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
        assert files.is_locked(lock) is held
    moved = time.time() + 3 * 24 * 3600
    os.utime(lock, (moved, moved))
    assert files.is_locked(lock)


def test_a_heartbeat_from_the_future_is_judged_by_later_commands_too(tmp_path, monkeypatch):
    """Each asks once and ends, so that none of them can wait for the heartbeat to move."""
    lock = tmp_path / "lock"
    ahead(lock)
    with pytest.raises(files.Locked), files.directory_lock(lock, wait=False):
        pass
    files._seen.clear()
    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)
    with files.directory_lock(lock, wait=False):
        pass


@pytest.fixture
def robbed(tmp_path):
    """A folder whose lock this process took, and that another one has taken over since; files lie there already."""
    folder = tmp_path / "ours"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "old").write_text("before")
    with files.directory_lock(folder / ".lock"):
        files.check_may_write(folder / "deep" / "old")
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
    "anything after a look": files.check_may_write,
}


@pytest.mark.parametrize("write", WAYS_TO_WRITE.values(), ids=WAYS_TO_WRITE)
def test_who_was_taken_for_dead_writes_nothing_more(robbed, write):
    said = re.escape(f"the lock {robbed / '.lock'} was taken over by process 7 on elsewhere")
    for place in (robbed / "deep" / "old", robbed / "deep" / "new", robbed / "new"):
        with pytest.raises(files.LockLost, match=said):
            write(place)
    assert sorted(path.name for path in robbed.rglob("*") if path.parent.name != ".lock") == [".lock", "deep", "old"]
    assert (robbed / "deep" / "old").read_text() == "before"


@pytest.mark.parametrize("write", WAYS_TO_WRITE.values(), ids=WAYS_TO_WRITE)
def test_who_was_taken_for_dead_may_write_elsewhere(robbed, write):
    for place in (robbed.parent / "beside", robbed.with_name("ours, too") / "deep"):
        write(place)


def test_a_lock_that_is_gone_is_another_one_s(tmp_path):
    with pytest.raises(files.LockLost, match="another process"), files.directory_lock(tmp_path / "lock"):  # noqa: PT012
        (tmp_path / "lock" / "owner").unlink()
        (tmp_path / "lock").rmdir()
        files.write_text(tmp_path / "file", "")
    files.write_text(tmp_path / "file", "")  # who holds no lock is not asked


def test_who_was_taken_for_dead_keeps_no_other_s_lock_alive(tmp_path):
    lock = tmp_path / "lock"
    with files.directory_lock(lock, stale_after=0.3):
        (lock / "owner").write_text(owner(7, host="elsewhere"))
        time.sleep(0.2)
        long_ago(lock)
        time.sleep(0.3)
        assert not files.is_locked(lock)


def test_who_takes_a_lock_too_slowly_writes_over_no_other_owner(tmp_path, monkeypatch):
    """Stopped between making the lock and writing its name, and buried meanwhile."""
    lock, mkdir, stopped = tmp_path / "lock", Path.mkdir, []

    def slow(path, *arguments, **more):
        mkdir(path, *arguments, **more)
        if path == lock and not stopped:
            stopped.append(path)
            (lock / "owner").write_text(owner(7, host="elsewhere"))

    monkeypatch.setattr(Path, "mkdir", slow)
    with pytest.raises(files.Locked, match="process 7 on elsewhere"), files.directory_lock(lock, wait=False):
        pass
    assert stopped
    assert (lock / "owner").read_text().startswith("process 7")


@pytest.mark.slow
@tells_processes_apart
@pytest.mark.parametrize("later", [True, False], ids=["alive", "dead"])
def test_a_lock_holds_across_containers_of_one_host_name(tmp_path, later):
    """In a PID namespace of its own, where the holder's number is another one's, or nobody's."""
    if not shutil.which("unshare") or subprocess.run(["unshare", "-pf", "true"], check=False).returncode:
        pytest.skip("no PID namespace can be made here")
    lock = tmp_path / "lock"
    hold = (
        "import pathlib, time\nfrom repro import files\n"
        f"with files.directory_lock(pathlib.Path({str(lock)!r}), stale_after=3):\n"
        "    print(flush=True)\n    time.sleep(60)\n"
    )
    ask = f"import pathlib\nfrom repro import files\nprint(files.is_locked(pathlib.Path({str(lock)!r}), stale_after=3))"
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
    assert files.is_locked(lock, stale_after=3) is later
    holder.kill()
    holder.wait()
    holder.stdout.close()


# ---- reading


PLACES = ("folder", "pipe", "socket", "nowhere", "circle", "device", "large")


def something_else(path, kind):
    """Put something else than a file of ours in a place."""
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as there:
            there.bind(str(path))
    elif kind == "nowhere":
        path.symlink_to("none")
    elif kind == "circle":
        path.symlink_to(path.name)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        with open(path, "wb") as file:
            file.truncate(3 * 2**30)


@pytest.mark.parametrize("kind", PLACES)
def test_what_is_no_file_is_refused_at_once(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)  # an address of a socket has 107 bytes
    something_else(Path("a"), kind)
    with pytest.raises((OSError, files.NotRegular)) as caught:
        files.read_bytes(tmp_path / "a")
    assert isinstance(caught.value, OSError) == (kind in ("nowhere", "circle"))


def test_a_file_of_the_largest_size_is_read_and_one_more_byte_is_not(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert files.read_bytes(path, most_bytes=5) == b"12345"
    with pytest.raises(files.NotRegular, match="more than"):
        files.read_bytes(path, most_bytes=4)


def test_folders_are_synced_after_a_rename(tmp_path, monkeypatch):
    synced, fsync = [], os.fsync

    def noted(descriptor):
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    files.write_text(tmp_path / "one" / "a", "x")
    assert synced[-1] == str(tmp_path / "one")
    with files.built_atomically(tmp_path / "two" / "store") as building:
        (building / "part").write_text("x")
    assert synced[-1] == str(tmp_path / "two")


def test_a_file_system_that_syncs_no_folders_is_no_failure(tmp_path, monkeypatch):
    fsync = os.fsync

    def only_files(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)
    files.write_text(tmp_path / "a", "x")
    assert (tmp_path / "a").read_text() == "x"
