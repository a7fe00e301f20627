"""Files of one labelled text a line, and AG News' quoted ones."""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from repro.data.text import lines
from repro.errors import BadInput


def labelled_texts(path: Path, classes: Sequence[str] | None = None, skip: int = 0) -> Iterator[tuple[int, str]]:
    """Labels and texts of a file; `skip` columns between them are left out. Classes are named where they are known."""
    for number, line in enumerate(lines(path), start=1):
        label, *rest = line.split("\t", 1 + skip)
        if not line.strip():
            raise BadInput(f"{path}, line {number}: is blank; remove it")
        if len(rest) != 1 + skip:
            raise BadInput(f"{path}, line {number}: has no tab; a line is a label, a tab and a text")
        if not re.fullmatch(r"[0-9]{1,4}", label):
            raise BadInput(f"{path}, line {number}: the label {label[:40]!r} is not a whole number from 0 to 9999")
        if classes is not None and int(label) >= len(classes):
            known = ", ".join(f"{place} for {name}" for place, name in enumerate(classes))
            raise BadInput(f"{path}, line {number}: the label {label} is not a known class; the classes are {known}")
        if not rest[-1].strip():
            raise BadInput(f"{path}, line {number}: the text is empty; leave the line out")
        yield int(label), rest[-1]


def described_texts(path: Path) -> Iterator[tuple[int, str]]:
    """Labels, 1 for business, and descriptions of AG News."""
    for number, row in _quoted_rows(path):
        if row and len(row) < 3:
            raise BadInput(f"{path}, line {number}: has too few columns; a line is a class, a title and a description")
        if row and row[0] in ("1", "3"):
            yield int(row[0] == "3"), row[2].replace("\\", " ")


def _quoted_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file, each with the number of its line."""
    rows = csv.reader(lines(path), strict=True)
    while True:
        begins = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            raise BadInput(f"{path}, line {begins}: is not quoted as CSV is ({error}); correct its quotes") from error
        if rows.line_num > begins:
            raise BadInput(f"{path}, line {begins}: a quote is not closed in this line; correct its quotes")
        yield begins, row
