"""Parameters of a configuration by their short names, and their values where formulas give them."""

from collections.abc import Iterator, Mapping
from typing import Any

from repro import json_file
from repro.errors import hint
from repro.ledger.grids.expression import evaluate, is_expression
from repro.plain_yaml import plain_scalar

SHOWN = 100
"""Characters of a formula that a message repeats."""


def nested(key: str, value: Any) -> dict[str, Any]:
    """`a.b: value` as {"a": {"b": value}}."""
    for part in reversed(key.split(".")):
        value = {part: value}
    result: dict[str, Any] = value
    return result


def leaves(config: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """The full names of all values that are no mappings themselves."""
    for key, value in config.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping) and value:
            yield from leaves(value, f"{name}.")
        else:
            yield name


def value_at(config: Mapping[str, Any], key: str) -> Any:
    """The value of a full name.

    Raises:
        ValueError: a key on the way has a dot itself.
    """
    value: Any = config
    for part in key.split("."):
        if not isinstance(value, Mapping) or part not in value:
            raise ValueError(f"names {key!r}, which has a dot in a key and cannot be set by itself; set what holds it")
        value = value[part]
    return value


def full_name(config: Mapping[str, Any], name: str) -> str:
    """The full name of the one parameter that ends in `name`.

    Raises:
        ValueError: there is none, or there are several.
    """
    names = list(leaves(config))
    if name in names:
        return name
    ending = [key for key in names if key.endswith(f".{name}")]
    if len(ending) == 1:
        return ending[0]
    if ending:
        raise ValueError(f"names {name!r}, which could be any of {', '.join(ending)}; write it in full")
    known = {*names, *(key.rpartition(".")[2] for key in names)}
    meant = hint(name, known, "see the presets for all of them")
    raise ValueError(f"names {name!r}, which is not a parameter here; {meant}")


def number_at(config: Mapping[str, Any], name: str) -> float:
    """The number that a parameter is; d_k and d_v that are left to the model are d_model / h (section 3.2.2).

    Raises:
        ValueError: as `full_name`, or the value is no number.
    """
    value = value_at(config, full_name(config, name))
    if value is None and name in ("d_k", "d_v"):
        return number_at(config, "d_model") / number_at(config, "h")
    if not json_file.is_number(value):
        raise ValueError(f"is {value!r}, which is not a number; name a parameter that is a number in each of its rows")
    return float(value)


def computed(values: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """The values by full name, with all formulas computed.

    In a formula the parameter's own name means the base's value; other names mean the new value where
    there is one, else the base's.

    Raises:
        ValueError: a formula that cannot be computed, a fraction in place of a whole number, or a number as text.
    """
    return {key: _value(key, values, base, ()) for key in values}


def _value(key: str, values: Mapping[str, Any], base: Mapping[str, Any], way: tuple[str, ...]) -> Any:
    formula = values[key]
    if not is_expression(formula):
        if _is_number(value_at(base, key)) and _is_number(_unquoted(formula)) and isinstance(formula, str):
            # Training would take it for the number, and the cell's id for something else.
            raise ValueError(f"sets {key} to the text {_shown(formula)}; write the number without quotes")
        return formula
    if key in way:
        raise ValueError(f"computes {key} from itself")

    def symbol(name: str) -> Any:
        try:
            other = full_name(base, name)
        except ValueError as error:
            raise KeyError(name) from error
        if other == key or other not in values:
            return value_at(base, other)
        return _value(other, values, base, (*way, key))

    try:
        result = evaluate(formula, symbol)
    except ValueError as error:
        raise ValueError(f"sets {key} to {_shown(formula)}: {error}") from error
    before = value_at(base, key)
    if isinstance(before, int) and not isinstance(before, bool) and not isinstance(result, int):
        raise ValueError(f"sets {key} to {_shown(formula)}, which is {result} here and must be a whole number")
    return result


def _shown(formula: str) -> str:
    """As it stands in a message: the beginning of a long one."""
    return repr(formula if len(formula) <= SHOWN else f"{formula[:SHOWN]}...")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unquoted(value: Any) -> Any:
    """The value that a text would have without quotes."""
    try:
        return plain_scalar(value) if isinstance(value, str) else value
    except ValueError:
        return value
