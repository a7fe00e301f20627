"""Attributes of a package that are imported when they are first asked for (PEP 562), so that the package is quick."""

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def lazy_attributes(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """What a package's `__init__` takes as its `__getattr__`.

    Args:
        package: its name, for the message.
        homes: attribute -> the module that has it.
    """

    def attribute(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(homes[name]), name)

    return attribute
