"""What a user can get wrong, as one exception, and what was probably meant."""

import difflib
from collections.abc import Iterable


class BadInput(Exception):
    """Input that cannot be used: the command line prints it as one sentence and exits with status 2.

    The message is one clear sentence that names the file, key or value and says what to do.
    """


class NoRoom(BadInput):
    """A full disk: no fault of the configuration, and the same command goes on once there is room."""


class Taken(BadInput):
    """A living process works in the directory at the moment."""


class Diverged(Exception):
    """Training whose loss or gradient is no longer a number: a result, recorded as such."""


class Interrupted(Exception):
    """Ctrl-C or a termination signal: work stopped cleanly at a checkpoint and can go on; says how."""


def hint(given: object, known: Iterable[str], otherwise: str = "") -> str:
    """What was probably meant by a name that is not known.

    Args:
        given: the name.
        known: those that there are.
        otherwise: what is said where none of them is close; by default, what there is.
    """
    names = list(known) if isinstance(known, list | tuple) else sorted(known)
    close = difflib.get_close_matches(str(given), names, n=1)
    return f"did you mean {close[0]}?" if close else otherwise or f"there are {', '.join(names) or 'none'}"
