"""The command `ablate vectors`: makes word vectors from unlabelled text, for the grid `explanation`."""

import argparse

from ablations.explanation.data.vector_settings import ROOT, TEXTS, VectorSettings
from repro.console.numbers import positive
from repro.streams import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments; the defaults are those of `VectorSettings`."""
    usual = VectorSettings(TEXTS[0])
    corpora = ", ".join(TEXTS).replace("_", "-")
    parser.add_argument(
        "text", metavar="TEXT", help=f"a corpus ({corpora}), or a file of your own with one text per line"
    )
    parser.add_argument("--e", type=positive, default=usual.width, help=f"numbers per vector ({usual.width})")
    parser.add_argument(
        "--window", type=positive, default=usual.window, help=f"context words on each side, at most ({usual.window})"
    )
    parser.add_argument("--epochs", type=positive, default=usual.epochs, help=f"passes over the text ({usual.epochs})")
    parser.add_argument(
        "--min-count", type=positive, default=usual.min_count, help=f"minimum count of a word ({usual.min_count})"
    )
    parser.add_argument("--root", default=ROOT, help=f"directory for prepared data ({ROOT})")


def run(parsed: argparse.Namespace) -> int:
    """Make the vectors, or find them made; print where they are, what they are, and how a grid asks for them.

    Raises:
        BadInput: they cannot be made.
    """
    keys = ("text", "e", "window", "epochs", "min_count", "root")
    settings = VectorSettings.read({key: getattr(parsed, key) for key in keys})
    settings.check_text()

    # It needs torch, which a wrong name does not.
    from ablations.explanation.data.vector_store import VECTORS, made_vectors

    made = made_vectors(settings)
    manifest = made.manifest
    say(made.path)
    say(
        f"{manifest['words']:,} words with {settings.width} numbers each, from {manifest['texts']:,} texts of "
        f"{manifest['tokens']:,} words"
    )
    say(f"sha256 {manifest['sha256'][VECTORS]}")
    say("in a grid, for rows that start from these vectors:")
    say(f"  vectors: {settings.as_written()}")
    say(f"  e: {settings.width}")
    return 0
