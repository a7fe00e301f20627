"""What a function refuses by the values of a row alone, asked when a grid is read and before anything is run."""

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

Limits = Callable[[Mapping[str, Any]], None]


def check_row(function: str, config: Mapping[str, Any]) -> None:
    """Ask `limits_<name>` beside the function `<name>`, where there is one and its module can be imported.

    Args:
        function: "module:name".
        config: of the row.

    Raises:
        BadInput: a value, or values together, that cannot be run.
    """
    limits = _limits(function)
    if limits is not None:
        limits(config)


@cache
def _limits(function: str) -> Limits | None:
    module, _, name = function.partition(":")
    try:
        limits: Limits | None = getattr(importlib.import_module(module), f"limits_{name}", None)
    except (ImportError, ValueError):
        return None
    return limits
