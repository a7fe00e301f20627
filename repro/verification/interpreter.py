"""Finds a Python with the major and minor version of the one that made a record, since wheels depend on these."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from repro.errors import BadInput

ASK = "import platform; print(platform.python_version())"


def interpreter(recorded: str, given: str | None = None) -> tuple[str, str]:
    """A Python to make an environment with, and its version.

    Args:
        recorded: the record's version, such as "3.11.7".
        given: a path or a name in PATH; None for this Python if its version fits, else `pythonX.Y` in PATH.

    Raises:
        BadInput: none has the record's major and minor version.
    """
    wanted = ".".join(recorded.split(".")[:2])
    tried = []
    for path in [given] if given else _candidates(wanted):
        version = _version(path)
        if version is not None and version.split(".")[:2] == wanted.split("."):
            return path, version
        tried.append(f"{path} is {'not a working Python' if version is None else f'Python {version}'}")
    here = f" ({'; '.join(tried)})" if tried else ""
    raise BadInput(
        f"the record was made by Python {recorded}, and Python {wanted} was not found{here}; give one with --python"
    )


def _candidates(wanted: str) -> Iterator[str]:
    yield sys.executable
    named = shutil.which(f"python{wanted}")
    if named is not None and Path(named) != Path(sys.executable):
        yield named


def _version(path: str) -> str | None:
    """The version of a Python; None if it does not run."""
    try:
        said = subprocess.run([path, "-I", "-c", ASK], capture_output=True, encoding="utf-8", check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout.strip()
