"""Text for readers, in each language: a file `texts/<language>.yaml` beside the code that shows it, key -> text."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import as_file, files

from repro.presets import read_yaml

LANGUAGES = ("en", "ko")
"""English is the one that the others are translated from."""


@cache
def texts_of(package: str, language: str) -> Mapping[str, str]:
    """The texts of a package, read once.

    Args:
        package: its dotted name, such as "repro.inspection".
        language: one of LANGUAGES.

    Raises:
        BadInput: there is no such file.
    """
    with as_file(files(package).joinpath("texts", f"{language}.yaml")) as path:
        return read_yaml(path)
