"""Checks the section `data` of a preset for `repro prepare`: keys and kinds of values. Needs no torch."""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from repro.cli.fit_options import GROUPS, options_of
from repro.errors import BadInput, hint
from repro.presets import read_yaml
from repro.training.parser_messages import TYPES


def data_section(path: Path) -> dict[str, Any]:
    """The section `data` of a preset's file.

    Raises:
        BadInput: there is no such section, a key is unknown, or a value is of another kind than its key takes.
    """
    section = read_yaml(path).get("data")
    if not isinstance(section, dict):
        raise BadInput(f"{path} has no keys below data; add some, as the preset data/multi30k has")
    _check(path, "data", section)
    return section


def defaults() -> dict[str, Any]:
    """What each key below `data` is where no preset says it, for `repro fit` as for `repro prepare`."""
    return {option.key.removeprefix("data."): ast.literal_eval(option.default) for option in options_of("data")}


def _check(path: Path, group: str, section: Mapping[Any, Any]) -> None:
    kinds = {option.key: option.kind.split(" | ") for option in options_of(group)}
    for name, value in section.items():
        key = f"{group}.{name}"
        if key not in kinds:
            raise BadInput(f"{path}: there is no key {key}; {hint(key, list(kinds))}")
        if not any(_is_a(kind, value) for kind in kinds[key]):
            raise BadInput(f"{path}: {key} is {value!r}; it must be {' or '.join(map(_named, kinds[key]))}")
        if key in GROUPS and value is not None:
            _check(path, key, value)


def _is_a(kind: str, value: Any) -> bool:
    """Whether a value is of a kind, as the source writes it."""
    if kind == "None":
        return value is None
    if kind.startswith("Literal["):
        return value in _choices(kind)
    if kind.startswith(("list[", "tuple[")):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind == "float":
        return type(value) in (int, float)
    plain: Mapping[str, type] = {"int": int, "bool": bool, "str": str}
    return type(value) is plain.get(kind, dict)


def _named(kind: str) -> str:
    if kind == "None":
        return "null"
    if kind.startswith("Literal["):
        return f"one of {', '.join(_choices(kind))}"
    outer = kind.partition("[")[0]
    return TYPES.get("list" if outer == "tuple" else outer, TYPES["dict"])


def _choices(kind: str) -> list[str]:
    choices: list[str] = ast.literal_eval(kind.removeprefix("Literal"))
    return choices
