"""Directory locks, which hold across processes, containers and machines that share a file system."""

import fcntl
import os
import shutil
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from repro.errors import Taken
from repro.regular_file import NotRegular, read_bytes


class Locked(Exception):
    """Another process holds the lock; the message says which."""


class LockLost(Taken):
    """Another process has taken over a lock that this one held."""


_held: dict[str, str] = {}
"""The locks that this process holds -> what it wrote into them."""

_seen: dict[str, tuple[int, float]] = {}
"""Locks whose time lies ahead of our clock -> that time in ns, and when it was first seen by a clock that only runs."""


@contextmanager
def directory_lock(
    lock: Path,
    *,
    stale_after: float = 60.0,
    waiting: Callable[[str], None] | None = None,
    wait: bool = True,
) -> Iterator[None]:
    """Hold an exclusive lock made of a directory, which is atomic on local disks and on NFS.

    A holder that this process could see keeps its lock while it lives, even if it is stopped, and no longer. One on
    another machine or in another container cannot be seen, so the holder touches the directory every
    `stale_after / 6` seconds; untouched for `stale_after` seconds, the lock belongs to a dead process and is taken
    over. Whoever was taken for dead, and lives, is told so before it writes, see `check_may_write`. `waiting` is told
    once who holds the lock.

    Raises:
        Locked: `wait` is False and a living process holds the lock.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    mine = _this_process()
    told = False
    while not _taken(lock, mine):
        if not is_locked(lock, stale_after=stale_after):
            _bury(lock, stale_after)
            continue
        _set_back(lock, stale_after)
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
                if _owner(lock) not in (mine, ""):
                    return  # it is another one's, who alone may keep it
                os.utime(lock)

    keeper = threading.Thread(target=keep_alive, daemon=True)
    keeper.start()
    name = os.path.abspath(lock)
    _held[name] = mine
    try:
        yield
    finally:
        released.set()
        keeper.join()
        del _held[name]
        if _owner(lock) == mine:  # else another machine took this process for dead, and the lock is its own now
            shutil.rmtree(lock, ignore_errors=True)


def check_may_write(path: Path) -> None:
    """Check, before something is written or removed, that this process still owns its locks on the folders above.

    A process that was stopped, or cut off from its file server, for longer than `stale_after` may have been taken for
    dead. Folders that this process never locked are not checked. `repro.files` calls this itself, at the last moment;
    code that writes in other ways must call it first.

    Raises:
        LockLost: another process has taken a lock over.
    """
    absolute = os.path.abspath(path)
    for lock, mine in list(_held.items()):
        if absolute.startswith(os.path.join(os.path.dirname(lock), "")) and (other := _taken_over(Path(lock), mine)):
            raise LockLost(
                f"the lock {lock} was taken over by {other} while this process was held up, so nothing more is "
                "written here; wait for that process"
            )


def _taken_over(lock: Path, mine: str) -> str | None:
    """Which process has the lock now; None where it is this one's still."""
    try:
        owner = (lock / "owner").read_bytes()
    except FileNotFoundError:
        return "another process"
    except OSError:  # a file server that does not answer: writing will fail, too
        return None
    return None if owner == mine.encode() else _owner(lock).split("\n")[0] or "another process"


def is_locked(lock: Path, *, stale_after: float = 60.0) -> bool:
    """Whether a living process holds the lock, as `directory_lock` would see it."""
    try:
        touched = lock.stat().st_mtime_ns
    except FileNotFoundError:
        return False
    lives = _lives_here(_owner(lock))
    if lives is not None:
        return lives
    if not _is_ahead(touched, stale_after):
        return time.time() - touched / 1e9 <= stale_after
    # Touched by another clock than ours, whose now we do not know: dead if that time stands still while ours goes on.
    before, since = _seen.get(os.path.abspath(lock), (None, 0.0))
    if before != touched:
        since = time.monotonic()
        _seen[os.path.abspath(lock)] = touched, since
    return time.monotonic() - since <= stale_after


def _taken(lock: Path, mine: str) -> bool:
    """Make the lock, and write down whose it is; False where it is another one's."""
    try:
        lock.mkdir()
        # Never over another owner: this process may have been stopped since the line above, and taken for dead.
        descriptor = os.open(lock / "owner", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with open(descriptor, "wb") as file:
            file.write(mine.encode())
    except (FileExistsError, FileNotFoundError):
        return False
    except BaseException:  # a full disk, or Ctrl-C: a lock without an owner would hold up the next one for a minute
        if _owner(lock) in (mine, ""):
            shutil.rmtree(lock, ignore_errors=True)
        raise
    return True


def _is_ahead(touched: int, stale_after: float) -> bool:
    """Whether a time in ns lies further ahead of our clock than clocks that are kept usually differ."""
    return touched / 1e9 - time.time() > stale_after / 6


def _set_back(lock: Path, stale_after: float) -> None:
    """Touch a lock whose time lies ahead of our clock: a living holder touches it again, and a dead one never does."""
    with suppress(OSError):
        if _is_ahead(lock.stat().st_mtime_ns, stale_after):
            os.utime(lock)


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
            if grave.is_dir() and not grave.is_symlink():
                shutil.rmtree(grave, ignore_errors=True)
            else:  # something else in the lock's place
                grave.unlink(missing_ok=True)
    finally:
        os.close(folder)


def _this_process() -> str:
    """Whose lock it is: a line for people, and what tells it from any other process, here or elsewhere."""
    number = os.getpid()
    return "\n".join(
        [f"process {number} on {socket.gethostname()}", _began(number), _boot(), _processes(), uuid.uuid4().hex]
    )


def _owner(lock: Path) -> str:
    """What `_this_process` said in the holder; empty where that cannot be read."""
    try:
        return read_bytes(lock / "owner", most_bytes=10_000).decode(errors="replace")
    except (OSError, NotRegular):
        return ""


def _lives_here(owner: str) -> bool | None:
    """Whether the owner is a living process that this one can see, or was one that is no more; None if it is unknown.

    The number of a process says something only among the processes that it was given in. A container has its own, with
    the host name of another one perhaps, as cloned machines have. So the host must have been booted when ours was, and
    the owner must have been of the same processes.
    """
    holder, began, boot, processes, *_ = [*owner.split("\n"), "", "", ""]
    words = holder.split(" ", 3)
    if len(words) != 4 or words[3] != socket.gethostname() or not (words[1].isascii() and words[1].isdecimal()):
        return None
    if not boot or boot != _boot() or not processes or processes != _processes():
        return None
    number = int(words[1])
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    except OverflowError:  # no process has such a number
        return None
    return True if began and began == _began(number) else None


def _boot() -> str:
    """The id of this boot of the machine; empty where it is unknown."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _processes() -> str:
    """Linux's PID namespace, in which this process has its number; empty where it is unknown."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _began(number: int) -> str:
    """When a living process was started, in ticks since the boot; empty where there is none or it is unknown."""
    try:
        state, *fields = Path(f"/proc/{number}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return "" if state in ("Z", "X") else fields[18]  # proc(5): field 22, where the state is field 3
