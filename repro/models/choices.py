"""Options of a model that name one of several kinds, looked at before anything is built."""

from collections.abc import Mapping
from typing import Any, get_args

from repro.errors import BadInput


def refuse_unknown_kinds(options: Mapping[str, tuple[Any, Any]]) -> None:
    """Look at options from Python, which no command line has looked at.

    Args:
        options: name -> what was given, and the `Literal` of what may be.

    Raises:
        BadInput: the first that is none of its kinds.
    """
    for name, (given, known) in options.items():
        if given not in get_args(known):
            raise BadInput(f"{name} is {given!r}; it must be one of {', '.join(get_args(known))}")
