"""Parallel text on disk: line-aligned files and TSV, plain or compressed, read lazily and strictly.

Lines end at "\\n" and nowhere else: newstest2009.de holds Unicode line separators inside lines, and a
reader that splits at them shifts every later pair by one. Text goes in raw; two rewritings exist
for corpora that were published, or compared in the literature, in Moses-tokenised form.
"""

import codecs
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Literal

from repro.data.compression import CORRUPT, decompressed
from repro.errors import BadInput
from repro.files import sha256
from repro.streams import in_one_line, note, note_once

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST_LINE = 1_000_000
"""Bytes of a line: a longer one is no sentence, and may be gigabytes of something else."""

Rewriting = Literal["none", "detokenise", "lowercase-tokenise"]
"""What happens to each line after reading.

- `none`: the line as it is.
- `detokenise`: Moses-tokenised, HTML-escaped text (`it &apos;s`) becomes raw text again (`it's`).
- `lowercase-tokenise`: raw text is lower-cased, its punctuation normalised, and Moses-tokenised, in that
  order (the `lc.norm.tok` of Multi30k's own preparation), without aggressive dash splitting and without
  escaping. On test_2016_flickr.de this gives 12,103 tokens, the reference length printed with Wu et al.'s
  41.02 BLEU. Lower-casing last gives 12,102, aggressive dash splitting 12,243; leaving the punctuation as
  it is gives 12,103 too.
"""


def lines(path: Path, cut: bool = False) -> Iterator[str]:
    """Yield the lines of a UTF-8 file, plain or compressed (see `repro.data.compression`), without line ends.

    A carriage return before the line end and a byte order mark before the first line are dropped.

    Args:
        path: the file.
        cut: whether a line of more than `LONGEST_LINE` bytes is truncated with a note on stderr instead of refused.

    Raises:
        BadInput: the file is missing, a folder, unreadable, empty, truncated, corrupt, of a format that is not read, or
            not UTF-8 (with line number); a line is too long.
    """
    empty = True
    try:
        with open(path, "rb") as file:
            for line in stream_lines(file, str(path), cut):
                empty = False
                yield line
    except FileNotFoundError:
        raise BadInput(f"{path} does not exist; check its name") from None
    except IsADirectoryError:
        raise BadInput(f"{path} is a folder, but a text file is expected; name a file in it") from None
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read ({error.strerror or error}); check the file and its permissions"
        ) from None
    if empty:
        raise BadInput(f"{path} is empty; give a file with one sentence per line")


def stream_lines(file: io.BufferedReader, name: str, cut: bool = False) -> Iterator[str]:
    """The lines of an open file or stream, as `lines` reads them; none if it is empty.

    Args:
        file: plain or compressed.
        name: what messages call it.
        cut: as for `lines`.

    Raises:
        BadInput: it is truncated, corrupt or of a format that is not read; a line is not UTF-8 or too long.
    """
    number = 0
    try:
        with decompressed(file, name) as content:
            for line in lines_of(content, name, cut):
                number += 1
                yield line
    except EOFError:
        raise BadInput(
            f"{name} is truncated after line {number:,}: its compressed data ends early; copy it again"
        ) from None
    except CORRUPT as error:
        raise BadInput(f"{name} is corrupt after line {number:,} ({error}); copy it again") from None
    except OSError as error:
        if error.errno is None:  # what bz2 says of damaged data
            raise BadInput(f"{name} is corrupt after line {number:,} ({error}); copy it again") from None
        raise


def lines_of(file: BinaryIO, name: str, cut: bool = False) -> Iterator[str]:
    """The lines of plain bytes, as `lines` reads them; none if there are none.

    Args:
        file: plain bytes.
        name: what messages call it.
        cut: as for `lines`.

    Raises:
        BadInput: a line is not UTF-8 or too long.
    """
    number = 0
    while raw := file.readline(LONGEST_LINE + 1):
        number += 1
        if number == 1 and raw.startswith(BYTE_ORDER_MARK):  # no part of the line, nor of its length
            rest = b"" if raw.endswith(b"\n") else file.readline(len(BYTE_ORDER_MARK))
            raw = raw.removeprefix(BYTE_ORDER_MARK) + rest
        long = len(raw) > LONGEST_LINE and not raw.endswith(b"\n")
        try:
            if long and cut:
                note(f"{name}, line {number}: only its first {LONGEST_LINE:,} bytes are read")
                while file.readline(LONGEST_LINE)[-1:] not in (b"", b"\n"):
                    continue
                yield codecs.getincrementaldecoder("utf-8")().decode(
                    raw[:LONGEST_LINE]
                )  # a character may be cut in two
                continue
            if long:
                raise BadInput(
                    f"{name}, line {number} has more than {LONGEST_LINE:,} bytes; split it, or check that this is text"
                )
            yield raw.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError as error:
            byte = error.object[error.start]
            raise BadInput(
                f"{name}, line {number}: byte {error.start + 1} (0x{byte:02x}) is not valid UTF-8; "
                "convert the file to UTF-8"
            ) from None


@dataclass(frozen=True)
class LineAligned:
    """Two files, of which line i of one translates line i of the other.

    Attributes:
        source_path, target_path: plain or compressed.
        languages: language codes of source and target; needed only for a rewriting.
        rewriting: see `Rewriting`.
    """

    source_path: Path
    target_path: Path
    languages: tuple[str, str] = ("en", "de")
    rewriting: Rewriting = "none"

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield (source, target) lines.

        Raises:
            BadInput: as `lines`; or the files differ in their number of lines (once the shorter one has
                ended).
        """
        rewrite = [rewriter(self.rewriting, language) for language in self.languages]
        source_lines, target_lines = lines(self.source_path), lines(self.target_path)
        count = 0
        while True:
            source, target = next(source_lines, None), next(target_lines, None)
            if source is None and target is None:
                return
            if source is None or target is None:
                n_source = count + (source is not None) + sum(1 for _ in source_lines)
                n_target = count + (target is not None) + sum(1 for _ in target_lines)
                raise BadInput(
                    f"{self.source_path} has {n_source:,} lines but {self.target_path} has {n_target:,}; "
                    "line i of one must translate line i of the other"
                )
            count += 1
            yield rewrite[0](source), rewrite[1](target)

    def identity(self) -> dict[str, Any]:
        """Format, both files' names, sizes and checksums, and the rewriting with what decides it."""
        return {
            "format": "line-aligned",
            "files": [file_identity(self.source_path), file_identity(self.target_path)],
            **rewriting_identity(self.rewriting, self.languages),
        }


@dataclass(frozen=True)
class Tsv:
    """A file of tab-separated columns without quoting and without a header, one pair a line.

    Attributes:
        path: plain or compressed.
        columns: which columns, counted from 0, hold source and target.
    """

    path: Path
    columns: tuple[int, int] = (0, 1)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield (source, target) lines.

        Raises:
            BadInput: as `lines`; or a line has not as many columns as the first line, or lacks a wanted one.
        """
        i, j = self.columns
        wanted = max(i, j) + 1
        width = 0
        for number, line in enumerate(lines(self.path), 1):
            fields = line.split("\t")
            # More columns than in the first line means a stray tab inside a sentence: taking the first two
            # columns all the same would silently cut the sentence.
            width = width or len(fields)
            if number == 1:
                _warn_of_header(self.path, [fields[k] for k in (i, j) if k < width])
            if len(fields) != width or width < wanted:
                if not line.strip():
                    raise BadInput(f"{self.path}, line {number} is blank; remove it, or write a pair there")
                expected = f"{width} as in line 1" if width >= wanted else f"at least {wanted}"
                raise BadInput(
                    f"{self.path}, line {number}: {len(fields)} tab-separated columns instead of {expected}; "
                    "a sentence must not contain a tab"
                )
            yield fields[i], fields[j]

    def identity(self) -> dict[str, Any]:
        """Format, columns, and the file's name, size and checksum."""
        return {"format": "tsv", "columns": list(self.columns), "files": [file_identity(self.path)]}


HEADING = re.compile(r"source|target|src|tgt|trg|[a-z]{2}(_[a-z]{2,4})?|[a-z]+_(text|sentence)|text|sentence[12]?")
NAMED = {"english", "german", "french", "deutsch", "spanish", "italian", "chinese", "japanese", "korean", "russian"}


def _warn_of_header(path: Path, fields: Sequence[str]) -> None:
    """Say that a first line looks like one of headings. It is a pair all the same: "Hi" and "Ja" are words, too."""
    words = [field.strip().lower().replace("-", "_") for field in fields]
    if len(words) == 2 and all(HEADING.fullmatch(word) or word in NAMED for word in words):
        shown = in_one_line(" and ".join(map(repr, fields)))
        note_once(f"{path}, line 1 ({shown}) looks like a header, but is read as a pair; remove it if it is a header")


def rewriter(rewriting: Rewriting, language: str) -> Callable[[str], str]:
    """The function that rewrites one line of `language`; see `Rewriting`."""
    if rewriting == "none":
        return _unchanged
    import sacremoses

    if rewriting == "detokenise":
        detokeniser = sacremoses.MosesDetokenizer(lang=language)

        def detokenise(line: str) -> str:
            return str(detokeniser.detokenize(line.split(" "), unescape=True))

        return detokenise
    if rewriting == "lowercase-tokenise":
        normaliser = sacremoses.MosesPunctNormalizer(lang=language)
        tokeniser = sacremoses.MosesTokenizer(lang=language)

        def lowercase_tokenise(line: str) -> str:
            return str(tokeniser.tokenize(normaliser.normalize(line.lower()), return_str=True, escape=False))

        return lowercase_tokenise
    raise BadInput(f"rewriting {rewriting!r} is unknown; use none, detokenise or lowercase-tokenise")


def _unchanged(line: str) -> str:
    return line


def rewriting_identity(rewriting: Rewriting, languages: tuple[str, str]) -> dict[str, Any]:
    """The settings and versions that decide a rewriting's result, as plain data; empty without one."""
    if rewriting == "none":
        return {}
    from importlib.metadata import version

    return {"rewriting": rewriting, "languages": list(languages), "sacremoses": version("sacremoses")}


def file_identity(path: Path) -> dict[str, Any]:
    """A file's name (without its folder: moving a corpus changes nothing), size in bytes and SHA-256."""
    try:
        status = path.stat()
        digest = _digest(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror}); check its name and permissions") from None
    return {"name": path.name, "bytes": status.st_size, "sha256": digest}


def check_file(path: Path, size: int, digest: str) -> None:
    """Compare a downloaded file with the size in bytes and SHA-256 that were announced for it.

    Raises:
        BadInput: it differs.
    """
    got_size, got_digest = path.stat().st_size, sha256(path)
    if got_size != size:
        raise BadInput(f"{path} came with {got_size:,} bytes instead of {size:,}; delete it and download it again")
    if got_digest != digest:
        raise BadInput(f"{path} came with SHA-256 {got_digest} instead of {digest}; delete it and download it again")


@lru_cache(maxsize=256)
def _digest(path: Path, size: int, modified_ns: int) -> str:
    """Remembered within the process: a corpus of gigabytes is asked for its identity more than once."""
    return sha256(path)
