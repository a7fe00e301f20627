"""Numbers and seeds on a command line: what is taken, and what is refused in which words."""

from argparse import ArgumentTypeError

import pytest

from repro.console.numbers import between, minutes, natural, positive, seeds
from repro.ledger.grids.grid import seeds_text


def test_whole_numbers_have_a_least_value() -> None:
    assert (natural("0"), positive("1"), natural("+12")) == (0, 1, 12)
    for read, text, said in (
        (positive, "0", "give at least 1"),
        (natural, "-1", "give at least 0"),
        (natural, "1.5", "is not a whole number"),
        (natural, "", "is not a whole number"),
        (natural, "010", "may be read as octal"),
        (natural, "-07", "may be read as octal"),
    ):
        with pytest.raises(ArgumentTypeError, match=said):
            read(text)


def test_a_number_may_have_a_greatest_value() -> None:
    assert (between(0, 5)("0"), between(0, 5)("5")) == (0, 5)
    for text, said in (("6", "6 is too large; give at most 5"), ("-1", "give at least 0"), ("x", "not a whole number")):
        with pytest.raises(ArgumentTypeError, match=said):
            between(0, 5)(text)


@pytest.mark.parametrize("text", ["1000000000", "1-1000000000", "1-6000,1-6000"])
def test_more_seeds_than_anybody_means_are_refused_at_once(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="gives more than 10,000 seeds; give fewer"):
        seeds(text)
    assert len(seeds("10000")) == 10_000


def test_minutes_may_be_fractions_above_0() -> None:
    assert minutes("1.5") == 1.5
    for text in ("0", "-1", "nan", "inf", "soon"):
        with pytest.raises(ArgumentTypeError, match="not a number of minutes above 0"):
            minutes(text)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [("5", [1, 2, 3, 4, 5]), ("1,2,7", [1, 2, 7]), ("6-8", [6, 7, 8]), ("7-7", [7]), ("1-2,9", [1, 2, 9])],
)
def test_seeds_are_how_many_or_which(text: str, chosen: list[int]) -> None:
    assert seeds(text) == chosen
    assert seeds(seeds_text(chosen)) == chosen, "as a command beside a record names them"


@pytest.mark.parametrize("text", ["", "0", "a", "3-1", "1,,2", "-3", "1-2-3"])
def test_what_names_no_seeds(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="must be how many"):
        seeds(text)


@pytest.mark.parametrize(("text", "seed"), [("1,1", 1), ("3,1-5", 3), ("6-8,8-9", 8)])
def test_a_seed_that_is_named_twice_is_refused(text: str, seed: int) -> None:
    with pytest.raises(ArgumentTypeError, match=f"'{text}' names the seed {seed} more than once; name each once"):
        seeds(text)
