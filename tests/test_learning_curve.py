"""Curves as they are looked at: whole lines only, and nothing of what is no curve."""

import os
from pathlib import Path

import pytest

from repro import learning_curve
from repro.learning_curve import number_in, readable_rows

CURVE = "step,split,loss\n1,train,2.5\n2,train,\n3,dev,nan\n"


def test_rows_are_those_of_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text(CURVE + "4,train,1.2")
    rows = readable_rows(path)
    assert [row["step"] for row in rows] == ["1", "2", "3"]
    assert [number_in(row, "loss") for row in rows] == [2.5, None, None]
    assert [number_in(row, "step") for row in rows] == [1.0, 2.0, 3.0]
    assert number_in(rows[0], "nothing") is None
    path.write_text(CURVE + "4,train,1.25\n")
    assert number_in(readable_rows(path)[-1], "loss") == 1.25


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"step\n1,2,3\n", b'step\n"' + b"x" * 200_000 + b"\n"])
def test_what_is_no_curve_has_no_numbers(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "metrics.csv"
    path.write_bytes(content)
    assert all(number_in(row, "loss") is None for row in readable_rows(path))


def test_what_is_no_file_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert readable_rows(tmp_path / "pipe") == readable_rows(tmp_path) == readable_rows(tmp_path / "nowhere") == []
    (tmp_path / "large").write_text(CURVE)
    monkeypatch.setattr(learning_curve, "MOST_BYTES", 10)
    assert readable_rows(tmp_path / "large") == []
