"""`--format`: a command's tables as text, CSV, Markdown or LaTeX."""

from collections.abc import Sequence
from typing import Any

from repro.streams import note, say
from repro.table import FORMATS, Format, Part, formatted


def add_format(parser: Any) -> None:
    """Let a command, or a group of its options, take the option."""
    parser.add_argument("--format", choices=FORMATS, default="text", help="format of the tables (%(default)s)")


def say_parts(parts: Sequence[Part], format: Format = "text") -> None:
    """Print tables and sentences; in CSV, which has no place for sentences, these go to stderr."""
    if format == "csv":
        for part in parts:
            if isinstance(part, str):
                note(part)
    written = formatted(parts, format)
    if written:
        say(written)
