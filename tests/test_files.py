import json
import math
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from repro import files


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    files.write_text(path, "old\n")
    with pytest.raises(RuntimeError, match="planted"), files.written_atomically(path) as temporary:  # noqa: PT012
        temporary.write_text("half of the n")
        raise RuntimeError("planted")
    assert path.read_text() == "old\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


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


def test_a_walk_passes_over_what_goes_meanwhile(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "b" / ".lock").mkdir(parents=True)
    stat = os.stat

    def gone(path, *args, **more):
        if str(path).endswith(".lock"):
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


def test_who_finds_a_dead_lock_too_late_leaves_its_successor_alone(tmp_path):
    """Two launchers see the same dead lock; the second acts on it when the first holds the lock already."""
    lock = tmp_path / "lock"
    lock.mkdir()
    (lock / "owner").write_text(f"process {2**22 + 1} on {socket.gethostname()}")
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


tells_processes_apart = pytest.mark.skipif(
    not Path("/proc/self/stat").is_file(), reason="needs Linux's /proc to tell a process from a later one"
)


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
    (lock / "owner").write_text(f"process {os.getpid()} on {socket.gethostname()}\n1")
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
