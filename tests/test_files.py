import errno
import io
import json
import math
import os
import stat
import threading
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


def test_text_that_is_no_utf_8_is_escaped(tmp_path):
    """A folder's name may hold any bytes, and a record its command."""
    files.write_json(tmp_path / "record.json", {"command": os.fsdecode(b"run --out caf\xe9")})
    text = (tmp_path / "record.json").read_text(encoding="utf-8")
    assert json.loads(text)["command"] == "run --out caf\udce9"


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


def test_a_pipe_or_a_device_is_not_replaced_by_a_file(tmp_path):
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(os.devnull)
    for path in (pipe, link):
        with pytest.raises(FileExistsError, match="it is not a regular file") as error:
            files.write_text(path, "new")
        assert error.value.filename == str(path)
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "pipe"]


def test_a_folder_that_cannot_be_read_is_told_and_stops_a_walk_only_where_it_begins(tmp_path, monkeypatch, capsys):
    for name in ("a", "closed", "z"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").touch()
    scandir = os.scandir

    def refusing(folder):
        if Path(folder).name == "closed":
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    for _ in range(2):
        found = {Path(folder).name for folder, _, names in files.walk(tmp_path) if names}
        assert found == {"a", "z"}
    said = f"{tmp_path}/closed cannot be read (Permission denied), so what lies there is left out\n"
    assert capsys.readouterr().err == said
    with pytest.raises(PermissionError):
        list(files.walk(tmp_path / "closed"))
    assert list(files.walk(tmp_path / "nowhere")) == []
