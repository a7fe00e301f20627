"""Standard streams that may be missing, and untrusted text on a terminal."""

import os
import re
import sys
import traceback
from contextlib import suppress
from functools import cache
from types import TracebackType
from typing import TextIO

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""C0 (except line feed and tab), delete, C1, and what turns the direction of text around: characters that terminals and
browsers obey rather than show."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters of a text that a spreadsheet would evaluate."""


def ensure_streams() -> None:
    """Put the null device where a standard stream is closed or missing, as in services, cron jobs and behind `>&-`.

    This includes the descriptors: otherwise the next opened file would take their number, and receive what is printed.
    """
    for number, name, flags, mode in (
        (0, "stdin", os.O_RDONLY, "r"),
        (1, "stdout", os.O_WRONLY, "w"),
        (2, "stderr", os.O_WRONLY, "w"),
    ):
        if not _is_open(number):
            null = os.open(os.devnull, flags)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            os.set_inheritable(number, True)
        stream = getattr(sys, name)
        if stream is None or stream.closed:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - for the life of the process


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def escaped(text: object) -> str:
    """Text of records, logs and corpora as a terminal or page may have it: control characters are shown as `\\x1b`.

    Line feeds and tabs stay.
    """
    return CONTROL.sub(lambda match: f"\\x{code:02x}" if (code := ord(match[0])) < 256 else f"\\u{code:04x}", str(text))


def in_one_line(text: object) -> str:
    """As `escaped`, with line feeds and tabs shown, too: for a cell of a table, or a word in a sentence."""
    return escaped(text).replace("\n", "\\n").replace("\t", "\\t")


def say(text: object) -> None:
    """Print text that may hold what others have written."""
    print(escaped(text))


def note(text: object) -> None:
    """Print on stderr text that may hold what others have written; nothing else in this project prints there.

    Where it cannot be printed, as when `tee` or the terminal is gone, the work goes on without being told.
    """
    with suppress(OSError):
        print(escaped(text), file=sys.stderr, flush=True)


def discard(stream: TextIO) -> None:
    """Discard everything that is still printed to a standard stream, and the interpreter's last flush of it."""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):  # not a real file
        return
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, descriptor)
    os.close(null)


@cache
def note_once(text: str) -> None:
    """Note something once, however often a process comes upon it."""
    note(text)


def note_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """For `sys.excepthook`: the traceback of an uncaught exception."""
    note("".join(traceback.format_exception(kind, error, trace)).rstrip("\n"))


def for_a_spreadsheet(value: object) -> object:
    """A value of a CSV file: text that a spreadsheet would compute gets an apostrophe before it; numbers stay."""
    if not isinstance(value, str):
        return value
    text = escaped(value)
    return f"'{text}" if value.startswith(FORMULA) else text


def say_json(text: str) -> None:
    """Print JSON as it is, with control characters in its texts escaped as JSON has them."""
    print(CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def hand_on(text: str) -> None:
    """Print text that is a result: byte for byte into a file or pipe, escaped on a terminal."""
    print(escaped(text) if sys.stdout.isatty() else text, flush=True)
