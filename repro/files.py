"""Files that are either whole or not there: atomic writes, directory locks and checksums."""

import errno
import fcntl
import hashlib
import json
import os
import shutil
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


def sha256(path: Path) -> str:
    """The hexadecimal SHA-256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_full(error: OSError) -> bool:
    """Whether a write failed for want of room: on the disk, or in what its user may have of it."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def walk(root: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """As `os.walk`, through links to folders, too; a folder that several links lead to, or its own, comes once."""
    seen = set()
    for folder, subfolders, names in os.walk(root, followlinks=True):
        try:
            stat = os.stat(folder)
        except OSError:  # gone since it was listed, as locks are
            continue
        if (stat.st_dev, stat.st_ino) in seen:
            subfolders.clear()
            continue
        seen.add((stat.st_dev, stat.st_ino))
        yield folder, subfolders, names


@contextmanager
def written_atomically(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` if the block succeeds, else remove it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        yield temporary
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically, with `\\n` line ends on every platform."""
    with written_atomically(path) as temporary:
        # Bytes of a command line that are no UTF-8 become \udc.., which is also what JSON calls them.
        temporary.write_bytes(text.encode(errors="backslashreplace"))


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically; NaN and infinity are refused, since no other parser reads them."""
    write_text(path, json_text(value))


def json_text(value: Any) -> str:
    """JSON as `write_json` writes it."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


@contextmanager
def built_atomically(directory: Path) -> Iterator[Path]:
    """Yield a temporary sibling directory; rename it to `directory` if the block succeeds, else remove it."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    temporary = directory.with_name(f".{directory.name}.{uuid.uuid4().hex}.tmp")
    temporary.mkdir()
    try:
        yield temporary
        os.replace(temporary, directory)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def remove_leftovers(directory: Path) -> None:
    """Remove what `built_atomically` left beside `directory` where it was killed; nobody else may build it now."""
    for path in directory.parent.iterdir() if directory.parent.is_dir() else ():
        if path.name.startswith(f".{directory.name}.") and path.name.endswith(".tmp"):
            shutil.rmtree(path, ignore_errors=True)


class Locked(Exception):
    """Another process holds the lock; the message says which."""


@contextmanager
def directory_lock(
    lock: Path,
    *,
    stale_after: float = 60.0,
    waiting: Callable[[str], None] | None = None,
    wait: bool = True,
) -> Iterator[None]:
    """Hold an exclusive lock made of a directory, which is atomic on local disks and on NFS.

    A holder on this machine keeps its lock while it lives, even if it is stopped, and no longer. From
    another machine that cannot be seen, so the holder touches the directory every `stale_after / 6` seconds;
    untouched for `stale_after` seconds, the lock belongs to a dead process and is taken over. `waiting` is
    told once who holds it.

    Raises:
        Locked: `wait` is False and a living process holds the lock.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    told = False
    while True:
        try:
            lock.mkdir()
            break
        except FileExistsError:
            if not is_locked(lock, stale_after=stale_after):
                _bury(lock, stale_after)
                continue
            holder = _owner(lock).split("\n")[0] or "another process"
            if not wait:
                raise Locked(holder) from None
            if not told and waiting is not None:
                waiting(holder)
                told = True
            time.sleep(0.2)
    released = threading.Event()

    def keep_alive() -> None:
        while not released.wait(stale_after / 6):
            with suppress(OSError):  # a file server that does not answer now may do so the next time
                os.utime(lock)

    mine = _this_process()
    (lock / "owner").write_text(mine)
    keeper = threading.Thread(target=keep_alive, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        released.set()
        keeper.join()
        if _owner(lock) == mine:  # else another machine took this process for dead, and the lock is its own now
            shutil.rmtree(lock, ignore_errors=True)


def is_locked(lock: Path, *, stale_after: float = 60.0) -> bool:
    """Whether a living process holds the lock, as `directory_lock` would see it."""
    try:
        untouched = time.time() - lock.stat().st_mtime
    except FileNotFoundError:
        return False
    lives = _lives_here(_owner(lock))
    return untouched <= stale_after if lives is None else lives


def _bury(lock: Path, stale_after: float) -> None:
    """Take a dead lock away, if that is what it still is.

    One process at a time judges and does so: to another one's eyes the same lock may have been dead just before, and
    be a living one when its turn comes.
    """
    folder = os.open(lock.parent, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems lock no directories
            fcntl.flock(folder, fcntl.LOCK_EX)
        if not is_locked(lock, stale_after=stale_after):
            grave = lock.with_name(f"{lock.name}.{uuid.uuid4().hex}.dead")
            with suppress(FileNotFoundError):
                os.rename(lock, grave)
            shutil.rmtree(grave, ignore_errors=True)
    finally:
        os.close(folder)


def _this_process() -> str:
    """Whose lock it is: a line for people, and one that tells it from a later process with its number."""
    return f"process {os.getpid()} on {socket.gethostname()}\n{_began(os.getpid())}"


def _owner(lock: Path) -> str:
    """What `_this_process` said in the holder; empty where that cannot be read."""
    try:
        return (lock / "owner").read_text()
    except OSError:
        return ""


def _lives_here(owner: str) -> bool | None:
    """Whether the owner is a living process of this machine, or was one that is no more; None if it is unknown."""
    holder, _, began = owner.partition("\n")
    words = holder.split(" ", 3)
    if len(words) != 4 or words[3] != socket.gethostname() or not words[1].isdigit():
        return None
    number = int(words[1])
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True if began and began == _began(number) else None


def _began(number: int) -> str:
    """When a living process was started, in ticks since the boot; empty where there is none or nobody says."""
    try:
        state, *fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return "" if state in ("Z", "X") else fields[18]  # proc(5): field 22, where the state is field 3
