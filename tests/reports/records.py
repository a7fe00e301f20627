"""Planted records, in memory or as files, for tests of what reports make of them."""

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from reports.catalogue import grid_at, scales_of_grid
from reports.verdicts.records import Records, StoredRecord
from repro.ledger.grids.cell import Cell
from repro.ledger.records.record import Record

UNIT, DEFINITION = "% of lines", "Percentage of lines that equal their reference character by character."


def metric(value: float | None, unit: str = UNIT, definition: str = DEFINITION, **more: Any) -> dict[str, Any]:
    return {"value": value, "unit": unit, "definition": definition, "details": {}, "interval": None, **more}


def planted(
    grid: str,
    row: str,
    seed: int,
    metrics: Mapping[str, Any],
    *,
    scale: str = "builtin",
    status: str = "done",
    cell: str | None = None,
    **more: Any,
) -> Record:
    """A record; metrics are values, or whole metrics. Of a shipped grid's row it is the cell that the grid plans."""
    made_up = hashlib.sha256(f"{grid}/{row}/{seed}/{scale}".encode()).hexdigest()[:12]
    content: dict[str, Any] = {
        "cell": cell or made_up,
        "grid": grid,
        "row": row,
        "scale": scale,
        "seed": seed,
        "status": status,
        "metrics": {name: it if isinstance(it, Mapping) else metric(it) for name, it in metrics.items()},
        "config": {},
        "data": {"corpus": "builtin"},
        "attempt": 1,
        "seconds": 12.5,
        "peak_memory_bytes": 1,
        "hardware": {"cpu": "a processor", "cores": 2, "gpus": []},
        "versions": {},
        "commit": "0123456789abcdef",
        "dirty": False,
        "command": f"ablate run {grid} --scale {scale}",
        "started": "2026-01-01T00:00:00+00:00",
        **more,
    }
    if cell is None and "config" not in more and scale in scales_of_grid(grid):
        shipped = grid_at(grid, scale)
        config = next((it.config for it in shipped.rows if it.name == row), None)
        if config is not None:
            key = "seed_everything" if "seed_everything" in config else "seed"
            content["config"] = {**config, key: seed}
            content["cell"] = Cell(shipped.function, content["config"]).id
    return Record(**content)


def runs_of(
    grid: str, row: str, metric_name: str, values: Mapping[int, float] | list[float], **more: Any
) -> list[Record]:
    """One record a seed, from 1."""
    of_seeds = values if isinstance(values, Mapping) else dict(enumerate(values, 1))
    return [planted(grid, row, seed, {metric_name: value}, **more) for seed, value in of_seeds.items()]


def records_of(records: list[Record], added: Collection[tuple[str, int]] = ()) -> Records:
    """Records without files; `added` are scales and seeds that no plan has."""
    found = [
        StoredRecord(
            it,
            f"{it.scale}/{it.grid}/{it.row}-{it.seed}/record.json",
            Path(),
            added=(it.scale, it.seed) in added,
        )
        for it in records
    ]
    index: dict[tuple[str, str, str], dict[int, StoredRecord]] = {}
    for each in found:
        record = each.record
        index.setdefault((record.scale, record.grid, record.row), {})[record.seed] = each
    return Records(tuple(found), (), (), "", index=index)


def write(root: Path, record: Record, attempt: int = 1) -> Path:
    """As a launcher leaves it; the directory of the attempt."""
    name = f"{record.row}-seed{record.seed}-{record.cell}"
    directory = root / record.scale / record.grid / name / f"attempt-{attempt}"
    directory.mkdir(parents=True)
    record.write(directory)
    return directory
