"""Readers of parallel text: what they accept, and one clear sentence for each thing that can be wrong."""

import bz2
import gzip
import hashlib
import io
import lzma
import os
import sys
import tarfile
import threading
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from repro.data import text as text_module
from repro.data.text import LONGEST_LINE, LineAligned, Tsv, check_file, file_identity, lines, lines_of, rewriter
from repro.errors import BadInput
from repro.streams import note_once


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("ending", [".gz", ".xz", ".txt"])
@pytest.mark.parametrize(
    "compress", [gzip.compress, bz2.compress, lzma.compress, bytes], ids=["gzip", "bzip2", "xz", "plain"]
)
def test_compression_is_known_by_its_bytes_not_by_the_name(tmp_path: Path, compress, ending: str) -> None:
    path = written(tmp_path / f"text{ending}", compress("Grüße\n\nzwei\n".encode()))
    assert list(lines(path)) == ["Grüße", "", "zwei"]


def test_lines_end_at_newline_only(tmp_path: Path) -> None:
    text = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\rh\ni\n"
    assert list(lines(written(tmp_path / "a", text))) == ["a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\rh", "i"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a\nb", ["a", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"\xef\xbb\xbfa\n\xef\xbb\xbfb\n", ["a", "\ufeffb"]),
        (b"\n", [""]),
        (b" a \t\n", [" a \t"]),
    ],
)
def test_line_ends_and_byte_order_mark_go_and_all_else_stays(
    tmp_path: Path, content: bytes, expected: list[str]
) -> None:
    assert list(lines(written(tmp_path / "a", content))) == expected


def test_reading_is_lazy(tmp_path: Path) -> None:
    reader = lines(written(tmp_path / "a", b"good\n\xff\n"))
    assert next(reader) == "good"
    with pytest.raises(BadInput):
        next(reader)


BROKEN = {
    "not UTF-8": (b"a\nb\nc\xe4d\n", r"line 3: byte 2 \(0xe4\) is not valid UTF-8"),
    "not UTF-8, compressed": (gzip.compress(b"a\n\xff\xfe\n"), "line 2: byte 1"),
    "empty": (b"", "is empty"),
    "empty gzip": (gzip.compress(b""), "is empty"),
    "empty xz": (lzma.compress(b""), "is empty"),
    "truncated gzip": (gzip.compress(bytes(range(32, 127)) * 50)[:-12], "is truncated"),
    "truncated xz": (lzma.compress(b"some text\n" * 999)[:-20], "is truncated"),
    "truncated bzip2": (bz2.compress(b"some text\n" * 999)[:-9], "is truncated"),
    "corrupt bzip2": (bz2.compress(b"some text\n")[:10] + b"\0" * 50, "is corrupt"),
    "corrupt gzip": (gzip.compress(b"some text\n")[:-6] + b"\0\0\0\0\0\0", "is corrupt"),
    "corrupt xz": (lzma.compress(b"some text\n")[:10] + b"\0" * 50, "is corrupt"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_file_is_named_with_what_is_wrong(tmp_path: Path, case: str) -> None:
    content, message = BROKEN[case]
    path = written(tmp_path / "broken.txt", content)
    with pytest.raises(BadInput, match=message) as error:
        list(lines(path))
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="does not exist"):
        list(lines(tmp_path / "missing.txt"))
    with pytest.raises(BadInput, match="is a folder"):
        list(lines(tmp_path))


def test_line_aligned_pairs_can_be_read_again(tmp_path: Path) -> None:
    part = LineAligned(written(tmp_path / "a.en", "one\ntwo\n"), written(tmp_path / "a.de", "eins\nzwei\n"))
    assert list(part.pairs()) == list(part.pairs()) == [("one", "eins"), ("two", "zwei")]


@pytest.mark.parametrize(("n_source", "n_target"), [(3, 5), (5, 3), (1, 2), (2, 1)])
def test_unequal_line_counts_are_both_given(tmp_path: Path, n_source: int, n_target: int) -> None:
    part = LineAligned(written(tmp_path / "a.en", "x\n" * n_source), written(tmp_path / "a.de", "y\n" * n_target))
    with pytest.raises(BadInput, match=rf"a\.en has {n_source} lines but .*a\.de has {n_target}"):
        list(part.pairs())


def test_tsv_columns(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tsv", 'one\teins\tund "mehr\ntwo\tzwei\t\n')
    assert list(Tsv(path).pairs()) == [("one", "eins"), ("two", "zwei")]
    assert list(Tsv(path, columns=(2, 0)).pairs()) == [('und "mehr', "one"), ("", "two")]


@pytest.mark.parametrize(
    ("content", "columns", "message"),
    [
        ("a\tb\nc\td\te\n", (0, 1), "line 2: 3 tab-separated columns instead of 2 as in line 1"),
        ("a\tb\nc\n", (0, 1), "line 2: 1 tab-separated columns instead of 2"),
        ("a\n", (0, 1), "line 1: 1 tab-separated columns instead of at least 2"),
        ("a\tb\n", (0, 2), "line 1: 2 tab-separated columns instead of at least 3"),
        ("", (0, 1), "is empty"),
    ],
)
def test_tsv_with_wrong_columns(tmp_path: Path, content: str, columns: tuple[int, int], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        list(Tsv(written(tmp_path / "a.tsv", content), columns).pairs())


def test_identity_names_content_and_options_but_no_folder(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    source, target = written(tmp_path / "a.en", "one\n"), written(tmp_path / "a.de", "eins\n")
    moved_source, moved_target = written(tmp_path / "b/a.en", "one\n"), written(tmp_path / "b/a.de", "eins\n")
    identity = LineAligned(source, target).identity()
    assert identity["files"][0] == {
        "name": "a.en",
        "bytes": 4,
        "sha256": hashlib.sha256(b"one\n").hexdigest(),
    }
    assert LineAligned(moved_source, moved_target).identity() == identity
    assert LineAligned(source, target, rewriting="detokenise").identity() != identity
    assert Tsv(source, (0, 1)).identity() != Tsv(source, (1, 0)).identity()
    written(source, "two\n")
    assert LineAligned(source, target).identity() != identity
    with pytest.raises(BadInput, match="cannot be read"):
        file_identity(tmp_path / "missing")


def test_download_is_compared_with_what_was_announced(tmp_path: Path) -> None:
    path, digest = written(tmp_path / "a.deb", "content"), hashlib.sha256(b"content").hexdigest()
    check_file(path, 7, digest)
    with pytest.raises(BadInput, match="7 bytes instead of 8"):
        check_file(path, 8, digest)
    with pytest.raises(BadInput, match="SHA-256"):
        check_file(path, 7, digest[::-1])


@pytest.mark.parametrize(
    ("language", "tokenised", "raw"),
    [
        ("en", "It &apos;s here , he said : &quot; A &amp; B &quot; .", 'It\'s here, he said: "A & B".'),
        ("de", "Das kostet &lt; 3 &#124; 4 Euro ( netto ) !", "Das kostet < 3 | 4 Euro (netto)!"),
        ("fr", "L&apos; homme d&apos; ici", "L'homme d'ici"),
    ],
)
def test_detokenise_gives_raw_text(language: str, tokenised: str, raw: str) -> None:
    assert rewriter("detokenise", language)(tokenised) == raw


def test_lowercase_tokenise() -> None:
    rewrite = rewriter("lowercase-tokenise", "de")
    assert rewrite("Ein „Boston-Terrier“, z.B. hier.") == 'ein " boston-terrier " , z.b. hier .'
    with pytest.raises(BadInput, match="rewriting 'loud' is unknown"):
        rewriter("loud", "de")  # type: ignore[arg-type]


@pytest.mark.data
def test_newstest2009_keeps_its_lines(data_folder: Path) -> None:
    text = list(lines(data_folder / "wmt_news/newstest2009.de.gz"))
    assert len(text) == 2525
    assert sum(len(line.splitlines()) > 1 for line in text) > 0


@pytest.mark.data
def test_anchor_reference_has_the_published_number_of_tokens(data_folder: Path) -> None:
    """Wu et al. 2021 print reflen=12103 with their 41.02 BLEU on test_2016_flickr.de."""
    rewrite = rewriter("lowercase-tokenise", "de")
    text = lines(data_folder / "multi30k/test_2016_flickr.de.gz")
    assert sum(len(rewrite(line).split(" ")) for line in text) == 12_103


@pytest.mark.data
@pytest.mark.parametrize("language", ["en", "de"])
def test_detokenised_text_tokenises_back(data_folder: Path, language: str) -> None:
    """Oracle: the Moses tokeniser, on lines without the marks that its older versions treated otherwise."""
    import sacremoses

    tokeniser = sacremoses.MosesTokenizer(language)
    rewrite = rewriter("detokenise", language)
    text = [
        line
        for line in list(lines(data_folder / f"wmt_10k_tok/train.{language}.gz"))[:1500]
        if not set(line) & set(':;()%"') and "&quot;" not in line
    ]
    same = sum(tokeniser.tokenize(rewrite(line), return_str=True) == line for line in text)
    assert len(text) > 1000
    assert same / len(text) > 0.98


# ---- bounds and formats


@pytest.mark.parametrize(
    ("magic", "said"),
    [
        (b"PK\x03\x04", "is a zip archive; unpack it"),
        (b"7z\xbc\xaf\x27\x1c", "is a 7z archive"),
        (b"\x04\x22\x4d\x18", "lz4 -d"),
        (b"\x1f\x9d", "uncompress"),
        (b"PAR1", "Parquet"),
        (b"\xff\xfea\0", "UTF-16; convert it to UTF-8"),
    ],
)
def test_a_format_that_is_not_read_is_named_with_what_to_do(tmp_path: Path, magic: bytes, said: str) -> None:
    path = written(tmp_path / "text.de", magic + b"\0\1\2\xb2")
    with pytest.raises(BadInput, match=said) as told:
        list(lines(path))
    assert str(path) in str(told.value)


@pytest.mark.parametrize("mode", ["", "gz", "bz2", "xz"])
def test_a_tar_archive_is_named(tmp_path: Path, mode) -> None:
    """In a compressed file, too, where it would be taken for text with a few more lines."""
    text = written(tmp_path / "a.txt", b"a line\n" * 1000)
    with tarfile.open(tmp_path / "a.tar", f"w:{mode}") as archive:
        archive.add(text, "a.txt")
    with pytest.raises(BadInput, match=r"a\.tar is a tar archive; unpack it"):
        list(lines(tmp_path / "a.tar"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (gzip.compress(b"a line\n"), r"is compressed twice; unpack it once"),
        (lzma.compress(b"a line\n"), r"is compressed twice; unpack it once"),
        (b"PK\x03\x04 and so on", "is a zip archive; unpack it"),
        ("a line\n".encode("utf-16"), "is UTF-16; convert it"),
    ],
    ids=["gzip", "xz", "zip", "UTF-16"],  # gzip's bytes tell the time, which is another one in each worker
)
def test_what_is_no_text_in_a_compressed_file_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        list(lines(written(tmp_path / "a.bz2", bz2.compress(content))))


ZSTANDARD = b"\x28\xb5\x2f\xfd"


class StandIn:
    """For the library zstandard, where that is not installed: a frame is its magic number and a stream of zlib."""

    ZstdError = zlib.error

    class ZstdDecompressor:
        def __init__(self, max_window_size: int) -> None:
            assert max_window_size == 2**31

        def decompressobj(self):
            return StandIn.Frame()

    class Frame:
        def __init__(self) -> None:
            self._magic, self._zlib = b"", zlib.decompressobj()

        def decompress(self, data: bytes) -> bytes:
            needed = 4 - len(self._magic)
            self._magic += data[:needed]
            if not ZSTANDARD.startswith(self._magic):
                raise zlib.error("Unknown frame descriptor")
            return self._zlib.decompress(data[needed:])

        eof = property(lambda self: self._zlib.eof)
        unused_data = property(lambda self: self._zlib.unused_data)


@pytest.fixture(params=["the library", "a stand-in"])
def zstandard(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], bytes]:
    """Compresses to one frame; the library that reads it is the real one, if there is one, or a stand-in."""
    if request.param == "the library":
        library = pytest.importorskip("zstandard", reason="the library zstandard is not installed")
        compress: Callable[[bytes], bytes] = library.ZstdCompressor().compress
        return compress
    monkeypatch.setitem(sys.modules, "zstandard", StandIn)
    return lambda content: ZSTANDARD + zlib.compress(content)


TEXT = [f"line {i} ä猫 {i * 7919 % 10007}" for i in range(20_000)]


def test_zstandard_is_read_frame_by_frame(tmp_path: Path, zstandard: Callable[[bytes], bytes]) -> None:
    parts = ["".join(line + "\n" for line in part).encode() for part in (TEXT[:5], TEXT[5:9_000], TEXT[9_000:])]
    parts.insert(1, b"")
    assert list(lines(written(tmp_path / "text", b"".join(map(zstandard, parts))))) == TEXT


@pytest.mark.parametrize("cut", [1, 5, 3_000, 20_000])
def test_zstandard_that_is_cut_short_is_not_taken_for_less_text(
    tmp_path: Path, zstandard: Callable[[bytes], bytes], cut: int
) -> None:
    content = "".join(line + "\n" for line in TEXT).encode()
    path = written(tmp_path / "text", (zstandard(b"first\n") + zstandard(content))[:-cut])
    with pytest.raises(BadInput, match=r"text is truncated after line [\d,]+: its compressed data ends early; copy it"):
        list(lines(path))


def test_zstandard_that_is_damaged_is_named(tmp_path: Path, zstandard: Callable[[bytes], bytes]) -> None:
    path = written(tmp_path / "text", zstandard(b"first\n") + b"garbage!")
    reader = lines(path)
    assert next(reader) == "first"
    with pytest.raises(BadInput, match=r"text is corrupt after line 1 \(.*Unknown frame descriptor\); copy it again"):
        next(reader)


def test_zstandard_of_parallel_compressors_and_large_windows(tmp_path: Path) -> None:
    library = pytest.importorskip("zstandard", reason="the library zstandard is not installed")
    parameters = library.ZstdCompressionParameters(window_log=28)
    compressor = library.ZstdCompressor(compression_params=parameters).compressobj()
    frame = compressor.compress(b"a\nb\n") + compressor.flush()
    skippable = b"\x5f\x2a\x4d\x18" + (3).to_bytes(4, "little") + b"xyz"  # RFC 8878, section 3.1.2
    assert list(lines(written(tmp_path / "text", skippable + frame + skippable + frame))) == ["a", "b"] * 2


@pytest.mark.parametrize("magic", [ZSTANDARD, b"\x50\x2a\x4d\x18"])
def test_zstandard_without_the_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, magic: bytes) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    said = r"zstd, and the library zstandard is not installed; install it, or run `unzstd`"
    with pytest.raises(BadInput, match=said):
        list(lines(written(tmp_path / "text", magic + b" rest")))


@pytest.mark.parametrize("compress", [gzip.compress, bytes])
def test_a_line_has_a_bound_and_the_rest_is_not_read(tmp_path: Path, compress) -> None:
    path = written(tmp_path / "a", compress(b"good\n" + b"\0" * (3 * LONGEST_LINE)))
    reader = lines(path)
    assert next(reader) == "good"
    with pytest.raises(BadInput, match=r"/a, line 2 has more than 1,000,000 bytes; split it"):
        next(reader)


def test_the_longest_line_there_may_be_is_read(tmp_path: Path) -> None:
    longest = "x" * LONGEST_LINE
    for mark in ("", "\ufeff"):
        for content in (f"{mark}{longest}\nb\n", f"{mark}{longest}\n", f"{mark}{longest}"):
            read = list(lines(written(tmp_path / "a", content)))
            assert read == content.removeprefix(mark).removesuffix("\n").split("\n")
        with pytest.raises(BadInput, match=r"line 1 has more than 1,000,000 bytes"):
            list(lines(written(tmp_path / "a", f"{mark}{longest}x\n")))


def test_a_long_line_is_cut_and_those_behind_it_stay(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(text_module, "LONGEST_LINE", 5)
    stream = io.BytesIO("abcd\nüüüüüü\nef\n12345\nlast line".encode())
    assert list(lines_of(stream, "standard input", cut=True)) == ["abcd", "üü", "ef", "12345", "last "]
    said = capsys.readouterr().err.split("\n")
    assert said == [f"standard input, line {n}: only its first 5 bytes are read" for n in (2, 5)] + [""]


def test_a_pipe_is_read_from_its_beginning(tmp_path: Path) -> None:
    for number, content in enumerate((b"a\nb\n", gzip.compress(b"a\nb\n"))):
        pipe = tmp_path / str(number)
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_bytes, args=(content,))
        writer.start()
        assert list(lines(pipe)) == ["a", "b"]
        writer.join()


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, bytes])
@pytest.mark.parametrize("content", [b"a\nb\n", b"".join(b"line %d\n" % k for k in range(9_999))])
def test_a_pipe_is_known_by_its_first_bytes_however_few_come_at_a_time(compress, content: bytes) -> None:
    class Dribbling(io.RawIOBase):
        """A pipe whose first reads give a byte each."""

        def __init__(self) -> None:
            self._left = compress(content)
            self._reads = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer) -> int:
            self._reads += 1
            count = min(len(buffer), len(self._left), 1 if self._reads < 9 else 1 << 16)
            buffer[:count], self._left = self._left[:count], self._left[count:]
            return count

    read = text_module.stream_lines(io.BufferedReader(Dribbling()), "a pipe")
    assert "".join(f"{line}\n" for line in read).encode() == content


def test_what_dribbles_out_of_a_compressed_file_is_known_too(tmp_path: Path) -> None:
    twice = gzip.compress(b"\x1f") + gzip.compress(gzip.compress(b"a line\n")[1:])
    with pytest.raises(BadInput, match=r"is compressed twice; unpack it once"):
        list(lines(written(tmp_path / "a.gz", twice)))


@pytest.mark.parametrize("blank", ["\n", "  \n"])
def test_a_blank_line_of_a_tsv_is_called_blank(tmp_path: Path, blank: str) -> None:
    path = written(tmp_path / "a.tsv", "a\tb\n" * 30 + blank)
    with pytest.raises(BadInput, match=r"a\.tsv, line 31 is blank; remove it"):
        list(Tsv(path).pairs())


@pytest.mark.parametrize("header", ["source\ttarget", "en\tde", "EN\tDE", "src\ttgt", "English\tGerman", "en-US\tde"])
def test_a_header_is_warned_of_once_and_kept(tmp_path: Path, capsys, header: str) -> None:
    note_once.cache_clear()
    path = written(tmp_path / "a.tsv", f"{header}\na\tb\n")
    for _ in range(2):
        assert [*Tsv(path).pairs()] == [tuple(header.split("\t")), ("a", "b")]
    said = capsys.readouterr().err
    assert said.count("looks like a header") == 1
    assert f"{path}, line 1" in said


@pytest.mark.parametrize("first", ["Hello.\tHallo.", "a dog\tein Hund", "Go!\tGeh!", "source code\tQuelltext"])
def test_a_pair_is_no_header(tmp_path: Path, capsys, first: str) -> None:
    list(Tsv(written(tmp_path / "a.tsv", f"{first}\n")).pairs())
    assert capsys.readouterr().err == ""
