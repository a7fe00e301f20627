"""Tables: rows of text for a terminal, and the same as CSV, Markdown or LaTeX, in which no text acts as a command."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from repro.streams import for_a_spreadsheet, in_one_line

Format = Literal["text", "csv", "markdown", "latex"]
FORMATS: tuple[Format, ...] = get_args(Format)

SIGNED = re.compile(r"[+-]\d[\d,]*(\.\d+)?(e[+-]?\d+)?")
NUMBER = r"[+-]?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?"
PLAIN = re.compile(rf"{NUMBER}%?")
"""A number, which no spreadsheet takes for a formula."""
INTERVAL = re.compile(rf"({NUMBER})(?: to | )({NUMBER})")
"""Two ends in one cell."""
NONE = "-"
"""The sign for a missing value."""


@dataclass(frozen=True)
class Table:
    """Rows of one length, whose first may hold the headings.

    Attributes:
        rows: text, which may be untrusted.
        directions: for each column `<` (left) or `>` (right); all left, if none are given.
    """

    rows: Sequence[Sequence[str]]
    directions: str = ""

    def __post_init__(self) -> None:
        if len({len(row) for row in self.rows}) > 1:
            raise ValueError(f"rows have {sorted({len(row) for row in self.rows})} cells; they must have equally many")

    @property
    def sides(self) -> str:
        """The direction of every column."""
        return self.directions or "<" * len(self.rows[0])


Part = Table | str
"""A part of a command's output: a table, or sentences."""


def table(rows: Sequence[Sequence[str]], directions: str = "") -> str:
    """One line a row, two spaces between columns; the first row may hold the headings.

    Args:
        rows: all of one length; control characters in them are shown, not printed.
        directions: for each column `<` (left) or `>` (right); all left, if none are given.
    """
    rows = [[in_one_line(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    sides = directions or "<" * len(widths)
    return "\n".join(
        "  ".join(f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True)).rstrip()
        for row in rows
    )


def formatted(parts: Sequence[Part], format: Format) -> str:
    """Tables and the sentences between them; in CSV, which has no place for sentences, the tables alone.

    Args:
        parts: in order; an empty line stands between two.
        format: sentences are paragraphs in Markdown, and comments in LaTeX.
    """
    of_table, of_text = WRITERS[format]
    written = [of_table(part) if isinstance(part, Table) else of_text(part) for part in parts]
    return "\n\n".join(part for part in written if part)


# ---- CSV


def _csv(content: Table) -> str:
    """RFC 4180, but for line ends; no text is a formula of a spreadsheet, and an interval is two columns of numbers."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    for row in _with_ends_apart(content.rows):
        cells = map(in_one_line, row)
        writer.writerow([it if it == NONE or PLAIN.fullmatch(it) else for_a_spreadsheet(it) for it in cells])
    return file.getvalue().rstrip("\n")


def _with_ends_apart(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The rows with a column of intervals as two: the low ends and the high ones."""
    head, *body = rows
    apart = {
        place
        for place, column in enumerate(zip(*body, strict=True))
        if any(map(INTERVAL.fullmatch, column)) and all(it in ("", NONE) or INTERVAL.fullmatch(it) for it in column)
    }
    ends = [f"{name} {end}" for name in head for end in ("low", "high")]
    heads = [ends[2 * place : 2 * place + 2] if place in apart else [name] for place, name in enumerate(head)]
    return [
        [cell for cells in heads for cell in cells],
        *([end for at, it in enumerate(row) for end in (_ends(it) if at in apart else [it])] for row in body),
    ]


def _ends(cell: str) -> list[str]:
    found = INTERVAL.fullmatch(cell)
    return [cell, cell] if found is None else [end.replace(",", "") for end in found.groups()]


# ---- Markdown


def _markdown(content: Table) -> str:
    """A table as GitHub's Markdown has it; its first row becomes the headings."""
    head, *body = ([_in_markdown(in_one_line(cell)) for cell in row] for row in content.rows)
    rule = ["---:" if side == ">" else "---" for side in content.sides]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *body))


def _markdown_text(text: str) -> str:
    """Paragraphs whose lines stay lines."""
    return "\n\n".join("  \n".join(map(_markdown_line, it.split("\n"))) for it in text.split("\n\n"))


def _markdown_line(line: str) -> str:
    """A line that begins no heading, list or rule."""
    marked = re.sub(r"^(?=[#+=-])", r"\\", _in_markdown(in_one_line(line)))
    indent = "&nbsp;" * (len(line) - len(line.lstrip(" ")))
    return indent + re.sub(r"^(\d+)(?=[.)])", r"\1\\", marked)


def _in_markdown(text: str) -> str:
    """Text as it stands: no mark of Markdown or HTML in it means anything."""
    return re.sub(r"([\\`*_{}\[\]<>|~&$])", r"\\\1", text.strip())


# ---- LaTeX

LATEX: Mapping[str, str] = {
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    "[": "{[}",  # a row that begins so would be taken for an argument of the \\ before it
    "*": "{*}",
}


def _latex(content: Table) -> str:
    """A `tabular` whose first row is its head, for LaTeX in UTF-8 with `textcomp`'s signs, as all since 2020."""
    columns = "".join("r" if side == ">" else "l" for side in content.sides)
    head, *body = (f"{' & '.join(_in_latex(in_one_line(cell)) for cell in row)} \\\\" for row in content.rows)
    return "\n".join(
        [f"\\begin{{tabular}}{{{columns}}}", "\\hline", head, "\\hline", *body, "\\hline", "\\end{tabular}"]
    )


def _latex_text(text: str) -> str:
    return "\n".join(f"% {in_one_line(line)}".rstrip() for line in text.split("\n"))


def _in_latex(text: str) -> str:
    """Text as it stands; numbers with their signs as formulas, so that minus is not a hyphen."""
    if all(map(SIGNED.fullmatch, text.split(" "))):
        return " ".join(f"${number.replace(',', '{,}')}$" for number in text.split(" "))
    signs = "".join(LATEX.get(letter, letter) for letter in text)
    return re.sub(r"-(?=-)", "-{}", signs)


WRITERS: Mapping[Format, tuple[Callable[[Table], str], Callable[[str], str]]] = {
    "text": (lambda content: table(content.rows, content.directions), lambda text: text),
    "csv": (_csv, lambda text: ""),
    "markdown": (_markdown, _markdown_text),
    "latex": (_latex, _latex_text),
}
