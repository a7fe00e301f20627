"""What a cell calls, as "module:name": a function that returns an `Outcome`; and what stands beside it."""

import importlib
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from repro.errors import BadInput
from repro.outcome import Outcome

Called = Callable[[dict[str, Any], Path], Outcome]


def called_function(named: str) -> Called:
    """The function of that name.

    Raises:
        BadInput: there is none, or it does not say that it returns an `Outcome`.
    """
    module, _, name = named.partition(":")
    try:
        function: Called = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise BadInput(f"function {named!r} cannot be called ({error}); give one as module:name") from error
    if not _returns_outcome(function):
        raise BadInput(f"function {named!r} is not declared to return an Outcome; give one that is, as module:name")
    return function


def _returns_outcome(function: object) -> bool:
    """By its annotation, since a file that names some other function must not have it called."""
    try:
        returned = inspect.signature(function).return_annotation  # type: ignore[arg-type]
    except (TypeError, ValueError):  # no function, or one that says nothing of itself
        return False
    return returned is Outcome or (isinstance(returned, str) and returned.rpartition(".")[2] == Outcome.__name__)


@cache
def beside(named: str, kind: str) -> Any:
    """`<kind>_<name>` beside the function `<name>`; None where there is none, or no such module."""
    module, _, name = named.partition(":")
    try:
        return getattr(importlib.import_module(module), f"{kind}_{name}", None)
    except (ImportError, TypeError, ValueError):
        return None
