"""A table for Python programs: a list of dictionaries that also shows itself, and becomes a pandas DataFrame."""

from collections.abc import Iterable
from html import escape
from typing import Any

from repro.errors import BadInput
from repro.table import table

LONGEST = 60
"""Characters of a text that are shown; the row itself has all of it."""
Row = dict[str, Any]


class Table(list[Row]):
    """Rows that all have the same keys, in the same order.

    It is a list, so that loops, `len` and slices work, and `pandas.DataFrame(table)` does. Printed, and in a notebook,
    it leaves out columns that hold lists or mappings.
    """

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        super().__init__(rows)

    @property
    def columns(self) -> list[str]:
        """The keys of its rows; none of a table without rows."""
        return list(self[0]) if self else []

    def to_pandas(self) -> Any:
        """The same as a `pandas.DataFrame`.

        Raises:
            BadInput: pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise BadInput("pandas is not installed; install it, or use the table as a list of dictionaries") from error
        return pandas.DataFrame(list(self), columns=self.columns)

    def __str__(self) -> str:
        return table(self._shown()) if self else "no rows"

    def _repr_html_(self) -> str:
        if not self:
            return "no rows"
        heads, *rows = [[escape(cell) for cell in row] for row in self._shown()]
        lines = ["<tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr>"]
        lines += ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
        return f"<table>{''.join(lines)}</table>"

    def _shown(self) -> list[list[str]]:
        """The heads and all rows as text, without columns that no cell of a table can show."""
        flat = [name for name in self.columns if not any(isinstance(row[name], list | tuple | dict) for row in self)]
        return [flat, *([_text(row[name]) for name in flat] for row in self)]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
