"""A place for libraries' caches and settings where the user's home folder is unknown or not writable."""

import os
import tempfile
from pathlib import Path

XDG = {"XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data"}
"""Variables that Matplotlib and W&B ask before they ask for the home folder."""


def replace_unusable_home() -> None:
    """Let libraries use a temporary folder in place of a home folder that cannot be written.

    They would fill the terminal with warnings, or switch themselves off. Variables that are set stay.
    """
    home = os.path.expanduser("~")
    if os.path.isdir(home) and os.access(home, os.W_OK | os.X_OK):
        return
    for variable, name in XDG.items():
        os.environ.setdefault(variable, str(_folder() / name))


def name_unknown_home() -> None:
    """Give a home folder to libraries that need one, where neither HOME nor passwd names it.

    To be called once the user's own paths are expanded: `~` in them means no temporary folder.
    """
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = str(_folder())


def _folder() -> Path:
    return Path(tempfile.gettempdir()) / f"repro-{os.getuid()}-home"
