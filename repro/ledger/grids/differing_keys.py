"""Keys in which configurations differ, those that decide a result before those that do not."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from repro.ledger.grids.cell import identity

SEEDS = frozenset({"seed", "seed_everything"})
"""Keys that hold a cell's seed."""
ABSENT = "-"
"""What is shown of a key that a configuration does not have."""


def differing_keys(configs: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Dotted key -> its value in each configuration, as JSON; those that decide a result come first.

    A key added later that holds the value of former times is no difference (`cell.ADDED_LATER`). Of keys that decide
    nothing, one that a configuration does not have is no difference: newer code writes down less.
    """
    flat = [flattened(config) for config in configs]
    deciding = deciding_keys(configs)
    shared = [key for key in flat[0] if key not in deciding and all(key in config for config in flat)]
    listed = [*deciding, *(key for key in shared if differ(flat, key))]
    return {key: [shown(config, key) for config in flat] for key in listed}


def deciding_keys(configs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Of the differing keys, those that decide what comes out."""
    flat = [flattened(identity(config)) for config in configs]
    return [key for key in dict.fromkeys(key for it in flat for key in it) if differ(flat, key)]


def flattened(config: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Dotted key -> value of a nested configuration."""
    flat: dict[str, Any] = {}
    for name, value in config.items():
        key = f"{above}{name}"
        flat |= flattened(value, f"{key}.") if isinstance(value, Mapping) and value else {key: value}
    return flat


def differ(flat: Sequence[Mapping[str, Any]], key: str) -> bool:
    """Whether a key's values are not all one; what is missing differs from null."""
    return len({shown(config, key) for config in flat}) > 1


def shown(flat: Mapping[str, Any], key: str) -> str:
    """A key's value as text: JSON, except that text stands as it is."""
    if key not in flat:
        return ABSENT
    value = flat[key]
    return value if isinstance(value, str) and value != ABSENT else json.dumps(value, ensure_ascii=False)
