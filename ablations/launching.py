"""Runs a grid from a Python program: by the command `ablate`, in a process of its own.

Cells are forked from the launching process, which must not have computed anything before: threads do not survive a
fork. A program or notebook that calls this usually has.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from repro.console.command import STOPPED
from repro.errors import BadInput, Interrupted
from repro.streams import note, note_exception

PREFIX = "ablate: "
"""How the command begins what it says last, where it refuses something or was stopped."""
CRASHED = 70
"""The status of a command that ended with an exception. Python's own, 1, would pass for cells that are not done."""


def launch(arguments: Sequence[str]) -> None:
    """Run `ablate` with these arguments, and hand on what it says while it runs.

    Ctrl-C stops it as in a terminal: cells are saved, and the same call goes on.

    Raises:
        BadInput: what the command refused.
        Interrupted: a signal stopped the command; the same call goes on.
    """
    # -P and the path: the program's folder may hold files of any name, and must not stand in for a module.
    place = str(Path(__file__).parents[1])
    path = os.pathsep.join([place, *filter(None, [os.environ.get("PYTHONPATH")])])
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "ablations.launching", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,  # so that Ctrl-C reaches it once, from here
    )
    last = ""
    try:
        assert process.stderr is not None
        for line in process.stderr:
            last = line.rstrip("\n")
            if not last.startswith(PREFIX):
                note(last)
    except BaseException:
        process.send_signal(signal.SIGINT)
        raise
    finally:
        process.communicate()
    if last.startswith(PREFIX):
        reason = Interrupted if process.returncode == STOPPED else BadInput
        raise reason(last.removeprefix(PREFIX))
    if process.returncode not in (0, 1):
        raise BadInput(f"`ablate` ended with status {process.returncode}: {last or 'no message'}")


def _launched(arguments: Sequence[str]) -> int:
    """The program of the launched process: the command, with a status of its own for an exception."""
    from ablations.cli import main

    try:
        return main(arguments)
    except Exception as error:
        note_exception(type(error), error, error.__traceback__)
        return CRASHED


if __name__ == "__main__":
    raise SystemExit(_launched(sys.argv[1:]))
