"""Whole numbers, and seeds, on the command line, for argparse's `type`."""

import argparse
import math
import re
from collections import Counter
from collections.abc import Callable

from repro.ledger.grids.grid import MOST_SEEDS


def positive(text: str) -> int:
    """A whole number of at least 1."""
    return _at_least(1, text)


def natural(text: str) -> int:
    """A whole number of at least 0."""
    return _at_least(0, text)


def between(least: int, most: int) -> Callable[[str], int]:
    """The type of a whole number that must lie between two, both included."""

    def whole(text: str) -> int:
        value = _at_least(least, text)
        if value > most:
            raise argparse.ArgumentTypeError(f"{text} is too large; give at most {most:,}")
        return value

    return whole


def _at_least(least: int, text: str) -> int:
    if re.fullmatch(r"[+-]?0\d+", text):
        raise argparse.ArgumentTypeError(f"{text} may be read as octal; write it without a leading 0")
    if not re.fullmatch(r"[+-]?\d+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    if int(text) < least:
        raise argparse.ArgumentTypeError(f"{text} is too small; give at least {least}")
    return int(text)


def minutes(text: str) -> float:
    """A number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of minutes above 0")
    return value


def seeds(text: str) -> list[int]:
    """How many, such as 5, or which, such as 1,2,7 or 6-10."""
    if re.search(r"\b0\d", text):
        raise argparse.ArgumentTypeError(f"{text} has a number that may be read as octal; write it without a leading 0")
    spans = [_span(f"1-{text.strip()}")] if text.strip().isdecimal() else [_span(part) for part in text.split(",")]
    if sum(last - first + 1 for first, last in spans) > MOST_SEEDS:
        raise argparse.ArgumentTypeError(f"{text!r} gives more than {MOST_SEEDS:,} seeds; give fewer")
    if not spans or any(last < first for first, last in spans):
        raise argparse.ArgumentTypeError(f"{text!r} must be how many seeds, such as 5, or which, such as 1,2,7 or 6-10")
    chosen = [seed for first, last in spans for seed in range(first, last + 1)]
    twice = next((seed for seed, count in Counter(chosen).items() if count > 1), None)
    if twice is not None:
        raise argparse.ArgumentTypeError(f"{text!r} names the seed {twice} more than once; name each once")
    return chosen


def _span(text: str) -> tuple[int, int]:
    """First and last of "7" or "6-10"; an empty span, whose last comes before the first, of anything else."""
    first, dash, last = text.strip().partition("-")
    if not first.isdecimal() or (dash and not last.isdecimal()):
        return 0, -1
    return int(first), max(int(last or first), int(first) - 1)
