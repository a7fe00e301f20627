"""Turns the parser's message about a refused configuration into one sentence that names the key and the value."""

import importlib
import inspect
import re
from collections.abc import Sequence

from repro.errors import hint

TYPES = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "list": "a list such as [a, b]",
    "dict": "a mapping such as {key: value}",
}

LINKED = ("seed_everything", "model.seed", "data.seed")
"""Keys of the seed. Lightning would take true for one of its own choice, which no record could repeat."""


def one_sentence(message: str, known: Sequence[str] = ()) -> str:
    """The sentence of a parser's message that says what is wrong, and what is meant if a name is misspelt.

    Args:
        message: of jsonargparse, with its nested reasons and listing of values.
        known: all keys of the configuration, such as "trainer.max_steps".
    """
    if match := re.search(r"unrecognized arguments: (\S+)", message):
        return unknown_option(match[1], known)
    if match := re.search(r"Group '([\w.]+)' does not accept option '([\w.]+)'", message):
        return unknown_option(f"{match[1]}.{match[2]}", known)
    if match := re.search(r"Option '([\w.]+)' is not accepted", message):
        return unknown_option(_key(message, match[1]), [*known, *_arguments_of_class(message)])
    if match := re.search(r"^(-?\d+) is not in bounds, numpy accepts from (\d+) to (\d+)", message):
        return f"seed_everything is {match[1]}; it must be from {match[2]} to {match[3]}"
    if match := re.search(r'Parser key "([\w.]+)": Unable to load config "(.*)"', message):
        inside = next((key for key in known if key.startswith(f"{match[1]}.")), None)
        example = f"; give one of its keys, such as --{inside}" if inside else ""
        return f"{match[1]} is {match[2]!r}, but it holds keys and values{example}"
    if match := re.search(r"argument (?:\S+/)?--(\S+): expected", message):
        return f"--{match[1]} has no value; write one after it"
    if match := re.search(r'Key "([\w.]+)" is required|arguments are required: ([\w.]+)', message):
        return missing(match[1] or match[2])
    if match := re.search(
        r"class_path '[\w.]+':\n *(?!Parser key|Type | )(.+)|^ *- (?!Problem|Expected)(.+)", message, re.M
    ):
        return (match[1] or match[2]).rstrip(".")  # said by the class itself
    if match := re.search(r"module '([\w.]+)' has no attribute '(\w+)'|import path string: (\S+)", message):
        name = match[3] or f"{match[1]}.{match[2]}"
        return (
            f"{_key(message)}.class_path is {name}, which cannot be imported; repro.models.Transformer is one that can"
        )
    wanted = [
        text
        for text in re.findall(r"Expected an? ([^\n]*?)(?:\. Got value|$)", message, re.M)
        if "NoneType" not in text
    ]
    if wanted:
        value = re.search(r"Got value: ([^\n]*?)(?:\. Got value|$)", message, re.M) or re.search(
            r"Given value: (.*)", message
        )
        is_now = f"is {value[1]!r}" if value else "has a value of the wrong kind"
        key = _key(message)
        if key in LINKED:  # as it was typed: the others follow from it
            key, wanted = "seed_everything", ["<class 'int'>"]
        return f"{key} {is_now}; it must be {' or '.join(dict.fromkeys(map(_type, wanted)))}"
    return " ".join(line.strip() for line in message.split("\n") if line.strip())[:300]


def _key(message: str, last: str = "") -> str:
    """The whole key: a parser inside the parser names only its own part, and a class its arguments."""
    parts = re.findall(r'Parser key "([\w.]+)"', message)
    parts += [last] if last else []
    if len(parts) > 1 and parts[0] == "model.network":
        parts.insert(1, "init_args")
    return ".".join(parts) or "the configuration"


def _type(text: str) -> str:
    if text.startswith("typing.Literal["):
        return "one of " + text.removeprefix("typing.Literal[").rstrip("]").replace("'", "")
    if match := re.fullmatch(r"<class '([\w.]+)'>", text):
        return TYPES.get(match[1], match[1])
    return text


def _arguments_of_class(message: str) -> list[str]:
    """The keys under which the class that a message is about takes its arguments."""
    match = re.search(r"class_path='([\w.]+)\.(\w+)'", message)
    if match is None:
        return []
    arguments = inspect.signature(getattr(importlib.import_module(match[1]), match[2])).parameters
    return [_key(message, name) for name in arguments]


def missing(key: str) -> str:
    """That a key has no value."""
    advice = "; choose one with --config, for example --config model/tiny" if key.startswith("model") else ""
    return f"{key} is missing{advice}"


def unknown_option(name: str, known: Sequence[str]) -> str:
    """The error for an unknown option or key, with the one that was probably meant.

    Args:
        name: as it was typed, with its dashes; or a key of a file.
        known: all keys.
    """
    option = name.split("=")[0]
    if not option.startswith("-") and "." not in option:
        return f"{option!r} is not understood; options begin with --, and presets follow --config"
    keys = [key for key in known if not key.endswith("help")]
    dashes = "--" if option.startswith("-") else ""
    meant = hint(option.lstrip("-"), keys, "`repro fit --help` lists all")
    return f"there is no option {option}; {meant.replace('did you mean ', f'did you mean {dashes}')}"
