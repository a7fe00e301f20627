"""`--format` on a command line, and where sentences go."""

import argparse

import pytest

from repro.console.formats import add_format, say_parts
from repro.table import Table

PARTS = ["title", Table([["a", "b"], ["1", "x\x1b[2J"]])]


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str, str]:
    parser = argparse.ArgumentParser()
    add_format(parser)
    say_parts(PARTS, parser.parse_args(words).format)
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_text_is_the_default(capsys) -> None:
    assert said(capsys) == ("title\n\na  b\n1  x\\x1b[2J\n", "")


def test_csv_is_the_table_alone(capsys) -> None:
    assert said(capsys, "--format", "csv") == ("a,b\n1,x\\x1b[2J\n", "title\n")


def test_sentences_alone_leave_csv_empty(capsys) -> None:
    say_parts(["nothing yet"], "csv")
    assert tuple(capsys.readouterr()) == ("", "nothing yet\n")


def test_without_a_format_it_is_text(capsys) -> None:
    say_parts(PARTS)
    assert capsys.readouterr().out.startswith("title\n\na  b\n")
