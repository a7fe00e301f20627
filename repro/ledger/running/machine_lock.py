"""This machine, shared by the cells of all launchers of a user, or held by one cell that must run alone."""

import errno
import fcntl
import os
import stat
import tempfile
from pathlib import Path

from repro.errors import BadInput

FOLDER = Path("/tmp")
"""Where the lock lies: one place for all launchers, unlike TMPDIR, and for longer than /run/user, which goes when the
user logs out."""
FOLDER_VARIABLE = "REPRO_LOCKS"
"""Names another folder; launchers with different ones do not know of each other."""
LOCKS = Path("/proc/locks")
"""Where Linux lists locks, each with the process that took it and the file's inode."""
LONGEST_COMMAND = 80
"""Characters of a command that a message shows."""


def take_machine(alone: bool) -> int | None:
    """A share of this machine, or all of it, among the cells of all launchers; None while others are in the way.

    What is returned is an open file. A worker that is forked has it open too, and the kernel gives the share back when
    all have closed it or ended, however they ended.

    Raises:
        BadInput: the lock's file cannot be used.
    """
    lock = _opened()
    try:
        fcntl.flock(lock, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def holders() -> list[str]:
    """The launchers that have a share, each as "process 12 (ablate run heads)"; none where the system does not tell.

    Raises:
        BadInput: as `take_machine`.
    """
    lock = _opened()
    inode = os.fstat(lock).st_ino
    os.close(lock)
    try:
        lines = LOCKS.read_text().splitlines()
    except OSError:
        return []
    pids = set()
    for line in lines:  # such as "5: FLOCK  ADVISORY  WRITE 1234 fe:00:131 0 EOF"
        fields = line.split()
        if len(fields) > 5 and fields[1] == "FLOCK" and fields[5].rpartition(":")[2] == str(inode):
            pids.add(int(fields[4]))
    return [f"process {pid}{_command(pid)}" for pid in sorted(pids)]


def _opened() -> int:
    path = _folder() / f"repro-{os.getuid()}.lock"
    flags = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK  # others may leave links and pipes in this folder
    try:
        try:
            # O_CREAT is not for a file that is there: Linux would refuse even root another user's in /tmp.
            lock = os.open(path, flags)
        except FileNotFoundError:
            lock = os.open(path, flags | os.O_CREAT, 0o600)
    except OSError as error:
        why = "is a link" if error.errno == errno.ELOOP else f"cannot be opened ({error.strerror})"
        raise BadInput(f"{path} {why}, but cells take turns by it; remove it") from error
    status = os.fstat(lock)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid():
        os.close(lock)
        raise BadInput(f"{path} is not a file of your own, but cells take turns by it; have it removed")
    return lock


def _folder() -> Path:
    if (named := os.environ.get(FOLDER_VARIABLE)) is not None:
        return Path(named)
    return FOLDER if os.access(FOLDER, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


def _command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:  # it has handed its share to a worker and ended, or is another user's
        return ""
    text = " ".join(words).strip()
    return f" ({text if len(text) <= LONGEST_COMMAND else f'{text[:LONGEST_COMMAND]}...'})" if text else ""
