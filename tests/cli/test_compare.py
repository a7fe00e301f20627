"""`repro compare` as a user calls it: what is printed, what is written, what is refused."""

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from repro.cli import compare  # noqa: F401 - the command under test
from tests.comparison.runs import REFERENCES, write_run


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path / "one" / "attempt-1", hypotheses=REFERENCES, metrics={})
    write_run(tmp_path / "two" / "attempt-1", hypotheses=REFERENCES[::-1], metrics={})
    (tmp_path / "right").write_text("".join(f"{line}\n" for line in REFERENCES))
    return tmp_path


def test_compare_prints_and_writes_a_page_and_pictures(repro, runs: Path) -> None:
    told = ("one", "two", "--references", "right", "--trials", 20)
    for out, begins in (("c.html", b"<!doctype html>"), ("c.svg", b"<?xml"), ("c.png", b"\x89PNG")):
        said = repro("compare", *told, "--out", out)
        assert said.status == 0, said.err
        assert "sentences of test" in said.out
        assert "baseline" in said.out
        assert (runs / out).read_bytes().startswith(begins)
    page = (runs / "c.html").read_text()
    assert "sentences of test" in page
    said = repro("compare", *told, "--format", "csv")
    assert said.out.startswith("run,grid,row,")
    assert "sentences of test" in said.err


def test_translations_beside_a_record_are_those_that_it_scored(
    repro, finished: Path, tmp_path: Path, monkeypatch
) -> None:
    """Line by line of the split, as documented: scored against the prepared text they give the record's scores."""
    monkeypatch.chdir(finished)
    shutil.copytree("run", tmp_path / "copy")
    said = repro("compare", "run", tmp_path / "copy", "--trials", 20, "--format", "csv")
    assert said.status == 0, said.err
    assert "The configurations are the same." in said.err
    assert "sentences of test" in said.err
    rows = {tuple(row[:2]): row[2:] for row in csv.reader(io.StringIO(said.out)) if row}
    metrics = json.loads((finished / "run" / "attempt-1" / "record.json").read_text())["metrics"]
    for name in ("bleu", "chrf", "exact_match"):
        value = metrics[f"test.{name}"]["value"]
        assert rows[name, "A"][0] == rows[name, "B"][0] == f"{value:.2f}"
        at_floor = value < 0.1 if name == "bleu" else name == "exact_match" and value == 0
        assert rows[name, "B"][-2:] == ["+0.00", "both at the floor" if at_floor else "1.0000"]
    (store,) = (finished / "prepared").glob("builtin-copy-*")
    translations = (finished / "run" / "attempt-1" / "hypotheses.test.txt").read_bytes()
    assert translations.endswith(b"\n")
    assert translations.count(b"\n") == (store / "test.source.txt").read_bytes().count(b"\n")


def test_what_compare_refuses_in_one_sentence(repro, runs: Path) -> None:
    for words, expected in {
        ("one",): "give 2 to 8 runs to compare, not 1",
        ("one", "three"): "three does not exist; give the folder of a run, or its record.json",
        (".", "one"): ". holds several runs, such as one and two; name one of them",
        (
            "one",
            "two",
            "--out",
            "c.pdf",
        ): "--out c.pdf is neither a page nor a picture; end its name in .html, .svg, .png",
        (
            "one",
            "two",
            "--out",
            "one/attempt-1/record.json/c.svg",
        ): "--out one/attempt-1/record.json/c.svg cannot be written: one/attempt-1/record.json is a file; name another",
        ("one", "two", "--references", "gone"): "gone",
        ("one", "two", "--trials", "0"): "0 is too small; give at least 1",
        ("one", "two", "--seed", "0"): "0 is too small; give at least 1",
    }.items():
        said = repro("compare", *words)
        assert (said.status, said.out) == (2, ""), words
        assert expected in said.err
        assert said.err.count("\n") == 1
    for name in ("one", "two"):
        (runs / name / "attempt-1" / "metrics.csv").unlink()
    said = repro("compare", "one", "two", "--out", "c.svg")
    assert "none of these runs has a learning curve (metrics.csv); leave it out" in said.err
    assert not (runs / "c.svg").exists()
