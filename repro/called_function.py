"""The function that a cell calls, named as "module:name", which returns an `Outcome`; and its companion functions."""

import importlib
import inspect
import re
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from repro.errors import BadInput
from repro.outcome import Outcome

Called = Callable[[dict[str, Any], Path], Outcome]

WRONG_KIND = (AttributeError, LookupError, TypeError, ValueError, re.error)
"""Errors that a value of an unexpected kind causes."""


def called_function(named: str) -> Called:
    """The function of that name.

    Raises:
        BadInput: there is none, or it is not declared to return an `Outcome`.
    """
    module, _, name = named.partition(":")
    try:
        with _signals_held():
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


@contextmanager
def _signals_held() -> Iterator[None]:
    """Let signals that stop a program wait: an import that one interrupts may fail with any other error."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _returns_outcome(function: object) -> bool:
    """By its annotation: a function of another kind must not be called just because a file names it."""
    try:
        returned = inspect.signature(function).return_annotation  # type: ignore[arg-type]
    except (TypeError, ValueError):  # no function, or one without a signature
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
    """The answer of `<kind>_<name>`, beside the function `<name>`, for a configuration; None where there is none.

    The items of a generator are returned as a list.

    Raises:
        BadInput: it refuses the configuration, or cannot handle a value of an unexpected kind.
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
