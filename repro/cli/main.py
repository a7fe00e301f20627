"""The command `repro`. Each command imports what it needs when it runs, so that help is quick."""

import argparse
import difflib
import io
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from repro import __version__
from repro.cli import prepare as preparation
from repro.cli import score as scoring
from repro.cli import translate as translation
from repro.errors import BadInput, Interrupted

LIGHTNING_COMMANDS = {
    "fit": "train, average, decode and score one configuration",
    "validate": "loss and perplexity of a checkpoint on the dev set",
    "test": "translate and score the test sets with a checkpoint",
    "predict": "print a checkpoint's translations of the test set",
}

EPILOG = """
first steps, without any data:
  repro check
  repro suite --scale builtin

fit, validate, test and predict take presets and Lightning's options, for example
  repro fit --config model/tiny --config data/multi30k --config trainer/cpu-hour --out runs/first
  repro test --out runs/first
  repro fit --help
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1 for failed work, 2 for bad input or an interruption."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):  # text goes out as it came in, whatever the platform's habits
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    try:
        status = _run(arguments)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader of our output has gone; there is nobody left to tell.
        _discard_output()
        return 1
    except (BadInput, Interrupted) as error:
        message = str(error)
    except KeyboardInterrupt:
        message = "stopped; the same command goes on from what is saved"
    except OSError as error:
        _discard_output()
        message = (
            f"{error.filename or 'output'} cannot be used ({error.strerror or error}); make room or choose another"
        )
    print(f"repro: {message}", file=sys.stderr)
    return 2


def _run(arguments: list[str]) -> int:
    command = arguments[0] if arguments else ""
    if command in LIGHTNING_COMMANDS:
        return _lightning(command, arguments[1:])
    parser, commands = _parser()
    if command not in commands and not command.startswith("-"):
        close = difflib.get_close_matches(command, commands, n=1)
        hint = f"did you mean {close[0]}?" if close else f"the commands are {', '.join(commands)}"
        raise BadInput(f"there is no command {command!r}; {hint}" if command else f"name a command; {hint}")
    if command.startswith("-") and command not in parser._option_string_actions:
        parser.error(f"unrecognized arguments: {command}")  # rather than that a command is missing
    parsed = parser.parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = parsed.run
    return run(parsed)


def _discard_output() -> None:
    """Let the interpreter's last flush of stdout go nowhere."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):  # not a real file
        return
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


class _OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        """As argparse's, but for `main` to print.

        Raises:
            BadInput: always.
        """
        if message.startswith("unrecognized arguments: "):
            unknown = message.removeprefix("unrecognized arguments: ").split(" ")[0]
            close = difflib.get_close_matches(unknown, self._option_string_actions, n=1)
            message = f"there is no option {unknown}" + (f", did you mean {close[0]}?" if close else "")
        raise BadInput(f"{message}; see `{self.prog} --help`")


def _parser() -> tuple[argparse.ArgumentParser, list[str]]:
    """The parser, and the names of all commands."""
    parser = _OneLineParser(
        prog="repro",
        description='Reproduces "Attention Is All You Need": trains, decodes, scores, records.',
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-V", "--version", action="version", version=f"repro {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    suite = commands.add_parser("suite", help="run everything that a scale's suite file lists")
    suite.add_argument("--scale", required=True, help="which suite, such as builtin, help or multi30k")
    suite.add_argument("--out", type=Path, default=Path("runs"), help="directory of all runs (runs)")
    suite.set_defaults(run=_suite)

    for name, summary in LIGHTNING_COMMANDS.items():
        commands.add_parser(name, help=summary, add_help=False)

    prepare = commands.add_parser("prepare", help="encode a corpus into a memory-mapped store")
    preparation.add_arguments(prepare)
    prepare.set_defaults(run=preparation.run)

    translate = commands.add_parser("translate", help="translate lines from a file or stdin")
    translation.add_arguments(translate)
    translate.set_defaults(run=translation.run)

    score = commands.add_parser("score", help="every definition of BLEU and more, for two text files")
    scoring.add_arguments(score)
    score.set_defaults(run=scoring.run)

    check = commands.add_parser("check", help="show that the implementation is the paper's")
    check.set_defaults(run=_check)

    upload = commands.add_parser("upload", help="send offline W&B data of runs, in order")
    upload.add_argument("runs", type=Path, help="directory with runs")
    upload.set_defaults(run=_upload)
    return parser, list(commands.choices)


def _lightning(command: str, arguments: list[str]) -> int:
    from repro.cli import lightning

    return lightning.run(command, arguments, shlex.join(["repro", command, *arguments]))


def _suite(arguments: argparse.Namespace) -> int:
    from repro.cli.suite import run_suite

    return run_suite(arguments.scale, arguments.out)


def _check(arguments: argparse.Namespace) -> int:
    from repro.cli.check import check

    return check()


def _upload(arguments: argparse.Namespace) -> int:
    from repro.training.tracking import upload

    if not arguments.runs.is_dir():
        raise BadInput(f"{arguments.runs} is no directory; give the one that runs were written to")
    upload(arguments.runs)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
