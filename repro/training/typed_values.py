"""Reads the values of a training command's options in the same way as values in a file.

jsonargparse reads YAML by rules of its own: `no` is false to it, `1:30` is ninety, and a number for a key that may hold
text, too, such as trainer.devices, stays text. Here it reads as `repro.plain_yaml` does.
"""

import re
from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

import jsonargparse
import yaml
from jsonargparse import Namespace, _loaders_dumpers

from repro.errors import BadInput
from repro.paths import expanded
from repro.plain_yaml import parse_yaml, plain_scalar

OCTAL = re.compile(r"[-+]?0[0-9_]+")
"""Python takes 010 for ten, and YAML 1.1 for eight."""

PATHS = ("out", "checkpoint", "data.root")
"""Keys whose value is a path. Those of corpora's files are expanded where they are taken apart."""


def read_alike() -> None:
    """Let jsonargparse read values and files by this project's rules."""
    jsonargparse.set_loader("yaml", _value, (yaml.YAMLError,))
    _loaders_dumpers.yaml_load = _value  # by which it reads numbers and truth values, whatever the loader


def _value(text: str) -> Any:
    """The data of a text.

    Raises:
        yaml.YAMLError: it holds none; jsonargparse then takes it as text.
    """
    try:
        value = parse_yaml(text, "the value")
    except BadInput as error:
        # A word alone, such as `no`, is text: only a list or mapping would hide that it is one.
        raise yaml.YAMLError(str(error)) from error
    if isinstance(value, dict) and value and all(item is None for item in value.values()):
        # Text such as "a:" or "{a, b}", which jsonargparse takes for text, too.
        if len(value) == 1 and text.strip() == f"{next(iter(value))}:":
            return text
        if set(text.strip(" {}").replace(" ", "").split(",")) == set(map(str, value)):
            return text
    return value


def check_lists(arguments: Sequence[str]) -> None:
    """Refuse lists and mappings among the arguments that would be read as something else than they look.

    Raises:
        BadInput: names the option and the value.
    """
    for option, value in _given(arguments):
        if value[:1] in ("[", "{"):
            parse_yaml(value, option)


def check_numbers(arguments: Sequence[str], config: Namespace) -> None:
    """Refuse numbers among the arguments that would be read as something else than they look, such as 010.

    Args:
        arguments: as typed.
        config: what was made of them. Where it holds text, text was meant.

    Raises:
        BadInput: names the option and the value.
    """
    for option, value in _given(arguments):
        if OCTAL.fullmatch(value) and isinstance(config.get(option.removeprefix("--")), int | float):
            parse_yaml(value, option)


def _given(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Options and their values, as `--key value` or `--key=value`."""
    for before, argument in zip(["", *arguments], arguments, strict=False):
        option, equals, value = argument.partition("=") if argument.startswith("--") else (before, "=", argument)
        if option.startswith("--") and equals:
            yield option, value


def convert_types(parser: Any, config: Namespace) -> None:
    """Make numbers of texts that look like some, where a key may hold both; expand `~` in paths.

    Raises:
        BadInput: readers of YAML disagree about such a text, as about 01; names the key.
    """
    for action in parser._actions:
        value = config.get(action.dest)
        if not isinstance(value, str):
            continue
        hint = getattr(action, "_typehint", None)
        if action.dest in PATHS:
            config[action.dest] = str(expanded(value))
        elif get_origin(hint) in (Union, UnionType) and {str, int} <= set(get_args(hint)):
            config[action.dest] = _number_or_text(action.dest, value)


def _number_or_text(key: str, text: str) -> Any:
    try:
        value = plain_scalar(text)
    except ValueError as error:
        raise BadInput(f"{key}: {error}") from error
    return value if isinstance(value, int | float) and not isinstance(value, bool) else text
