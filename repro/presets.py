"""The shipped presets in `lightning_configs/`: plain YAML by name. Needs neither torch nor Lightning."""

from pathlib import Path
from typing import Any

import yaml

from repro.errors import BadInput, hint

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where PyYAML was built with it: ten times as fast, which commands that only look are made of."""


def presets_folder() -> Path:
    """Where the presets are, in a checkout or an installed wheel."""
    # A folder of data without code, hence a namespace package; an editable install adds a path that is no folder.
    import lightning_configs

    return next(path for path in map(Path, lightning_configs.__path__) if path.is_dir())


def preset_names() -> list[str]:
    """The names of all shipped presets, such as `model/tiny`."""
    root = presets_folder()
    return sorted(str(path.relative_to(root).with_suffix("")) for path in root.rglob("*.yaml"))


def preset_path(name: str) -> Path:
    """A file of that name, or else the shipped preset of that name.

    Raises:
        BadInput: neither is there.
    """
    if Path(name).is_file():
        return Path(name)
    root = presets_folder().resolve()
    shipped = root / f"{name.removeprefix('lightning_configs/').removesuffix('.yaml')}.yaml"
    if shipped.is_file() and shipped.resolve().is_relative_to(root):
        return shipped
    names = preset_names()
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
        BadInput: missing, not YAML, or something else than a mapping.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        where = getattr(error, "problem_mark", None)
        line = f" in line {where.line + 1}" if where else ""
        raise BadInput(f"{path} is not YAML{line}; correct it") from error
    if not isinstance(content, dict):
        raise BadInput(f"{path} must hold keys and values; see the presets for examples")
    return content
