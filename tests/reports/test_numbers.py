"""Numbers to a few figures."""

import pytest

from reports.numbers import about, digits, percent


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456, "0.1235"),
        (-0.00012345, "-0.0001234"),
        (9999.4, "9,999"),
        (9999.5, "10,000"),
        (123456.7, "123,457"),
        (1e9, "1e+09"),
        (0.0, "0"),
    ],
)
def test_numbers_have_four_digits_but_are_whole_where_they_have_more(value: float, text: str) -> None:
    assert digits(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.996, "99.6%"),
        (0.99996, "99.996%"),
        (1.004, "100.4%"),
        (0.004, "0.4%"),
        (0.123, "12%"),
        (1.0, "100%"),
        (0.0, "0%"),
        (1 - 2**-53, "100%"),
    ],
)
def test_no_share_is_rounded_to_all_or_nothing(value: float, text: str) -> None:
    assert percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(146.0, "150"), (101.2, "100"), (1.46, "1.5"), (0.0146, "0.015"), (9.96, "10"), (12345.0, "12,000"), (0.0, "0")],
)
def test_two_figures_are_written_out(value: float, text: str) -> None:
    assert about(value) == text
