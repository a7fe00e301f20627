"""What a cell calls, as "module:name": a function that returns an `Outcome`; and what stands beside it."""

import importlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from repro.errors import BadInput
from repro.outcome import Outcome

Called = Callable[[dict[str, Any], Path], Outcome]

WRONG_KIND = (AttributeError, LookupError, TypeError, ValueError, re.error)
"""What a value of another kind than is expected lets fail."""


def called_function(named: str) -> Called:
    """The function of that name.

    Raises:
        BadInput: there is none, or it does not say that it returns an `Outcome`.
    """
    module, _, name = named.partition(":")
    try:
        function: Called = getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as error:  # a module may fail in any way when it is imported
        said = str(error) if isinstance(error, ImportError | AttributeError) else f"{type(error).__name__}: {error}"
        remedy = "give one as module:name"
        if name and isinstance(error, ModuleNotFoundError) and error.name and module.startswith(error.name):
            remedy = f"put the folder that holds {error.name.partition('.')[0]} into PYTHONPATH"
        raise BadInput(f"function {named!r} cannot be called ({said}); {remedy}") from error
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
    """`<kind>_<name>` beside the function `<name>`; None where there is none, or no such module.

    Raises:
        BadInput: the module is there, but cannot be imported.
    """
    module, _, name = named.partition(":")
    try:
        return getattr(importlib.import_module(module), f"{kind}_{name}", None)
    except (ImportError, TypeError, ValueError):
        return None
    except (Exception, SystemExit) as error:
        raise BadInput(
            f"the module {module} cannot be imported ({type(error).__name__}: {error}); correct it"
        ) from error


def asked(named: str, kind: str, config: Mapping[str, Any]) -> Any:
    """What `<kind>_<name>` beside the function `<name>` says of a configuration; None where there is none.

    What it yields one by one is a list.

    Raises:
        BadInput: it refuses the configuration, or a value is of a kind that it cannot look at.
    """
    look = beside(named, kind)
    if look is None:
        return None
    try:
        said = look(config)
        return list(said) if isinstance(said, Iterator) else said
    except WRONG_KIND as error:
        raise BadInput(
            f"{named} cannot use a value of its configuration ({type(error).__name__}: {error}); "
            "check what kind each value must have"
        ) from error
