"""`repro inspect`: one sentence on its way through a trained Transformer, as a page that opens from disk."""

import argparse
import webbrowser
from pathlib import Path

from repro.cli.weights import known_quality, shipped_weights, weights_file
from repro.console.places import check_file
from repro.errors import BadInput
from repro.paths import expanded
from repro.streams import note, say_json

PAGE = Path("walk.html")
RUNS = Path("runs")
LANGUAGES = ("en", "ko")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument("sentence", help="one line of text in the model's source language")
    parser.add_argument(
        "--checkpoint",
        type=expanded,
        help="weights, or a run's folder (the newest in RUNS, or else a model of the package: builtin or help)",
    )
    parser.add_argument("--runs", type=expanded, help="where to look for runs (runs)")
    parser.add_argument(
        "--out", type=expanded, metavar="FILE", help=f"file for the page, or with --json for the data ({PAGE}, stdout)"
    )
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the page's texts (en)")
    parser.add_argument("--json", action="store_true", help="write the numbers as JSON instead of the page")
    parser.add_argument("--open", action="store_true", help="also open the page in the browser")


def run(arguments: argparse.Namespace) -> int:
    """Write the page, print its path to stdout and the translation to stderr.

    Raises:
        BadInput: no sentence, or one that is too long; no checkpoint, or one of another model.
    """
    _check(arguments)

    import torch

    from repro.inspection import inspect_sentence, write
    from repro.inspection.content import as_json
    from repro.inspection.sentence import check_sentence

    check_sentence(arguments.sentence)

    # One sentence is too little to share: threads that wait for each other take longer where others work too.
    torch.set_num_threads(1)
    if arguments.checkpoint is None:
        arguments.checkpoint = _chosen(arguments.sentence, arguments.runs or RUNS)
    inspection = inspect_sentence(arguments.sentence, arguments.checkpoint)
    if arguments.json and arguments.out is None:
        say_json(as_json(inspection.content).removesuffix("\n"))
        return 0
    path = arguments.out or PAGE
    if arguments.json:
        write(inspection.content, path)
    else:
        inspection.save(path, arguments.lang)
        note(f"translation: {inspection.content['translation']}")
    print(path)
    if arguments.open:
        webbrowser.open(path.resolve().as_uri())
    return 0


def _check(arguments: argparse.Namespace) -> None:
    """Check whatever can be checked before torch is imported, which takes seconds."""
    if not arguments.sentence.strip():
        raise BadInput("the sentence is empty; give one in quotes")
    if arguments.json and arguments.open:
        raise BadInput("--open shows a page, but --json makes none; leave one of them out")
    if arguments.checkpoint is not None:
        arguments.checkpoint = weights_file(arguments.checkpoint)
    elif arguments.runs is not None and not arguments.runs.is_dir():
        raise BadInput(f"--runs {arguments.runs} does not exist; give a folder of runs, or leave it out")
    if arguments.out is not None:
        check_file(arguments.out, "--out")


def _chosen(sentence: str, runs: Path) -> Path:
    """The newest model below a folder of runs; where there is none, the one that comes with the package."""
    from repro.inspection.sentence import newest_checkpoint

    newest = newest_checkpoint(runs)
    if newest is not None:
        note(f"{newest}{known_quality(newest)} is the newest model below {runs}; --checkpoint names another")
        return newest
    if runs.is_dir():
        note(f"{runs} holds no Transformer that accepts any word; --checkpoint names one that does not")
    return shipped_weights(sentence)
