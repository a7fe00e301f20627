"""Rows of text as a table with columns of equal width."""

from collections.abc import Sequence

from repro.streams import in_one_line


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
