"""Compressed files, recognised by their first bytes, since a name can be wrong or lack its ending."""

import bz2
import gzip
import importlib
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, BinaryIO, cast

from repro.errors import BadInput

GZIP, BZIP2, XZ, ZSTANDARD = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"
BUFFER = 1 << 16
"""Bytes that are read at a time."""
SKIPPABLE = b"\x2a\x4d\x18"
"""Behind any byte from 0x50 to 0x5f: a frame of zstandard without content, as parallel compressors begin with."""
LARGEST_WINDOW = 2**31
"""Bytes that zstandard may look back, as after `zstd --long=31`."""
NOT_READ = {
    b"PK\x03\x04": "a zip archive; unpack it and name the text file",
    b"PK\x05\x06": "a zip archive without files; unpack the right one and name the text file",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive; unpack it and name the text file",
    b"Rar!": "a rar archive; unpack it and name the text file",
    b"\x04\x22\x4d\x18": "compressed with lz4; run `lz4 -d` on it, or compress it with gzip, bzip2 or xz",
    b"\x1f\x9d": "compressed with compress; run `uncompress` on it, or compress it with gzip, bzip2 or xz",
    b"LZIP": "compressed with lzip; run `lzip -d` on it, or compress it with gzip, bzip2 or xz",
    b"PAR1": "a Parquet file; write its columns as text, one sentence per line",
    b"%PDF": "a PDF; save it as plain text, one sentence per line",
    b"\xff\xfe": "UTF-16; convert it to UTF-8",
    b"\xfe\xff": "UTF-16; convert it to UTF-8",
}
"""The first bytes of what is not read -> what it is and what to do."""
TAR, TAR_PLACE = b"ustar", 257
"""What stands in a tar archive, and where."""
LONGEST_MAGIC, MOST_NEEDED = 6, TAR_PLACE + len(TAR)
"""Bytes that tell any other format than tar, and any at all."""


class BadZstandard(Exception):
    """What the library zstandard says of damaged data."""


CORRUPT: tuple[type[Exception], ...] = (gzip.BadGzipFile, zlib.error, lzma.LZMAError, BadZstandard)
"""What is raised about damaged data, beside EOFError and an OSError without a number."""


@contextmanager
def decompressed(file: io.BufferedReader, name: str) -> Iterator[BinaryIO]:
    """An open file's bytes: plain, or of gzip, bzip2, xz and, where a library for it is installed, zstandard.

    Nothing is sought in the file, so that it may be a pipe.

    Args:
        file: as it lies on disk.
        name: what messages call it.

    Raises:
        BadInput: another format, in a compressed file, too, or no library for it.
    """
    beginning, file = _beginning(name, file)
    reader = _reader(name, file, beginning)
    if reader is None:
        yield file
        return
    # A GzipFile alone costs several Python calls a line; a buffered reader splits lines in C.
    with closing(io.BufferedReader(reader, BUFFER)) as buffered:
        beginning, content = _beginning(name, buffered)
        if _reader(name, file, beginning) is not None:
            raise BadInput(f"{name} is compressed twice; unpack it once and name the result")
        yield cast(BinaryIO, content)


class _Rejoined(io.RawIOBase):
    """A file from its beginning, of which the first bytes have been read.

    Args:
        beginning: these.
        rest: the file. It is not closed.
    """

    def __init__(self, beginning: bytes, rest: io.BufferedReader) -> None:
        self._beginning, self._rest = memoryview(beginning), rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, or part of it; 0 at the end."""
        if not self._beginning:
            return self._rest.readinto1(buffer)
        count = min(len(buffer), len(self._beginning))
        buffer[:count], self._beginning = self._beginning[:count], self._beginning[count:]
        return count


def _beginning(name: str, file: io.BufferedReader) -> tuple[bytes, io.BufferedReader]:
    """The first bytes of a file, and what to read in its place, from its beginning.

    Raises:
        BadInput: they are of a format that is not read.
    """
    beginning = file.peek(MOST_NEEDED)
    if not _tells_format(beginning):  # the end, or the first that a pipe had: peek does not wait for more
        beginning = b""
        while not _tells_format(beginning) and (more := file.read1(MOST_NEEDED - len(beginning))):
            beginning += more
        file = io.BufferedReader(_Rejoined(beginning, file), BUFFER)
    if beginning[TAR_PLACE:].startswith(TAR):
        raise BadInput(f"{name} is a tar archive; unpack it and name the text file")
    for magic, remedy in NOT_READ.items():
        if beginning.startswith(magic):
            raise BadInput(f"{name} is {remedy}")
    return beginning, file


def _tells_format(beginning: bytes) -> bool:
    """Whether no more bytes are needed to know a format: a line end before the place of tar's mark is of text."""
    return len(beginning) >= MOST_NEEDED or (len(beginning) >= LONGEST_MAGIC and b"\n" in beginning)


def _reader(name: str, file: BinaryIO, magic: bytes) -> Any:
    """What reads a compressed file; None if it is plain."""
    if magic.startswith(GZIP):
        return gzip.GzipFile(fileobj=file)
    if magic.startswith(BZIP2) and magic[3:4].isdigit():
        return bz2.BZ2File(file)
    if magic.startswith(XZ):
        return lzma.LZMAFile(file)
    if magic.startswith(ZSTANDARD) or (magic[1:4] == SKIPPABLE and magic[0] >> 4 == 5):
        return _zstandard(name, file)
    return None


def _zstandard(name: str, file: BinaryIO) -> Any:
    try:
        return _Zstandard(file, importlib.import_module("zstandard"))
    except ImportError as error:
        raise BadInput(
            f"{name} is compressed with zstd, and the library zstandard is not installed; install it, or run "
            "`unzstd` on the file"
        ) from error


class _Zstandard(io.RawIOBase):
    """The content of all frames, one after another. The library's own reader takes a file cut short for a whole one.

    Args:
        file: compressed.
        library: the module zstandard.
    """

    def __init__(self, file: BinaryIO, library: Any) -> None:
        self._file, self._library = file, library
        self._frame: Any = None  # what decompresses the one at hand
        self._compressed = b""
        self._content = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, or part of it; 0 at the end.

        Raises:
            EOFError: the last frame ends early; BadZstandard: damaged data.
        """
        while not self._content:
            # A few KiB at a time: a hundred bytes may stand for a megabyte.
            self._compressed = self._compressed or self._file.read(4096)
            if not self._compressed:
                if self._frame is not None:
                    raise EOFError
                return 0
            self._decompress()
        count = min(len(buffer), len(self._content))
        buffer[:count], self._content = self._content[:count], self._content[count:]
        return count

    def _decompress(self) -> None:
        try:
            if self._frame is None:
                self._frame = self._library.ZstdDecompressor(max_window_size=LARGEST_WINDOW).decompressobj()
            self._content = memoryview(self._frame.decompress(self._compressed))
        except self._library.ZstdError as error:
            raise BadZstandard(str(error)) from error
        self._compressed = self._frame.unused_data if self._frame.eof else b""
        if self._frame.eof:
            self._frame = None
