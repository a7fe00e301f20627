"""Rows of text as a table with columns of equal width."""

from collections.abc import Sequence


def table(rows: Sequence[Sequence[str]]) -> str:
    """One line a row, two spaces between columns; the first row may hold the headings."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
