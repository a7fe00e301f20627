"""Reads a configuration from plain data into a dataclass; errors are one sentence.

A field's type defines what its key accepts: text, a number, a `Literal`, a tuple for a list, or `None`. `Annotated`
adds limits to a type, as functions of the key and the value, and a key that differs from the field's name.
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from repro.errors import BadInput, hint

T = TypeVar("T")
Limit = Callable[[str, Any], None]
"""Raises BadInput if the value may not stand under the key."""


@dataclass(frozen=True)
class Key:
    """The key of a field whose name is another word."""

    name: str


@dataclass(frozen=True)
class Whole:
    """A whole number of at least `least`."""

    least: int = 1

    def __call__(self, key: str, value: Any) -> None:
        if type(value) is not int or value < self.least:
            raise BadInput(f"{key} is {value!r}; it must be a whole number of at least {self.least}")


@dataclass(frozen=True)
class Number:
    """A number above `above`, or else of at least 0, and below `below`."""

    above: float | None = None
    below: float = math.inf

    def __call__(self, key: str, value: Any) -> None:
        within = isinstance(value, int | float) and not isinstance(value, bool) and value < self.below
        if not within or (value < 0 if self.above is None else value <= self.above):
            low = "of at least 0" if self.above is None else f"above {self.above:g}"
            high = "" if self.below == math.inf else f" and below {self.below:g}"
            raise BadInput(f"{key} is {value!r}; it must be a number {low}{high}")


@dataclass(frozen=True)
class OneOf:
    """One of these names."""

    names: Collection[str]

    def __call__(self, key: str, value: Any) -> None:
        if not isinstance(value, str) or value not in self.names:
            raise BadInput(f"{key} is {value!r}, which is unknown; {hint(str(value), self.names)}")


@dataclass(frozen=True)
class SomeOf:
    """A list of at least one of these names, each once."""

    names: Collection[str]

    def __call__(self, key: str, value: Any) -> None:
        if not isinstance(value, list) or not value:
            raise BadInput(f"{key} is {value!r}; it must be a list of some of {', '.join(self.names)}")
        for name in value:
            OneOf(self.names)(key, name)
        if len(set(value)) < len(value):
            raise BadInput(f"{key} names {', '.join(value)}; list each once")


Count = Annotated[int, Whole()]
Natural = Annotated[int, Whole(0)]
Positive = Annotated[float, Number(above=0)]
NotNegative = Annotated[float, Number()]


def from_mapping(cls: type[T], config: Mapping[str, Any]) -> T:
    """The dataclass that a mapping of its keys describes; lists become tuples.

    Raises:
        BadInput: a key is unknown or missing, or a value is one that its field does not accept. One sentence.
    """
    types = get_type_hints(cls, include_extras=True)
    keys: dict[str, Field[Any]] = {_key(field, types): field for field in fields(cls)}  # type: ignore[arg-type]
    for key in config:
        if key not in keys:
            raise BadInput(f"{key} is not a key of this experiment; {hint(key, set(keys))}")
    for key in sorted(keys):
        if key not in config and keys[key].default is MISSING:
            raise BadInput(f"{key} is missing; {cls.__module__.replace('.', '/')}.py describes it")
    given = {key: field for key, field in keys.items() if key in config}
    return cls(**{field.name: _value(key, config[key], types[field.name]) for key, field in given.items()})


def _key(field: "Field[Any]", types: Mapping[str, Any]) -> str:
    extras = get_args(types[field.name])[1:] if get_origin(types[field.name]) is Annotated else ()
    return next((extra.name for extra in extras if isinstance(extra, Key)), field.name)


def _value(key: str, value: Any, kind: Any) -> Any:
    """The value as a field of this type has it."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        for extra in arguments[1:]:
            if not isinstance(extra, Key):
                extra(key, value)
        return _value(key, value, arguments[0])
    if origin in (Union, UnionType):
        others = [argument for argument in arguments if argument is not NoneType]
        if len(others) > 1:  # which of them it may be is for a limit to say
            return value
        return None if value is None else _value(key, value, others[0])
    if origin is Literal:
        OneOf(arguments)(key, value)
    if origin is tuple:
        if not isinstance(value, list):
            raise BadInput(f"{key} is {value!r}; it must be a list")
        return tuple(_value(key, item, arguments[0]) for item in value)
    return value
