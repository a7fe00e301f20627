"""What a user can get wrong, as one exception."""


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
