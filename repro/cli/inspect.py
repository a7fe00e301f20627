"""`repro inspect`: one sentence on its way through a trained Transformer, as a page that opens from disk."""

import argparse
import sys
import webbrowser
from pathlib import Path

from repro.errors import BadInput
from repro.paths import expanded

PAGE = Path("walk.html")
LANGUAGES = ("en", "ko")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("sentence", help="one line of text in the model's source language")
    parser.add_argument(
        "--checkpoint",
        type=expanded,
        help="weights that a run wrote (the newest averaged.ckpt under RUNS of a Transformer that takes any text)",
    )
    parser.add_argument("--runs", type=expanded, default=Path("runs"), help="where to look for them (runs)")
    parser.add_argument(
        "--out", type=expanded, metavar="FILE", help=f"the page, or with --json the data ({PAGE}, stdout)"
    )
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the page's texts (en)")
    parser.add_argument("--json", action="store_true", help="the numbers as JSON in place of the page")
    parser.add_argument("--open", action="store_true", help="also open the page in the browser")


def run(arguments: argparse.Namespace) -> int:
    """Write the page, and print its path.

    Raises:
        BadInput: no sentence, or one that is too long; no checkpoint, or one of another model.
    """
    _check(arguments)

    import torch

    from repro.inspection import inspect_sentence, write
    from repro.inspection.content import as_json

    # One sentence is too little to share: threads that wait for each other take longer where others work too.
    torch.set_num_threads(1)
    inspection = inspect_sentence(arguments.sentence, arguments.checkpoint, arguments.runs)
    if arguments.json and arguments.out is None:
        sys.stdout.write(as_json(inspection.content))
        return 0
    path = arguments.out or PAGE
    if arguments.json:
        write(inspection.content, path)
    else:
        inspection.save(path, arguments.lang)
    print(path)
    if arguments.open:
        webbrowser.open(path.resolve().as_uri())
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """What can be said before torch is imported, which takes seconds."""
    if not arguments.sentence.strip():
        raise BadInput("the sentence is empty; give one in quotes")
    if arguments.json and arguments.open:
        raise BadInput("--open shows a page and --json makes none; give one of them")
    checkpoint, out = arguments.checkpoint, arguments.out
    if checkpoint is not None and not checkpoint.is_file():
        raise BadInput(f"checkpoint {checkpoint} is not there; give the path of a .ckpt file that a run wrote")
    if out is not None and (out.is_dir() or any(above.is_file() for above in out.parents)):
        raise BadInput(f"--out {out} is no place for a file; name one in a folder")
