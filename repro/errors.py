"""What a user can get wrong, as one exception."""


class BadInput(Exception):
    """Input that cannot be used: the command line prints it as one sentence and exits with status 2.

    The message is one clear sentence that names the file, key or value and says what to do.
    """
