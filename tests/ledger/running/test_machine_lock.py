"""The machine's lock: one for all launchers of a user, whatever their TMPDIR, and never another user's file."""

import os
import subprocess
import sys

import pytest

from repro.errors import BadInput
from repro.ledger.running import machine_lock
from repro.ledger.running.machine_lock import take_machine

TAKE = "from repro.ledger.running.machine_lock import take_machine; print(take_machine(alone=True) is not None)"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where the lock lies, in place of /tmp."""
    monkeypatch.delenv("REPRO_LOCKS")
    monkeypatch.setattr(machine_lock, "FOLDER", tmp_path)
    return tmp_path


def test_it_lies_in_one_place_whatever_tmpdir_is(folder, tmp_path_factory, monkeypatch):
    for name in ("one", "other"):
        monkeypatch.setenv("TMPDIR", str(tmp_path_factory.mktemp(name)))
        monkeypatch.setattr("tempfile.tempdir", None)
        os.close(take_machine(alone=True))
    assert [path.name for path in folder.iterdir()] == [f"repro-{os.getuid()}.lock"]


def test_launchers_with_different_tmpdirs_know_of_each_other(tmp_path, monkeypatch):
    monkeypatch.setenv("REPRO_LOCKS", str(tmp_path))
    mine = take_machine(alone=False)
    other = {**os.environ, "TMPDIR": str(tmp_path)}
    taken = [subprocess.check_output([sys.executable, "-c", TAKE], env=other, text=True)]
    os.close(mine)
    taken.append(subprocess.check_output([sys.executable, "-c", TAKE], env=other, text=True))
    assert taken == ["False\n", "True\n"]


def test_where_the_place_cannot_be_used_the_temporary_folder_is(tmp_path, monkeypatch):
    monkeypatch.delenv("REPRO_LOCKS")
    monkeypatch.setattr(machine_lock, "FOLDER", tmp_path / "none")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    os.close(take_machine(alone=True))
    assert (tmp_path / f"repro-{os.getuid()}.lock").is_file()


def a_link(path):
    path.symlink_to(path.parent / "elsewhere")


def a_pipe(path):
    os.mkfifo(path)


def a_folder(path):
    path.mkdir()


@pytest.mark.parametrize("planted", [a_link, a_pipe, a_folder])
def test_what_is_no_file_is_refused(folder, planted):
    planted(folder / f"repro-{os.getuid()}.lock")
    with pytest.raises(BadInput, match=r"repro-\d+\.lock .*, but cells take turns by it; (have it|remove it)"):
        take_machine(alone=False)
    assert not (folder / "elsewhere").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="gives a file to another user")
def test_another_users_file_is_refused(folder):
    path = folder / f"repro-{os.getuid()}.lock"
    path.touch()
    os.chown(path, 65534, 65534)
    with pytest.raises(BadInput, match="is not a file of your own"):
        take_machine(alone=False)
