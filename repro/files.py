"""Files and folders that are either complete or absent: atomic writes, walks and checksums."""

import errno
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from repro.locks import check_may_write
from repro.streams import note_once


def sha256(path: Path) -> str:
    """The hexadecimal SHA-256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_full(error: OSError) -> bool:
    """Whether a write failed because the disk is full, or the user's quota of it."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def walk(root: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """As `os.walk`, through links to folders, too; a folder that several links lead to, or its own, comes once.

    Folders below `root` whose names begin with a dot are passed over: locks, and what is half-built or was left so.
    One below it that cannot be read is passed over with a note.

    Raises:
        OSError: `root` itself is there, but cannot be read.
    """

    def unreadable(error: OSError) -> None:
        if isinstance(error, FileNotFoundError | NotADirectoryError):  # gone since it was listed, or never there
            return
        if Path(error.filename) == Path(root):
            raise error
        note_once(f"{error.filename} cannot be read ({error.strerror}), so what lies there is left out")

    seen = set()
    for folder, subfolders, names in os.walk(root, onerror=unreadable, followlinks=True):
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
    if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe or a device, which would be replaced by a file
        raise FileExistsError(errno.EEXIST, "it is not a regular file", str(path))
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
