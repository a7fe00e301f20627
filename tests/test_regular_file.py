import os
import socket
from pathlib import Path

import pytest

from repro import regular_file

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
    with pytest.raises((OSError, regular_file.NotRegular)) as caught:
        regular_file.read_bytes(tmp_path / "a")
    assert isinstance(caught.value, OSError) == (kind in ("nowhere", "circle"))


def test_a_file_of_the_largest_size_is_read_and_one_more_byte_is_not(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert regular_file.read_bytes(path, most_bytes=5) == b"12345"
    with pytest.raises(regular_file.NotRegular, match="more than"):
        regular_file.read_bytes(path, most_bytes=4)
