"""What runs were told that is not the same for all, and what else decides a result: text, code and machine."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from repro.comparison.recorded_run import RecordedRun
from repro.ledger.grids.cell import identity
from repro.ledger.records.record import Record

SEEDS = {"seed", "seed_everything"}
ABSENT = "-"


def differing_keys(runs: Sequence[RecordedRun]) -> dict[str, list[str]]:
    """Dotted key of the configurations -> its value in each run, as JSON; those that decide a result come first.

    Of others, one that a run's configuration does not have is no difference: newer code writes down less.
    """
    configs = [_flat(run.record.config) for run in runs]
    deciding = deciding_keys(runs)
    shared = [key for key in configs[0] if key not in deciding and all(key in config for config in configs)]
    listed = [*deciding, *(key for key in shared if _differ(configs, key))]
    return {key: [_shown(config, key) for config in configs] for key in listed}


def deciding_keys(runs: Sequence[RecordedRun]) -> list[str]:
    """Of the differing keys, those that decide what comes out."""
    configs = [_flat(identity(run.record.config)) for run in runs]
    return [key for key in dict.fromkeys(key for it in configs for key in it) if _differ(configs, key)]


def differing_surroundings(runs: Sequence[RecordedRun]) -> dict[str, list[str]]:
    """The same of what no configuration says: the prepared text, the commit, the machine, versions of libraries."""
    surroundings = [_surroundings(run.record) for run in runs]
    return {
        key: [_shown(it, key) for it in surroundings]
        for key in dict.fromkeys(k for it in surroundings for k in it)
        if _differ(surroundings, key)
    }


def _surroundings(record: Record) -> dict[str, Any]:
    hardware = {f"machine.{key}": record.hardware.get(key) for key in ("cpu", "cores", "gpus")}
    versions = {f"version.{name}": version for name, version in record.versions.items()}
    return {"text": record.data.get("store"), "code": record.code, **hardware, **versions}


def _flat(config: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in config.items():
        key = f"{above}{name}"
        flat |= _flat(value, f"{key}.") if isinstance(value, Mapping) and value else {key: value}
    return flat


def _differ(configs: Sequence[Mapping[str, Any]], key: str) -> bool:
    """Whether a key's values are not all one; what is missing differs from null."""
    return len({_shown(config, key) for config in configs}) > 1


def _shown(config: Mapping[str, Any], key: str) -> str:
    if key not in config:
        return ABSENT
    value = config[key]
    return value if isinstance(value, str) and value != ABSENT else json.dumps(value, ensure_ascii=False)
