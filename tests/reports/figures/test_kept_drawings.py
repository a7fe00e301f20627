"""Drawings that are kept: taken while all that they show is the same, drawn again when any of it changes."""

import json
from pathlib import Path

import pytest

from reports.build import build
from reports.figures import drawing, kept_drawings
from reports.figures.kept_drawings import FILE, keeping
from tests.reports.figures import planted as plant
from tests.reports.records import write


def draw(points: list[float], name: str = "one", label: str = "a label") -> str:
    def paint(axes: object) -> None:
        axes.plot(points)  # type: ignore[attr-defined]

    return drawing.draw(name, label, paint, width=2, height=1)


def counted(folder: Path, *drawn: tuple[list[float], str, str]) -> tuple[int, int, list[str]]:
    """How many of these were drawn and how many taken, and what came out."""
    with keeping(folder) as kept:
        made = [draw(*arguments) for arguments in drawn]
    return kept.drawn, kept.taken, made


ONE, TWO = ([1.0, 2.0], "one", "a label"), ([3.0, 1.0], "two", "a label")


def test_the_same_drawing_is_taken_and_is_the_same(tmp_path: Path) -> None:
    plainly = [draw(*ONE), draw(*TWO)]
    assert counted(tmp_path, ONE, TWO) == (2, 0, plainly)
    assert counted(tmp_path, ONE, TWO) == (0, 2, plainly)


@pytest.mark.parametrize(
    "changed", [([1.0, 2.1], "one", "a label"), ([1.0, 2.0], "other", "a label"), ([1.0, 2.0], "one", "another label")]
)
def test_a_changed_number_name_or_label_is_drawn_again(tmp_path: Path, changed: tuple[list[float], str, str]) -> None:
    counted(tmp_path, ONE)
    drawn, taken, (made,) = counted(tmp_path, changed)
    assert (drawn, taken) == (1, 0)
    assert made == draw(*changed)


def test_other_code_draws_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted(tmp_path, ONE)
    monkeypatch.setattr(kept_drawings, "_code", lambda: "another")
    assert counted(tmp_path, ONE)[:2] == (1, 0)


def test_what_a_report_does_not_show_any_more_is_not_kept(tmp_path: Path) -> None:
    counted(tmp_path, ONE, TWO)
    counted(tmp_path, TWO)
    assert len(json.loads((tmp_path / FILE).read_text())) == 1
    assert counted(tmp_path, ONE, TWO)[:2] == (1, 1)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"a": 1}', "\xff"])
def test_a_damaged_file_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content, encoding="latin-1")
    assert counted(tmp_path, ONE)[:2] == (1, 0)
    assert counted(tmp_path, ONE)[:2] == (0, 1)


def test_what_cannot_be_compared_is_drawn_and_not_kept(tmp_path: Path) -> None:
    class Points:
        def __iter__(self):  # type: ignore[no-untyped-def]
            return iter([1.0, 2.0])

    points = Points()

    def paint(axes: object) -> None:
        axes.plot(list(points))  # type: ignore[attr-defined]

    with keeping(tmp_path) as kept:
        assert "<svg" in drawing.draw("one", "a label", paint)
    assert (kept.drawn, kept.taken) == (0, 0)


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept_drawings.files, "write_json", refuse)
    assert counted(tmp_path, ONE)[:2] == (1, 0)
    assert not (tmp_path / FILE).exists()


def test_a_report_is_the_same_with_kept_drawings_and_with_new_ones(tmp_path: Path) -> None:
    for record in plant.parsing():
        write(tmp_path / "runs", record)
    for out in ("once", "twice", "twice"):
        build([tmp_path / "runs"], tmp_path / out)
    pages = {out: (tmp_path / out / "index.html").read_bytes() for out in ("once", "twice")}
    assert pages["once"] == pages["twice"]
    assert (tmp_path / "twice" / FILE).is_file()
