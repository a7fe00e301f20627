"""A table is a list of rows; it shows what a cell can hold, and becomes a DataFrame where pandas is installed."""

import sys
import types
from typing import Any

import pytest

from repro.errors import BadInput
from repro.tidy_table import LONGEST, Table

ROWS: list[dict[str, Any]] = [
    {"row": "base", "value": 1 / 3, "p": None, "seeds": [1, 2]},
    {"row": "<b>", "value": 2, "p": 0.5, "seeds": []},
]


def test_it_is_a_list_of_its_rows() -> None:
    found = Table(ROWS)
    assert found == ROWS
    assert found.columns == ["row", "value", "p", "seeds"]
    assert Table().columns == []


def test_it_shows_numbers_in_four_digits_and_no_lists() -> None:
    assert str(Table(ROWS)).split("\n") == ["row   value   p", "base  0.3333", "<b>   2       0.5"]
    assert str(Table()) == Table()._repr_html_() == "no rows"
    assert "&lt;b&gt;" in Table(ROWS)._repr_html_()
    shown = str(Table([{"text": "x" * (LONGEST + 1)}])).split("\n")[1]
    assert shown == "x" * (LONGEST - 3) + "..."


def test_pandas_gets_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stub, since pandas need not be installed."""
    pandas: Any = types.ModuleType("pandas")
    pandas.DataFrame = lambda rows, columns: (rows, columns)
    monkeypatch.setitem(sys.modules, "pandas", pandas)
    assert Table(ROWS).to_pandas() == (ROWS, ["row", "value", "p", "seeds"])


def test_without_pandas_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(BadInput, match="pandas is not installed"):
        Table(ROWS).to_pandas()
