"""Why a file's bytes are not reliable JSON, by line and key. The reader of records only refuses them."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from reports.checking.finding import Finding, fault
from reports.checking.schema import dotted
from repro import json_file

SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
"""Half a character as JSON may write it."""
LONE = re.compile("[\ud800-\udfff]")


def parsed_with_faults(raw: bytes, file: str) -> tuple[Any, list[Finding]]:
    """The content of the bytes, None if it cannot be read; and the faults that they have as JSON.

    Args:
        raw: the file's bytes.
        file: its name, for the sentences.
    """
    try:
        content = json_file.parsed(raw)
    except json_file.NotReadable as error:
        return None, _refused(raw, file, str(error))
    found = []
    if SURROGATE.search(raw):
        found = [
            fault(file, key, "holds half a character (a lone surrogate); write the file again")
            for key in _half_characters(content)
        ]
    return content, found


def _refused(raw: bytes, file: str, why: str) -> list[Finding]:
    if not raw.strip():
        return [fault(file, "", "is empty; copy it again")]
    twice: dict[str, None] = {}

    def noting_repeats(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            twice.update(dict.fromkeys(name for name, count in Counter(name for name, _ in pairs).items() if count > 1))
        return result

    try:  # Python takes NaN and Infinity, which no JSON has
        content = json.loads(raw.decode("utf-8"), object_pairs_hook=noting_repeats)
    except json.JSONDecodeError as error:
        if _breaks_off(error):
            return [fault(file, "", f"ends too early, on line {error.doc.count(chr(10)) + 1}; copy it again")]
        return [fault(file, "", f"is not JSON: line {error.lineno}: {error.msg}; write it again")]
    except UnicodeDecodeError:
        return [fault(file, "", "is not JSON: it is not UTF-8; write it again")]
    except (RecursionError, MemoryError, ValueError):
        return [fault(file, "", f"cannot be read: {why}; write it again")]
    found = [fault(file, name, "occurs twice; remove one of the two") for name in twice]
    found += [
        fault(file, key, f"is {_name(number)}; it must be a finite number") for key, number in _not_finite(content)
    ]
    return found or [fault(file, "", f"cannot be read: {why}; write it again")]


def _breaks_off(error: json.JSONDecodeError) -> bool:
    """Whether everything up to the end is valid, and only the rest is missing."""
    return error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string")


def _not_finite(content: Any) -> Iterator[tuple[str, float]]:
    """Keys and values of NaN and infinite numbers."""
    for key, value in _leaves(content):
        if isinstance(value, float) and not math.isfinite(value):
            yield key, value


def _half_characters(content: Any) -> Iterator[str]:
    """Keys with a lone surrogate, in themselves or in their value: no file and no page can hold it."""
    for key, value in _leaves(content):
        if LONE.search(key) or (isinstance(value, str) and LONE.search(value)):
            yield key


def _leaves(content: Any) -> Iterator[tuple[str, Any]]:
    """Keys and values of everything but mappings and lists, in order; no recursion, since depth has no bound."""
    level: list[tuple[tuple[Any, ...], Any]] = [((), content)]
    while level:
        path, value = level.pop()
        if isinstance(value, dict) and value:
            level += reversed([((*path, name), inner) for name, inner in value.items()])
        elif isinstance(value, list) and value:
            level += reversed([((*path, place), inner) for place, inner in enumerate(value)])
        else:
            yield dotted(path), value


def _name(number: float) -> str:
    return "NaN" if math.isnan(number) else "infinite" if number > 0 else "minus infinite"
