"""A refused command leaves no empty folders, and takes none that were there or that hold something."""

import errno
from pathlib import Path

import pytest

from repro.console.empty_directories import no_empty_directories
from repro.errors import BadInput


def refuse() -> None:
    raise BadInput("planted")


def test_only_what_it_made_and_left_empty_goes(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.mkdir()
    new, full = there / "a" / "b", tmp_path / "c" / "d"
    with pytest.raises(BadInput), no_empty_directories(new, full):  # noqa: PT012
        new.mkdir(parents=True)
        full.mkdir(parents=True)
        (full / "file").touch()
        refuse()
    assert there.is_dir()
    assert list(there.iterdir()) == []
    assert (full / "file").exists()


def test_a_full_disk_leaves_no_empty_folders_either(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"), no_empty_directories(tmp_path / "a" / "b"):  # noqa: PT012
        (tmp_path / "a" / "b").mkdir(parents=True)
        raise OSError(errno.ENOSPC, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_another_kind_leaves_all(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), no_empty_directories(tmp_path / "a"):  # noqa: PT012
        (tmp_path / "a").mkdir()
        raise RuntimeError
    assert (tmp_path / "a").is_dir()
