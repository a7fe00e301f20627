"""Attributes of a package that are imported on first use (PEP 562), so that importing the package is quick."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def lazy_attributes(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` for a package's `__init__`.

    Args:
        package: its name, for the message.
        homes: attribute -> the module that has it.
    """

    def attribute(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(homes[name]), name)

    return attribute
