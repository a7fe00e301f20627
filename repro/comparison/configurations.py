"""Differences between runs beyond their configurations: in text, code, machine and versions."""

from collections.abc import Sequence
from typing import Any

from repro.comparison.recorded_run import RecordedRun
from repro.ledger.grids.differing_keys import differ, shown
from repro.ledger.records.record import Record


def differing_surroundings(runs: Sequence[RecordedRun]) -> dict[str, list[str]]:
    """Of what no configuration says, what differs: the prepared text, the commit, the machine, versions of libraries.

    Returns:
        Its name -> its value in each run, as JSON.
    """
    surroundings = [_surroundings(run.record) for run in runs]
    return {
        key: [shown(it, key) for it in surroundings]
        for key in dict.fromkeys(k for it in surroundings for k in it)
        if differ(surroundings, key)
    }


def _surroundings(record: Record) -> dict[str, Any]:
    hardware = {f"machine.{key}": record.hardware.get(key) for key in ("cpu", "cores", "gpus")}
    versions = {f"version.{name}": version for name, version in record.versions.items()}
    return {"text": record.data.get("store"), "code": record.code, **hardware, **versions}
