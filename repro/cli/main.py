"""The command `repro`. Each command imports what it needs when it runs, so that help is quick."""

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from repro.cli import compare as comparing
from repro.cli import export as exporting
from repro.cli import inspect as inspection
from repro.cli import prepare as preparation
from repro.cli import score as scoring
from repro.cli import translate as translation
from repro.cli import verify as verification
from repro.console.command import exit_status, program_parser, run_command
from repro.console.formats import add_format
from repro.console.numbers import between, minutes, seeds
from repro.console.places import check_file
from repro.errors import BadInput
from repro.paths import expanded

LIGHTNING_COMMANDS = {
    "fit": "train, average, decode and score one configuration",
    "validate": "loss and perplexity of a checkpoint on the dev set",
    "test": "translate and score the test sets with a checkpoint",
    "predict": "print a checkpoint's translations of the test set, or of another split with --decoding.splits",
}

EPILOG = """
first steps, without any data:
  repro check
  repro suite --scale demo

fit, validate, test and predict take presets and Lightning's options, for example
  repro fit --config model/tiny --config data/multi30k --config trainer/cpu-hour --out runs/first
  repro test --out runs/first
  repro fit --help
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1 for failed work, 2 for bad input, 130 if stopped."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return exit_status("repro", lambda: _run(given))


def _run(arguments: list[str]) -> int:
    command = arguments[0] if arguments else ""
    if command in LIGHTNING_COMMANDS:
        return _lightning(command, arguments[1:])
    parser, commands = _parser()
    return run_command(parser, commands, arguments)


def _parser() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """The parser, and those of all commands by their names."""
    parser, commands = program_parser(
        "repro", 'Reproduces "Attention Is All You Need": trains, decodes, scores, records.', EPILOG
    )

    suite = commands.add_parser("suite", help="run all grids of a suite")
    suite.add_argument("--scale", required=True, help="which suite, such as builtin, or a scale's YAML file")
    suite.add_argument("--out", type=expanded, default=Path("runs"), help="directory for all runs (runs)")
    suite.add_argument("--jobs", type=between(1, 1_024), help="cells to run at a time (as many as the cores allow)")
    suite.add_argument(
        "--seeds", type=seeds, help="seeds to use instead of the grids': how many, or which, such as 1,2,7 or 6-10"
    )
    suite.add_argument(
        "--minutes",
        type=minutes,
        help="leave out grids that do not fit into this time on this machine; not with --seeds",
    )
    suite.add_argument(
        "--retry", action="store_true", help="also repeat cells that failed, diverged or ran out of time"
    )
    suite.set_defaults(run=_suite)

    for name, summary in LIGHTNING_COMMANDS.items():
        commands.add_parser(name, help=summary, add_help=False)

    prepare = commands.add_parser("prepare", help="encode a corpus into a memory-mapped store")
    preparation.add_arguments(prepare)
    prepare.set_defaults(run=preparation.run)

    translate = commands.add_parser("translate", help="translate lines from a file or stdin")
    translation.add_arguments(translate)
    translate.set_defaults(run=translation.run)

    export = commands.add_parser("export", help="convert a checkpoint to a CTranslate2 model")
    exporting.add_arguments(export)
    export.set_defaults(run=exporting.run)

    score = commands.add_parser(
        "score", help="score translations by every definition of BLEU and more; compare several by a paired test"
    )
    scoring.add_arguments(score)
    score.set_defaults(run=scoring.run)

    compare = commands.add_parser("compare", help="compare runs: configuration, metrics, curves, translations")
    comparing.add_arguments(compare)
    compare.set_defaults(run=comparing.run)

    verify = commands.add_parser(
        "verify", help="run a record's cell with the record's code and versions, and compare the numbers"
    )
    verification.add_arguments(verify)
    verify.set_defaults(run=verification.run)

    inspect = commands.add_parser("inspect", help="show every step of the computation for one sentence, as a page")
    inspection.add_arguments(inspect)
    inspect.set_defaults(run=inspection.run)

    cell = commands.add_parser("cell", help="run or resume one cell, given its directory")
    cell.add_argument("directory", type=expanded, help="a cell's directory, as created by a grid")
    cell.set_defaults(run=_cell)

    check = commands.add_parser("check", help="check the implementation against the paper")
    check.add_argument(
        "--json",
        type=expanded,
        metavar="FILE",
        help="also write the results to this file; the report shows RUNS/checks.json",
    )
    add_format(check)
    check.set_defaults(run=_check)

    upload = commands.add_parser("upload", help="upload the W&B data of offline runs, in order")
    upload.add_argument("runs", type=expanded, help="directory with runs")
    upload.set_defaults(run=_upload)
    return parser, commands.choices


def _lightning(command: str, arguments: list[str]) -> int:
    if {"-h", "--help"} & set(arguments):
        from repro.cli.fit_help import show_help

        return show_help(command, arguments)
    if command == "fit":
        from repro.cli.fit_check import check_fit_arguments

        check_fit_arguments(arguments)
    from repro.cli import lightning

    return lightning.run(command, arguments, shlex.join(["repro", command, *arguments]))


def _suite(arguments: argparse.Namespace) -> int:
    from repro.cli.suite import run_suite

    return run_suite(
        arguments.scale, arguments.out, arguments.jobs, arguments.retry, arguments.seeds, arguments.minutes
    )


def _cell(arguments: argparse.Namespace) -> int:
    from repro.console.grid_runs import run_cell_in

    return run_cell_in(arguments.directory)


def _check(arguments: argparse.Namespace) -> int:
    from repro.cli.check import check

    if arguments.json is not None:
        check_file(arguments.json, "--json")
    return check(arguments.json, arguments.format)


def _upload(arguments: argparse.Namespace) -> int:
    from repro.training.observe.wandb_logger import upload

    if not arguments.runs.is_dir():
        raise BadInput(f"{arguments.runs} is not a folder; give one that runs were written to")
    upload(arguments.runs)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
