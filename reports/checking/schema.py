"""The published JSON schemas, and a sentence for each departure from one.

`reports/schemas/<kind>-<version>.json` says what each field holds (JSON Schema, draft 2020-12). Within a version, only
optional fields may be added. Any other change makes a new version, and the old one stays.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from reports.checking.finding import Finding, fault, shown
from repro.errors import hint

Kind = Literal["record", "claims", "figures", "origin", "replaced"]

VERSION: Mapping[Kind, int] = {"record": 1, "claims": 1, "figures": 1, "origin": 1, "replaced": 1}
"""The version of each kind that is written today, which is also the newest that is read."""

TYPES: Mapping[str, str] = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "keys and values",
    "null": "null",
}
"""A type of JSON -> its name in a sentence."""


@cache
def schema_of(kind: Kind) -> Mapping[str, Any]:
    """A schema as its file has it."""
    text = files("reports.schemas").joinpath(f"{kind}-{VERSION[kind]}.json").read_text(encoding="utf-8")
    schema: Mapping[str, Any] = json.loads(text)
    return schema


def departures(kind: Kind, content: Any, file: str) -> list[Finding]:
    """Where a file's content departs from its schema, in the order of the keys.

    Args:
        kind: the schema.
        content: plain data.
        file: its name, for the sentences.
    """
    errors = sorted(
        _validator(kind).iter_errors(content), key=lambda error: [str(part) for part in error.absolute_path]
    )
    return [fault(file, key, problem) for error in errors for key, problem in _sentences(error)]


@cache
def _validator(kind: Kind) -> Any:
    from jsonschema import Draft202012Validator  # takes a tenth of a second, which other commands need not wait for
    from jsonschema.validators import extend

    # To JSON Schema 1.0 is a whole number. Readers of records tell it from 1, and ids of cells do, too.
    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, value: type(value) is int)
    return extend(Draft202012Validator, type_checker=types)(schema_of(kind))


def _sentences(error: Any) -> Iterator[tuple[str, str]]:
    """Key and problem of one of jsonschema's errors, which may be about several keys."""
    key, value, rule, limit = dotted(error.absolute_path), error.instance, error.validator, error.validator_value
    if rule == "required":  # jsonschema reports each missing key by itself
        missing = next(name for name in limit if error.message.startswith(repr(name)))
        yield _below(key, missing), "is missing"
    elif rule == "additionalProperties":
        known = list(error.schema.get("properties", ()))
        for name in value:
            if name not in known:
                yield _below(key, str(name)), f"is unknown; {hint(str(name), known)}"
    elif rule == "anyOf":
        keys = " or ".join(choice["required"][0] for choice in limit)
        yield key, f"lacks {keys}; give one of them"
    else:
        yield key, f"is {shown(value)}; it must be {_needed(rule, limit, error.schema)}"


def _needed(rule: str, limit: Any, schema: Mapping[str, Any]) -> str:
    if rule == "type":
        return _either([TYPES[name] for name in ([limit] if isinstance(limit, str) else limit)])
    if rule == "enum":
        return _either(["null" if value is None else str(value) for value in limit])
    if rule == "const":
        return str(limit)
    if rule in ("minimum", "maximum"):
        return f"{'at least' if rule == 'minimum' else 'at most'} {limit:g}"
    if rule in ("minItems", "maxItems"):
        count = "one entry" if limit == 1 else f"{limit} entries"
        return f"a list of {'at least' if schema.get('minItems') != schema.get('maxItems') else 'exactly'} {count}"
    if rule == "maxLength":
        return f"of at most {limit} characters"
    if rule in ("minLength", "minProperties"):
        return "filled in"
    return PATTERNS.get(limit, f"of the form {limit}")


PATTERNS: Mapping[str, str] = {
    r"\S": "filled in",
    "^[0-9a-f]{12}$": "twelve hexadecimal digits",
    "^[0-9a-f]{40}$": "a commit of 40 hexadecimal digits, or null",
    r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)$": "a time in UTC, such as 2026-01-31T12:00:00+00:00",
    "^[A-Za-z0-9_.-]+$": "of letters, digits and _ . - only",
    "^[A-Za-z0-9_.{}-]+$": "of letters, digits and _ . - only, with {row}",
    r"^https://[^\s]+$": "an address that begins with https://",
}
"""A schema's regular expression -> what it requires, in words."""


def _either(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def dotted(path: Sequence[Any]) -> str:
    """The key of a place in plain data: names joined by dots, numbers of entries in brackets."""
    key = ""
    for part in path:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else str(part)
    return key


def _below(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
