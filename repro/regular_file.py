"""Reads whole files of bounded size; pipes and devices, which could block, are refused."""

import os
import stat
from pathlib import Path

MOST_BYTES = 256 * 2**20
"""The largest file that is read whole; this project's own have less than a megabyte."""


class NotRegular(ValueError):
    """Not a regular file, or too large a one; the message says which, without its name."""


def read_bytes(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """The content of a regular file. A pipe or a socket in its place is refused at once, without blocking.

    Raises:
        FileNotFoundError: nothing is there, or a dangling link.
        OSError: it cannot be read at the moment.
        NotRegular: it is not a regular file, or larger than `most_bytes`.
    """
    _check_regular(os.stat(path), most_bytes)  # opening a device or a socket may do something, or fail
    # Non-blocking, in case a pipe has taken the file's place since.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        _check_regular(os.fstat(file.fileno()), most_bytes)
        raw = file.read(most_bytes + 1)
    if len(raw) > most_bytes:
        raise _too_large(most_bytes)
    return raw


def _check_regular(status: os.stat_result, most_bytes: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotRegular("it is a folder" if stat.S_ISDIR(status.st_mode) else "it is not a regular file")
    if status.st_size > most_bytes:
        raise _too_large(most_bytes)


def _too_large(most_bytes: int) -> NotRegular:
    return NotRegular(f"it has more than {most_bytes // 2**20:,} MiB")
