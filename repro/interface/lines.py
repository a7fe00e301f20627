"""Lines of text that a program gives, checked before they are used."""

from collections.abc import Iterable

from repro.errors import BadInput


def checked_lines(lines: Iterable[object], what: str = "") -> list[str]:
    """The lines as a list; a line feed at the end of one is left out.

    Args:
        lines: one an entry.
        what: which lines these are, such as "references", for messages.

    Raises:
        BadInput: no list of lines, or an entry that is no text, holds a line feed, or cannot be written as UTF-8.
    """
    if isinstance(lines, str | bytes) or not isinstance(lines, Iterable):
        given = "one text" if isinstance(lines, str) else f"{lines!r:.60}"
        raise BadInput(f"{what or 'lines'} is {given}; give a list with one line per entry")
    head = f"{what}, " if what else ""
    return [_checked(line, f"{head}line {number}") for number, line in enumerate(lines, start=1)]


def _checked(line: object, which: str) -> str:
    if not isinstance(line, str):
        raise BadInput(f"{which} is {line!r:.60}, which is not text; give lines of text")
    line = line.removesuffix("\n").removesuffix("\r")
    if "\n" in line:
        raise BadInput(f"{which} has a line feed in it; give a list with one line per entry")
    try:
        line.encode()
    except UnicodeEncodeError as error:
        raise BadInput(
            f"{which} has {line[error.start]!r}, which is no character of UTF-8; correct the text"
        ) from error
    return line
