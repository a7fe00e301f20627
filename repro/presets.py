"""Presets: plain YAML by name, shipped in `lightning_configs/` or the user's own. Needs neither torch nor Lightning.

Your own presets live in `presets/` in the working folder, where `repro prepare` writes them: `presets/data/mine.yaml`
is the preset `data/mine`.
"""

from pathlib import Path
from typing import Any

from repro.errors import BadInput, hint
from repro.paths import expanded
from repro.plain_yaml import LARGEST, parse_yaml

OWN_PRESETS = Path("presets")
"""The folder of the user's own presets, in the working folder."""


def presets_folder() -> Path:
    """Where the shipped presets are: beside this package, in a checkout or an installed wheel."""
    # Not by import: a folder of this name in the working directory would come first.
    return Path(__file__).resolve().parents[1] / "lightning_configs"


def preset_names() -> list[str]:
    """The names of all shipped presets, such as `model/tiny`."""
    return _names_below(presets_folder())


def own_preset_names() -> list[str]:
    """The names of the user's own presets that no shipped preset has."""
    return sorted(set(_names_below(OWN_PRESETS)) - set(preset_names()))


def _names_below(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root).with_suffix("")) for path in root.rglob("*.yaml"))


def own_preset_path(name: str) -> Path:
    """The path of the user's own preset of that name, whether or not it exists."""
    return OWN_PRESETS / f"{name}.yaml"


def preset_path(name: str) -> Path:
    """A file of that name, or else the shipped preset of that name, or else the user's own.

    Raises:
        BadInput: neither is there.
    """
    file = expanded(name)
    if file.is_file():
        return file
    for root in (presets_folder(), OWN_PRESETS):
        preset = root / f"{name.removeprefix('lightning_configs/').removesuffix('.yaml')}.yaml"
        if preset.is_file() and preset.resolve().is_relative_to(root.resolve()):
            return preset
    names = [*preset_names(), *own_preset_names()]
    meant = hint(name, names, f"the presets are {_by_folder(names)}")
    raise BadInput(f"config {name} is neither a file nor a preset; {meant}")


def _by_folder(names: list[str]) -> str:
    """The names in short: data/{builtin, help}, multi30k-anchor."""
    folders: dict[str, list[str]] = {}
    for name in names:
        folder, slash, last = name.rpartition("/")
        folders.setdefault(folder + slash, []).append(last)
    parts = [f"{folder}{{{', '.join(inside)}}}" if folder else ", ".join(inside) for folder, inside in folders.items()]
    return ", ".join(parts)


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML file that holds a mapping.

    Raises:
        BadInput: missing, not YAML, something else than a mapping, or a value that `parse_yaml` refuses.
    """
    try:
        if path.exists() and not path.is_file():
            raise BadInput(f"{path} is not a file; name a YAML file")
        with open(path, "rb") as file:  # no more of it than may be read
            text = file.read(4 * LARGEST + 1).decode("utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not YAML; correct it: it is not UTF-8") from error
    content = parse_yaml(text.removeprefix("\ufeff"), str(path))
    if not isinstance(content, dict):
        raise BadInput(f"{path} must hold keys and values; see the presets for examples")
    return content
