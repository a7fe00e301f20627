"""Shared by all commands of this project: parsing, failure messages, exit statuses."""

import argparse
import difflib
import errno
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from repro import __version__, files
from repro.errors import BadInput, Interrupted, hint
from repro.home_folder import replace_unusable_home
from repro.launchers import set_aside
from repro.streams import discard, ensure_streams, note, note_exception

REFUSED = 2
"""Exit status for bad input: nothing was written, and the same command would be refused again."""
STOPPED = 130
"""Exit status for work that Ctrl-C or a signal stopped: the same command goes on. Shells have it for Ctrl-C, too."""
BUSY = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ENOLCK)
"""Errors of a system that has no more processes, memory, open files or locks to give."""
LONGEST_MESSAGE = 2_000
"""Characters; lists of what there is are shorter."""
CLOSE_OPTION = 0.75
"""How alike two options must be, as difflib counts, for one to be suggested.

`--output` and `--out` are, `--colour` and `--cluster` are not.
"""


def program_parser(
    program: str, description: str, epilog: str
) -> tuple["OneLineParser", "argparse._SubParsersAction[OneLineParser]"]:
    """The parser of a program that has commands and `--version`, and what its commands are added to."""
    parser = OneLineParser(
        prog=program,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-V", "--version", action="version", version=f"{program} {__version__}")
    return parser, parser.add_subparsers(required=True, metavar="COMMAND")


def exit_status(program: str, work: Callable[[], int]) -> int:
    """Do the work; 0 if it is done, 1 if it failed, 2 for bad input, 130 if stopped; says why in one sentence."""
    ensure_streams()
    sys.excepthook = note_exception
    set_aside()  # before Lightning is imported, which looks
    replace_unusable_home()  # before Matplotlib and W&B are, which write there
    if isinstance(sys.stdout, io.TextIOWrapper):  # text goes out as it came in, whatever the platform's habits
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    status = REFUSED
    try:
        status = work()
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader of our output has gone; there is nobody left to tell.
        discard(sys.stdout)
        return 1
    except BadInput as error:
        message = str(error)
    except Interrupted as error:
        status, message = STOPPED, str(error)
    except KeyboardInterrupt:
        status, message = STOPPED, "stopped; what was saved is kept, and the same command can be run again"
    except OSError as error:
        discard(sys.stdout)
        remedy = "make room" if files.is_full(error) else "choose another"
        message = f"{error.filename or 'output'} cannot be used ({error.strerror or error}); {remedy}"
        if error.filename is None and error.errno in BUSY:
            message = f"the system refuses ({error.strerror}); repeat the command once less runs on this machine"
    note(f"{program}: {shortened(message)}")
    return status


def shortened(message: str) -> str:
    """A message whose middle is left out if a repeated part is too long to read."""
    if len(message) <= LONGEST_MESSAGE:
        return message
    half = LONGEST_MESSAGE // 2
    return f"{message[:half]} [{len(message) - 2 * half:,} characters left out] {message[-half:]}"


def run_command(
    parser: argparse.ArgumentParser, commands: Mapping[str, argparse.ArgumentParser], arguments: Sequence[str]
) -> int:
    """Parse, and run what the chosen command's parser has set as `run`.

    Args:
        parser, commands: the program's, and those of its commands by their names.
        arguments: what was typed behind the program's name.

    Raises:
        BadInput: no such command or option.
    """
    command = arguments[0] if arguments else ""
    if command not in commands and not command.startswith("-"):
        meant = hint(command, commands, f"the commands are {', '.join(commands)}")
        raise BadInput(f"there is no command {command!r}; {meant}" if command else f"name a command; {meant}")
    if command.startswith("-") and command not in parser._option_string_actions:
        parser.error(f"unrecognized arguments: {command}")  # rather than that a command is missing
    if command in commands:
        _refuse_unknown_options(commands[command], arguments[1:])
    parsed, unknown = parser.parse_known_args(arguments)
    if unknown:  # to be said by the command's own parser, which knows what is close and has the help
        commands.get(command, parser).error(f"unrecognized arguments: {' '.join(unknown)}")
    run: Callable[[argparse.Namespace], int] = parsed.run
    return run(parsed)


def _refuse_unknown_options(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> None:
    """Say what is misspelt first: argparse would rather say that a required option is missing."""
    for argument in arguments:
        if argument == "--":
            return
        if argument.startswith("--") and argument.split("=")[0] not in parser._option_string_actions:
            parser.error(f"unrecognized arguments: {argument}")


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without the usage before it; takes no option by its beginning only."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_abbrev": False, **options})

    def error(self, message: str) -> NoReturn:
        """As argparse's, but for `main` to print.

        Raises:
            BadInput: always.
        """
        if message.startswith("unrecognized arguments: "):
            unknown = message.removeprefix("unrecognized arguments: ").split(" ")[0]
            options = self._option_string_actions
            close = difflib.get_close_matches(unknown.split("=")[0], options, n=1, cutoff=CLOSE_OPTION)
            if unknown.startswith("-"):
                message = f"there is no option {unknown}"
                if close:
                    raise BadInput(f"{message}; did you mean {close[0]}?")
            else:
                message = f"{unknown!r} is one argument too many"
        raise BadInput(f"{message}; see `{self.prog} --help`")
