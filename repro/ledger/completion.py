"""What a function adds to a row's configuration when a grid is read: settings left out, and what files hold."""

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

Complete = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def completed(function: str, config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The configuration as `completed_<name>` beside the function `<name>` completes it; itself where there is none.

    The identity of a cell then holds what decides its result, whether or not the grid's file says it.

    Args:
        function: "module:name".
        config: of the row.

    Raises:
        BadInput: a value that cannot be completed.
    """
    complete = _completing(function)
    return config if complete is None else complete(config)


@cache
def _completing(function: str) -> Complete | None:
    module, _, name = function.partition(":")
    try:
        complete: Complete | None = getattr(importlib.import_module(module), f"completed_{name}", None)
    except (ImportError, ValueError):
        return None
    return complete
