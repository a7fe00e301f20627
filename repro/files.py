"""Files that are either whole or not there: atomic writes, bounded reads, directory locks and checksums."""

import errno
import fcntl
import hashlib
import json
import os
import shutil
import socket
import stat
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from repro.errors import Taken

MOST_BYTES = 256 * 2**20
"""Of a file that is read back whole; this project's own have less than a megabyte."""


class NotRegular(ValueError):
    """No regular file of a bearable size; the message says what it is, without its name."""


def read_bytes(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """What a regular file holds. A pipe or a socket in its place is refused, and never waited for.

    Raises:
        FileNotFoundError: there is nothing, or a link to nowhere.
        OSError: it cannot be read at the moment.
        NotRegular: it is something else than a file, or larger than `most_bytes`.
    """
    _check_regular(os.stat(path), most_bytes)  # opening a device or a socket may do something, or fail
    # Without waiting, should a pipe have come into the file's place since.
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


def sha256(path: Path) -> str:
    """The hexadecimal SHA-256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_full(error: OSError) -> bool:
    """Whether a write failed for want of room: on the disk, or in what its user may have of it."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def walk(root: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """As `os.walk`, through links to folders, too; a folder that several links lead to, or its own, comes once.

    Folders below `root` whose names begin with a dot are passed over: locks, and what is half-built or was left so.
    """
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
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        yield folder, subfolders, names


@contextmanager
def written_atomically(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` if the block succeeds, else remove it.

    Raises:
        LockLost: as `check_may_write`; nothing is written then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with _errors_name(path, temporary):
            yield temporary
            with open(temporary, "rb") as file:
                os.fsync(file.fileno())
            check_may_write(path)
            os.replace(temporary, path)
            sync_folder(path.parent)
    finally:
        with suppress(OSError):  # usually gone; a place for reading only refuses even what is not there
            temporary.unlink()


@contextmanager
def _errors_name(path: Path, temporary: Path) -> Iterator[None]:
    """Let an error of writing name what was to be written: a full disk names nothing, an open file its temporary."""
    try:
        yield
    except OSError as error:
        name = error.filename
        if name is None or (isinstance(name, str | os.PathLike) and Path(name).is_relative_to(temporary)):
            error.filename = str(path)
        raise


def sync_folder(folder: Path) -> None:
    """Make names that were given or changed in a folder outlast a loss of power, where its file system can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically, with `\\n` line ends on every platform."""
    with written_atomically(path) as temporary:
        # Bytes of a command line that are no UTF-8 become \udc.., which is also what JSON calls them.
        temporary.write_bytes(text.encode(errors="backslashreplace"))


def write_texts(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files that belong together, by name, in their order; where one cannot be written, all stay as they were."""
    with ExitStack() as stack:
        for name, text in reversed(list(texts.items())):  # the stack renames the last one first
            stack.enter_context(written_atomically(folder / name)).write_bytes(text.encode(errors="backslashreplace"))


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically; NaN and infinity are refused, since no other parser reads them."""
    write_text(path, json_text(value))


def json_text(value: Any) -> str:
    """JSON as `write_json` writes it."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


@contextmanager
def built_atomically(directory: Path) -> Iterator[Path]:
    """Yield a temporary sibling directory; rename it to `directory` if the block succeeds, else remove it.

    Raises:
        LockLost: as `check_may_write`; nothing is written then.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    temporary = directory.with_name(f".{directory.name}.{uuid.uuid4().hex}.tmp")
    try:
        with _errors_name(directory, temporary):
            temporary.mkdir()
            yield temporary
            check_may_write(directory)
            os.replace(temporary, directory)
            sync_folder(directory.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def remove_leftovers(directory: Path) -> None:
    """Remove what `built_atomically` left beside `directory` where it was killed; nobody else may build it now."""
    for path in directory.parent.iterdir() if directory.parent.is_dir() else ():
        if path.name.startswith(f".{directory.name}.") and path.name.endswith(".tmp"):
            shutil.rmtree(path, ignore_errors=True)


class Locked(Exception):
    """Another process holds the lock; the message says which."""


class LockLost(Taken):
    """A lock that this process held is another one's now."""


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
    """See, before something is written or removed, that each lock which this process took in a folder above is its own.

    A process that was stopped, or cut off from its file server, for longer than `stale_after` may have been taken for
    dead. What this process never locked it is not asked about. `written_atomically` and `built_atomically` look by
    themselves, at the last moment; other ways to write must be preceded by this.

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
    except (FileExistsError, FileNotFoundError):
        return False
    try:
        with open(descriptor, "wb") as file:
            file.write(mine.encode())
    except OSError:  # a full disk
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
    """What this boot of the machine is called; empty where nobody says."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _processes() -> str:
    """Which processes this one is numbered among, Linux's PID namespace; empty where nobody says."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _began(number: int) -> str:
    """When a living process was started, in ticks since the boot; empty where there is none or nobody says."""
    try:
        state, *fields = Path(f"/proc/{number}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return "" if state in ("Z", "X") else fields[18]  # proc(5): field 22, where the state is field 3
