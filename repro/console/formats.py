"""`--format`: a command's tables as text, CSV, Markdown or LaTeX."""

import argparse
from collections.abc import Sequence
from typing import Any

from repro.streams import note, say
from repro.table import FORMATS, Format, Part, formatted


def add_format(parser: Any) -> None:
    """Let a command, or a group of its options, take the option."""
    parser.add_argument("--format", choices=FORMATS, default="text", help="of the tables (%(default)s)")


def say_parts(parts: Sequence[Part], arguments: argparse.Namespace) -> None:
    """Print tables and sentences as the command line asks.

    Sentences have no place in CSV: they go to stderr then.
    """
    chosen: Format = getattr(arguments, "format", "text")
    if chosen == "csv":
        for part in parts:
            if isinstance(part, str):
                note(part)
    say(formatted(parts, chosen))
