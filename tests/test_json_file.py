"""JSON that is read back: bounded in size, depth and numbers, and never of anything but a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from repro import json_file
from repro.json_file import NotReadable, is_number, parsed, read_json
from tests.test_regular_file import PLACES, something_else


def nested(depth: int, kind: str = "list") -> bytes:
    opening, closing = (b"[", b"]") if kind == "list" else (b'{"a":', b"}")
    return opening * depth + b"1" + closing * depth


@pytest.mark.parametrize("kind", ["list", "mapping"])
def test_depth_is_bounded_long_before_it_ends_the_program(kind: str) -> None:
    assert json.dumps(parsed(nested(json_file.MOST_DEPTH, kind)))
    for depth in (json_file.MOST_DEPTH + 1, 150, 900, 100_000):
        with pytest.raises(NotReadable, match="nested"):
            parsed(nested(depth, kind))


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 400, "9" * 5_000, "", "{", '{"a": 1', "\x00"]
)
def test_what_is_no_number_or_no_json_is_refused(text: str) -> None:
    for whole in (text, f'{{"a": [{text}]}}'):
        if whole != '{"a": []}':
            with pytest.raises(NotReadable):
                parsed(whole.encode())


@pytest.mark.parametrize("text", ['{"a": 1, "a": 2}', '[{"b": {"a": 1, "c": 2, "a": 1}}]', '{"a": 1, "\\u0061": 2}'])
def test_a_key_that_occurs_twice_is_refused(text: str) -> None:
    """Python would take the last value, and whoever reads the file sees the first."""
    with pytest.raises(NotReadable, match="'a' occurs twice"):
        parsed(text.encode())
    assert parsed(b'[{"a": 1}, {"a": 2, "b": {"a": 3}}]') == [{"a": 1}, {"a": 2, "b": {"a": 3}}]


def test_bytes_that_are_no_utf_8_are_refused() -> None:
    with pytest.raises(NotReadable, match="utf-8"):
        parsed(b'"\xff"')


@pytest.mark.parametrize("value", [None, True, 0, -1, 1.5, 1.7e308, -1.7e308, 2**1000, "x", [], {}, {"a": [1, {}]}])
def test_what_can_be_written_is_read(tmp_path: Path, value: Any) -> None:
    (tmp_path / "a").write_text(json.dumps(value))
    assert read_json(tmp_path / "a") == value


@pytest.mark.parametrize("kind", PLACES)
def test_what_is_no_file_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.chdir(tmp_path)
    something_else(Path("a"), kind)
    with pytest.raises(OSError if kind in ("nowhere", "circle") else NotReadable):
        read_json(Path("a"))


def test_size_is_bounded(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("[1]")
    assert read_json(tmp_path / "a", most_bytes=3) == [1]
    with pytest.raises(NotReadable, match="more than"):
        read_json(tmp_path / "a", most_bytes=2)


@pytest.mark.parametrize(
    ("value", "said"),
    [(1, True), (1.5, True), (True, False), ("1", False), (None, False), (float("nan"), False), (10**400, False)],
)
def test_numbers(value: Any, said: bool) -> None:
    assert is_number(value) is said
    assert is_number(value, 0.5) is False
