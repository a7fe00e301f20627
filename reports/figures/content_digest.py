"""A digest of everything that a drawing depends on: equal for equal content, in any process and at any time."""

import dataclasses
import functools
import hashlib
import marshal
import math
import types
from collections.abc import Mapping, Sequence, Set
from pathlib import PurePath
from typing import Any

import numpy as np

from repro.ledger.records.record import Record

MOST_DEPTH = 50
"""The deepest nesting that is followed; anything deeper may contain itself."""


class NoDigest(TypeError):
    """Content that cannot be compared with earlier content, such as an open file."""


Known = dict[int, tuple[Record, bytes]]
"""A record's `id()` -> the record and its digest. Records are large, and many drawings show the same ones."""


def content_digest(*values: Any, known: Known | None = None) -> str:
    """The hexadecimal SHA-256 of plain data, dataclasses, arrays, and functions with the values that they refer to.

    A function counts by its name, its code, its default values and the values in its closure. The functions that it
    calls do not count: the caller must add a digest of their code.

    Args:
        values: the content.
        known: digests of records; new ones are added.

    Raises:
        NoDigest: a value is of another kind, such as an open file.
    """
    digest = hashlib.sha256()
    _feed(digest, values, 0, {} if known is None else known)
    return digest.hexdigest()


def _feed(digest: Any, value: Any, depth: int, known: Known) -> None:
    """Add a value's kind, its length and its content, so that different contents never give the same bytes."""
    if depth > MOST_DEPTH:
        raise NoDigest("it is nested too deep")
    simple = _of_record(value, known) if isinstance(value, Record) else _simple(value)
    if simple is not None:
        digest.update(f"{type(value).__qualname__} {len(simple)} ".encode() + simple)
        return
    parts = _parts(value)
    digest.update(f"{type(value).__module__}.{type(value).__qualname__} {len(parts)} ".encode())
    for part in parts:
        _feed(digest, part, depth + 1, known)


def _of_record(record: Record, known: Known) -> bytes:
    """The digest of a record, whose fields are plain JSON data."""
    if id(record) not in known:
        try:
            content = marshal.dumps(vars(record), 2)  # later versions depend on which objects are shared
        except ValueError as error:
            raise NoDigest(f"a record holds what no JSON file could ({error})") from error
        known[id(record)] = record, hashlib.sha256(content).digest()
    return known[id(record)][1]


def _simple(value: Any) -> bytes | None:
    """The bytes of a value without parts; None if it has parts."""
    if value is None or isinstance(value, bool | int):
        return repr(value).encode()
    if isinstance(value, float):
        return (repr(value) if math.isfinite(value) else str(value)).encode()
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, PurePath):
        return str(value).encode("utf-8", "surrogateescape")
    if isinstance(value, bytes):
        return value
    if isinstance(value, np.ndarray | np.generic) and value.dtype != object:
        return f"{value.dtype.str} {value.shape} ".encode() + np.ascontiguousarray(value).tobytes()
    if isinstance(value, type | types.ModuleType | types.BuiltinFunctionType):
        return f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', value.__name__)}".encode()
    return None


def _parts(value: Any) -> list[Any]:
    """The parts of a value, in a fixed order."""
    if isinstance(value, Mapping):
        return [part for item in value.items() for part in item]
    if isinstance(value, Set):
        return sorted(content_digest(member) for member in value)
    if isinstance(value, Sequence):
        return list(value)
    if dataclasses.is_dataclass(value):
        return [getattr(value, field.name) for field in dataclasses.fields(value)]
    if isinstance(value, functools.partial):
        return [value.func, value.args, value.keywords]
    if isinstance(value, types.MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, types.FunctionType):
        code = value.__code__
        name = [value.__module__, value.__qualname__, code.co_firstlineno, code.co_code]
        return [*name, value.__defaults__, value.__kwdefaults__, *_around(value)]
    raise NoDigest(f"a {type(value).__qualname__} has no content to compare")


def _around(function: types.FunctionType) -> list[Any]:
    """The values in a function's closure."""
    try:
        return [cell.cell_contents for cell in function.__closure__ or ()]
    except ValueError as error:  # of a name that is not set yet
        raise NoDigest(f"{function.__qualname__} refers to a name without a value") from error
