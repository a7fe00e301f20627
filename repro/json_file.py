"""Reads JSON from disk: from a regular file, of bounded size and depth, without NaN, infinities and repeated keys."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from repro import regular_file

MOST_DEPTH = 100
"""Lists and mappings within each other; what this project writes has ten."""

MOST_INTEGER = int(sys.float_info.max)


class NotReadable(ValueError):
    """A file cannot be read as JSON; the message says why, without the file's name."""


def read_json(path: Path, most_bytes: int = regular_file.MOST_BYTES, most_depth: int = MOST_DEPTH) -> Any:
    """The content of a JSON file.

    Args:
        path: of the file.
        most_bytes: larger files are refused unread.
        most_depth: lists and mappings within each other.

    Raises:
        FileNotFoundError: nothing is there, or a dangling link.
        OSError: it cannot be read at the moment.
        NotReadable: it is not a regular file, or does not hold such JSON.
    """
    try:
        raw = regular_file.read_bytes(path, most_bytes)
    except regular_file.NotRegular as error:
        raise NotReadable(str(error)) from error
    return parsed(raw, most_depth)


def parsed(raw: bytes, most_depth: int = MOST_DEPTH) -> Any:
    """The content of JSON as bytes, with the limits of `read_json`.

    Raises:
        NotReadable: as `read_json`.
    """
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_once)
    except (RecursionError, MemoryError) as error:
        raise NotReadable("it is nested too deep or is too large") from error
    except ValueError as error:  # also of bytes that are no UTF-8, and of numbers of thousands of digits
        raise NotReadable(str(error)) from error
    _check(value, most_depth)
    return value


def is_number(value: Any, largest: float = sys.float_info.max) -> bool:
    """Whether a value is a number from minus to plus `largest`, which is finite."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -largest <= value <= largest


def _refuse(constant: str) -> NoReturn:
    raise NotReadable(f"{constant} is not a number")


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """A mapping of these keys and values; Python itself would take the last of two values under one key."""
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        raise NotReadable(f"{next(name for name in names if names.count(name) > 1)!r} occurs twice")
    return result


def _check(value: Any, most_depth: int) -> None:
    """Level by level, since what is nested deep must not be walked by recursion."""
    level = [value]
    for _ in range(most_depth + 1):
        below: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is dict:
                below += item.values()
            elif kind is list:
                below += item
            elif (kind is float and item - item != 0) or (kind is int and not -MOST_INTEGER < item < MOST_INTEGER):
                raise NotReadable("a number is beyond what floating point holds")
        if not below:
            return
        level = below
    raise NotReadable(f"it is nested deeper than {most_depth}")
