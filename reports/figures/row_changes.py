"""What each row of a grid changes in its base: "h = 1" beside a row that is called `one`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from repro.ledger.grids.grid import Grid

MOST = 3
"""Changes that are written out; rows with more of them are another model or another text altogether."""


def row_changes(grid: Grid) -> dict[str, str]:
    """Row -> what it changes; of a base, its own values of what its rows change.

    Rows with more than `MOST` changes are left out, and so are rows whose names say it all, such as `N=1`.
    """
    configs = {row.name: dict(_leaves(row.config, "")) for row in grid.rows}
    bases = {row.name: row.base for row in grid.rows if row.base is not None}
    keys = {name: _differing(configs[name], configs[base]) for name, base in bases.items()}
    keys = {name: changed for name, changed in keys.items() if 0 < len(changed) <= MOST}
    for base in set(bases.values()) - keys.keys():
        changed = list(dict.fromkeys(key for name, of_row in keys.items() if bases.get(name) == base for key in of_row))
        if 0 < len(changed) <= MOST:
            keys[base] = changed
    return {name: _told(configs[name], changed) for name, changed in keys.items() if not _in_name(name, changed)}


def _differing(row: Mapping[str, Any], base: Mapping[str, Any]) -> list[str]:
    return [key for key in {**base, **row} if row.get(key) != base.get(key)]


def _last(key: str) -> str:
    return key.rpartition(".")[2]


def _in_name(row: str, keys: Sequence[str]) -> bool:
    return all(f"{_last(key)}=" in row for key in keys)


def _told(config: Mapping[str, Any], keys: Sequence[str]) -> str:
    """Names without what they are nested in; values that are not set are left out."""
    return ", ".join(f"{_last(key)} = {_value(key, config[key])}" for key in keys if config.get(key) is not None)


def _value(key: str, value: Any) -> str:
    """Numbers to four digits, classes without their modules."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value).rpartition(".")[2] if _last(key) == "class_path" else str(value)


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{name}.{key}" if name else str(key))
    else:
        yield name, value
