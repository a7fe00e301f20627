"""YAML as plain data, read in the same way everywhere: in files, and in values on a command line.

Numbers are those of YAML 1.2 (section 10.3.2): `1e-3` is one. Values that YAML 1.1 readers take for something other
than they look like (`no`, dates, octal and sexagesimal numbers) are refused with a remedy. Sizes are bounded, so that a
file of a few lines cannot take the memory or time of a large one.

The data is built from the parser's events, in a loop: neither depth nor aliases can exhaust the stack.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from repro.errors import BadInput

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it: ten times as fast, which commands that only look are made of."""

LARGEST = 4_000_000
"""Characters of a text."""
DEEPEST = 50
"""Lists and mappings within each other."""
MOST_VALUES = 200_000
"""Values of a text, those that aliases repeat included."""
MOST_DIGITS = 300
"""Digits of a number: more are no float, and slow to read."""

INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **{sign + spelling: float(sign + "inf") for sign in ("", "+", "-") for spelling in (".inf", ".Inf", ".INF")},
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}

TRUTH = re.compile(r"(yes|no|on|off)|(YES|NO|ON|OFF)|(Yes|No|On|Off)")
DATE = re.compile(r"\d{4}-\d\d?-\d\d?([Tt\s]+\d\d?:\d\d:\d\d.*)?")
SEXAGESIMAL = re.compile(r"[-+]?([1-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*)")
OCTAL = re.compile(r"[-+]?0o?[0-9_]+")
BINARY = re.compile(r"[-+]?0b[01_]+")
UNDERSCORES = re.compile(r"[-+]?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?")

MERGE = object()
"""The key `<<`, whose mapping is taken into the one that it stands in."""


class _Refused(Exception):
    """The problem with one value, to be reported with its line."""


@dataclass
class _Open:
    """A list or mapping that is being read."""

    content: Any
    anchor: str | None
    values_before: int
    depth: int = 1
    key: Any = None
    has_key: bool = False
    merged: list[Any] = field(default_factory=list)


def parse_yaml(text: str, source: str) -> Any:
    """The data that a YAML text holds; None if it holds none.

    Args:
        text: one document.
        source: what the text is called in messages, such as its file's path.

    Raises:
        BadInput: no YAML; too large or too deep; a tag, a key twice, or a value that looks like something else.
    """
    if len(text) > LARGEST:
        raise BadInput(f"{source} has {len(text):,} characters; YAML may have {LARGEST:,}, so split it")
    line = 0
    try:
        builder = _Builder()
        events: Iterator[Any] = yaml.parse(text, Loader=LOADER)
        for event in events:
            line = event.start_mark.line + 1
            builder.take(event)
        return builder.document
    except _Refused as error:
        at = f", line {line}" if "\n" in text.strip() else ""
        raise BadInput(f"{source}{at}: {error}") from None
    except UnicodeEncodeError as error:  # bytes of a command line that are no text
        raise BadInput(f"{source} is not valid UTF-8; write it as UTF-8") from error
    except (yaml.YAMLError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        at = f" in line {where.line + 1}" if where else ""
        raise BadInput(f"{source} is not YAML{at}; correct it") from error


def plain_scalar(text: str) -> Any:
    """The meaning of a value without quotes: a number, true, false, null, or the text itself.

    Raises:
        ValueError: readers of YAML disagree about it; says so with the remedy.
    """
    if text in CONSTANTS:
        return CONSTANTS[text]
    if text[0] in "+-.0123456789":
        if len(text) > MOST_DIGITS and (INTEGER.fullmatch(text) or FLOAT.fullmatch(text)):
            raise ValueError(f"{text[:12]}... has {len(text)} digits; write fewer, or put it in quotes")
        if INTEGER.fullmatch(text):
            return int(text, 16 if text.startswith("0x") else 10)
        if OCTAL.fullmatch(text):
            raise ValueError(f"{text} may be read as octal; write it without a leading 0, or put it in quotes")
        if FLOAT.fullmatch(text):
            return _float(text)
        _refuse_number(text)
    elif TRUTH.fullmatch(text):
        truth = "true" if text.lower() in ("yes", "on") else "false"
        raise ValueError(f"{text} may be read as {truth}; put {text} in quotes, or write {truth}")
    return text


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text} is too large for a number; put it in quotes if it is text")
    return value


def _refuse_number(text: str) -> None:
    for form, name in ((DATE, "a date"), (SEXAGESIMAL, "a number of base 60"), (BINARY, "a binary number")):
        if form.fullmatch(text):
            raise ValueError(f"{text} may be read as {name}; put {text} in quotes")
    if "_" in text and UNDERSCORES.fullmatch(text):
        raise ValueError(f"{text} may be read as a number; write {text.replace('_', '')}, or put it in quotes")


_TOO_DEEP = f"more than {DEEPEST} nested lists and mappings; use fewer levels"


class _Builder:
    """Makes data of events."""

    def __init__(self) -> None:
        self.document: Any = None
        self._documents = 0
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int, int]] = {}
        self._values = 0

    def take(self, event: Any) -> None:
        """The next event."""
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
            self._count(1)
            if event.anchor:
                self._anchors[event.anchor] = (value, 1, 0)
            self._place(value, 0)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._end()
        elif isinstance(event, yaml.AliasEvent):
            self._alias(str(event.anchor))
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _Refused("a second document begins with ---; write one document per file")

    def _count(self, values: int) -> None:
        self._values += values
        if self._values > MOST_VALUES:
            raise _Refused(f"more than {MOST_VALUES:,} values, aliases included; leave some out")

    def _scalar(self, event: Any) -> Any:
        if event.tag == "!" or event.tag == "tag:yaml.org,2002:str":
            return event.value
        if event.tag is not None:
            raise _Refused(f"the tag {event.tag} is not understood; leave it out")
        if not event.implicit[0]:  # in quotes, or a block of text
            return event.value
        if event.value == "<<" and self._is_key():
            return MERGE
        try:
            return plain_scalar(event.value)
        except ValueError as error:
            raise _Refused(str(error)) from None

    def _is_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].content, dict) and not self._open[-1].has_key

    def _begin(self, event: Any) -> None:
        if event.tag not in (None, "!"):
            raise _Refused(f"the tag {event.tag} is not understood; leave it out")
        if len(self._open) >= DEEPEST:
            raise _Refused(_TOO_DEEP)
        if self._is_key():
            raise _Refused("a list or mapping is used as a key; keys must be text or numbers")
        self._count(1)
        content: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        if event.anchor:
            self._anchors.pop(event.anchor, None)  # an alias within means this one, which is not there yet
        self._open.append(_Open(content, event.anchor, self._values - 1))

    def _end(self) -> None:
        done = self._open.pop()
        if done.merged:  # what is said in the mapping itself counts, then what was merged first
            whole: dict[Any, Any] = {}
            for layer in (*reversed(done.merged), done.content):
                whole.update(layer)
            done.content = whole
        if done.anchor:
            self._anchors[done.anchor] = (done.content, self._values - done.values_before, done.depth)
        self._place(done.content, done.depth)

    def _alias(self, name: str) -> None:
        if name not in self._anchors:
            raise _Refused(f"*{name} refers to nothing that ends before it; write out what is meant")
        value, size, depth = self._anchors[name]
        self._count(size)
        if len(self._open) + depth > DEEPEST:
            raise _Refused(_TOO_DEEP)
        self._place(value, depth)

    def _place(self, value: Any, depth: int) -> None:
        """Put a value where it belongs; so many lists and mappings lie within each other in it, itself included."""
        if not self._open:
            self.document = value
            return
        into = self._open[-1]
        into.depth = max(into.depth, depth + 1)
        if isinstance(into.content, list):
            into.content.append(value)
        elif not into.has_key:
            self._take_key(into, value)
        elif into.key is MERGE:
            sources = value if isinstance(value, list) else [value]
            if not all(isinstance(source, dict) for source in sources):
                raise _Refused("<< must refer to mappings; write the keys out")
            into.merged += sources
            into.has_key = False
        else:
            into.content[into.key] = value
            into.has_key = False

    def _take_key(self, into: _Open, key: Any) -> None:
        if isinstance(key, list | dict):
            raise _Refused("a list or mapping is used as a key; keys must be text or numbers")
        if key is not MERGE and key in into.content:
            raise _Refused(f"{key} occurs twice; leave one out")
        into.key, into.has_key = key, True
