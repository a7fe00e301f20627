"""Columns of equal width, aligned as asked."""

import pytest

from repro.table import table


def test_columns_are_as_wide_as_their_widest_cell():
    assert table([["a", "bb", "c"], ["ddd", "e", ""]]) == "a    bb  c\nddd  e"


def test_columns_may_be_aligned_right():
    assert table([["name", "value"], ["x", "1.00"], ["long", "10.00"]], "<>") == (
        "name  value\nx      1.00\nlong  10.00"
    )


def test_rows_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        table([["a", "b"], ["c"]])
