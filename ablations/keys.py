"""What may stand under the keys of a cell's configuration: each says in one sentence what is wrong. Needs no torch."""

import math
from collections.abc import Collection, Mapping
from typing import Any

from repro.errors import BadInput, hint


def just(config: Mapping[str, Any], known: Collection[str], module: str) -> None:
    """These keys and no others; `module` is the file that explains them.

    Raises:
        BadInput: as all of these.
    """
    for key in config:
        if key not in known:
            raise BadInput(f"{key} is no key of this experiment; {hint(key, known)}")
    for key in sorted(known):
        if key not in config:
            raise BadInput(f"{key} is missing; {module} says what it is")


def among(key: str, value: Any, known: Collection[str]) -> None:
    """One of these names."""
    if not isinstance(value, str) or value not in known:
        raise BadInput(f"{key} names {value!r}, which is unknown; {hint(str(value), known)}")


def some(key: str, values: Any, known: Collection[str]) -> None:
    """A list of at least one of these names, each once."""
    if not isinstance(values, list) or not values:
        raise BadInput(f"{key} is {values!r}; it must be a list of some of {', '.join(known)}")
    for value in values:
        among(key, value, known)
    if len(set(values)) < len(values):
        raise BadInput(f"{key} names {', '.join(values)}; name each once")


def whole(key: str, value: Any, least: int = 1) -> None:
    """A whole number."""
    if type(value) is not int or value < least:
        raise BadInput(f"{key} is {value!r}; it must be a whole number of at least {least}")


def number(key: str, value: Any, above: float | None = None, below: float = math.inf) -> None:
    """A number above `above`, or else of at least 0, and below `below`."""
    within = isinstance(value, int | float) and not isinstance(value, bool) and value < below
    if not within or (value < 0 if above is None else value <= above):
        low = "of at least 0" if above is None else f"above {above:g}"
        high = "" if below == math.inf else f" and below {below:g}"
        raise BadInput(f"{key} is {value!r}; it must be a number {low}{high}")
