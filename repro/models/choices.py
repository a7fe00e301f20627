"""Checks options of a model that name one of several kinds, before anything is built."""

from collections.abc import Mapping
from typing import Any, get_args

from repro.errors import BadInput


def refuse_unknown_kinds(options: Mapping[str, tuple[Any, Any]]) -> None:
    """Check options given in Python, which no command line has checked.

    Args:
        options: name -> what was given, and the `Literal` of what may be.

    Raises:
        BadInput: names the first option with an unknown kind.
    """
    for name, (given, known) in options.items():
        if given not in get_args(known):
            raise BadInput(f"{name} is {given!r}; it must be one of {', '.join(get_args(known))}")
