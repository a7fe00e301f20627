"""Paths as people write them."""

from pathlib import Path

from repro.errors import BadInput


def expanded(path: str | Path) -> Path:
    """The path with `~` and `~user` replaced, which a shell leaves alone behind `=` and within a list.

    Raises:
        BadInput: the home folder is unknown.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise BadInput(f"{path} begins with an unknown home folder; write the path in full, or set HOME") from error
