"""The folder of corpora that the environment names, and how files are found in a folder: plain or compressed."""

import os
from pathlib import Path

from repro.errors import BadInput
from repro.paths import expanded

DATA_VARIABLE = "REPRO_DATA"
ENDINGS = ("", ".gz", ".xz", ".bz2", ".zst")
"""Of files that are found, in this order; `compression` tells formats apart by their first bytes."""
FORMS = "plain or compressed (.gz, .xz, .bz2, .zst)"
"""The same in words, for messages."""


def corpus_folder() -> Path | None:
    """The folder of corpora; None if the environment names none.

    Raises:
        BadInput: what it names is not a folder.
    """
    if not os.environ.get(DATA_VARIABLE):
        return None
    folder = expanded(os.environ[DATA_VARIABLE])
    if not folder.is_dir():
        raise BadInput(f"{DATA_VARIABLE} is {folder}, which is not a folder; set it to your folder of corpora")
    return folder


def find_file(folder: Path, name: str) -> Path | None:
    """The file `name`, plain or with an ending of `ENDINGS`; None if there is none."""
    return next((path for ending in ENDINGS if (path := folder / f"{name}{ending}").is_file()), None)
