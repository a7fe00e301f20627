"""Compressed files, known by their first bytes: a name can lie or lack its ending."""

import bz2
import gzip
import importlib
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from repro.errors import BadInput

GZIP, BZIP2, XZ, ZSTANDARD = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"
NOT_READ = {
    b"PK\x03\x04": "a zip archive; unpack it and name the text file",
    b"PK\x05\x06": "a zip archive without files; unpack the right one and name the text file",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive; unpack it and name the text file",
    b"Rar!": "a rar archive; unpack it and name the text file",
    b"\x04\x22\x4d\x18": "compressed with lz4; run `lz4 -d` on it, or compress it with gzip, bzip2 or xz",
    b"\x1f\x9d": "compressed with compress; run `uncompress` on it, or compress it with gzip, bzip2 or xz",
    b"LZIP": "compressed with lzip; run `lzip -d` on it, or compress it with gzip, bzip2 or xz",
    b"PAR1": "a Parquet file; write its columns as text, a sentence a line",
    b"%PDF": "a PDF; save it as plain text, a sentence a line",
    b"\xff\xfe": "UTF-16; convert it to UTF-8",
    b"\xfe\xff": "UTF-16; convert it to UTF-8",
}
"""The first bytes of what is not read -> what it is and what to do."""
LONGEST_MAGIC = max(map(len, [XZ, *NOT_READ]))
CORRUPT: tuple[type[Exception], ...] = (gzip.BadGzipFile, zlib.error, lzma.LZMAError)
"""What the libraries raise about damaged data, beside EOFError and an OSError without a number."""


@contextmanager
def decompressed(path: Path) -> Iterator[BinaryIO]:
    """A file's bytes: plain, or of gzip, bzip2, xz and, where a library for it is installed, zstandard.

    The file is opened once, so that it may be a pipe.

    Raises:
        BadInput: another format, or no library for it; OSError: it cannot be opened.
    """
    with open(path, "rb") as file:
        reader = _reader(path, file, file.peek(LONGEST_MAGIC)[:LONGEST_MAGIC])
        if reader is None:
            yield file
            return
        # A GzipFile alone costs several Python calls a line; a buffered reader splits lines in C.
        with closing(io.BufferedReader(reader, 1 << 16)) as buffered:
            yield cast(BinaryIO, buffered)


def _reader(path: Path, file: BinaryIO, magic: bytes) -> Any:
    """What reads a compressed file; None if it is plain."""
    if magic.startswith(GZIP):
        return gzip.GzipFile(fileobj=file)
    if magic.startswith(BZIP2) and magic[3:4].isdigit():
        return bz2.BZ2File(file)
    if magic.startswith(XZ):
        return lzma.LZMAFile(file)
    if magic.startswith(ZSTANDARD):
        return _zstandard(path, file)
    for beginning, remedy in NOT_READ.items():
        if magic.startswith(beginning):
            raise BadInput(f"{path} is {remedy}.")
    return None


def _zstandard(path: Path, file: BinaryIO) -> Any:
    try:
        return importlib.import_module("zstandard").ZstdDecompressor().stream_reader(file, read_across_frames=True)
    except ImportError as error:
        raise BadInput(
            f"{path} is compressed with zstd, and the library zstandard is not installed; install it, or run "
            "`unzstd` on the file."
        ) from error
