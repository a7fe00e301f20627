"""Support for a library older than Python 3.11, which refuses an unhashable dataclass as another one's default."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def hashable_dataclasses(package: str) -> Iterator[None]:
    """Give the dataclasses of a package hashes while it is imported; those of what it imports stay as they are.

    Python takes a default without a hash for one that might change, and be shared. Before 3.11 it refused lists, sets
    and dictionaries alone.
    """
    make: Callable[..., Any] = dataclasses.dataclass

    def make_hashable(cls: type | None = None, /, **options: Any) -> Any:
        if cls is None:
            return lambda decorated: make_hashable(decorated, **options)
        if cls.__module__.startswith(f"{package}."):
            options["unsafe_hash"] = True
        return make(cls, **options)

    dataclasses.dataclass = make_hashable
    try:
        yield
    finally:
        dataclasses.dataclass = make
