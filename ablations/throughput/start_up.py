"""Times of commands that compute nothing: help, the state of the grids, the report of 100 records.

Each runs in a fresh process, in turns with the others, so that a machine that slows down slows all alike. The records
are planted: those of the first cells of all grids at the built-in scale, with a made-up value each.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from ablations.throughput.configuration import StartUp
from ablations.throughput.measurements import spread
from repro.cell_directory import attempt_name
from repro.dataclass_config import from_mapping
from repro.ledger.grids.cell import Cell
from repro.ledger.grids.grid_content import grid_files, scales_of
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale
from repro.ledger.records.cell_file import assign_directory
from repro.ledger.records.record import Record
from repro.ledger.running.plan import place
from repro.outcome import Outcome
from repro.scoring.metric import Metric

SCALE = "builtin"


def measure_start_up(config: Mapping[str, Any], directory: Path) -> Outcome:
    """The function that cells of the grid call; see `StartUp` for the configuration.

    Raises:
        BadInput: the configuration cannot be used.
    """
    given = from_mapping(StartUp, config)
    with tempfile.TemporaryDirectory(dir=directory) as name:
        runs, report = Path(name) / "runs", Path(name) / "report"
        planted = plant(runs, given.records)
        commands = {
            "help": ["repro", "--help"],
            "status": ["ablate", "status", "--out", str(runs)],
            "report": ["report", "build", str(runs), "--out", str(report)],
        }
        seconds: dict[str, list[float]] = {key: [] for key in commands}
        for turn in range(given.turns + 1):
            for key, command in commands.items():
                took = _seconds(command)
                if turn:  # the first one warms the disk's cache
                    seconds[key].append(took)
    said = {
        "help": "`repro --help`",
        "status": f"`ablate status` over {planted} records",
        "report": f"`report build` of {planted} records",
    }
    metrics = []
    for key, times in seconds.items():
        definition = f"seconds of {said[key]} in a fresh process, median over {len(times)} interleaved runs"
        metrics.append(Metric(f"seconds.{key}", spread(times)["median"], "s", definition, details=spread(times)))
        print(f"{said[key]}: {spread(times)['median']:.2f} s", flush=True)
    return Outcome({metric.name: metric.as_record() for metric in metrics}, details={"seconds": seconds})


def _seconds(command: list[str]) -> float:
    """Of a command of this project, found beside this Python; its status is 1 where cells are missing."""
    path = Path(sys.executable).with_name(command[0])
    began = time.perf_counter()
    done = subprocess.run(
        [path, *command[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    took = time.perf_counter() - began
    if done.returncode > 1:
        raise RuntimeError(f"{' '.join(command)} ended with status {done.returncode}: {done.stderr.strip()}")
    return took


def plant(runs: Path, count: int) -> int:
    """Write so many records, as launchers leave them, or as many as there are cells; how many."""
    planted = 0
    for cell, metric in islice(_cells(), count):
        directory = place(runs, cell)
        assign_directory(directory, cell)
        attempt = directory / attempt_name(1)
        attempt.mkdir()
        _record(cell, metric, planted).write(attempt)
        planted += 1
    return planted


def _cells() -> Iterator[tuple[Cell, str]]:
    """All cells of all grids at the scale, with the metric that their rows are compared by."""
    scale = read_scale(SCALE)
    for _, path in sorted(grid_files().items()):
        if SCALE in scales_of(path):
            grid = read_grid(path, scale)
            for cell in grid.cells():
                yield cell, grid.metric


def _record(cell: Cell, metric: str, number: int) -> Record:
    value = {"value": 50.0 + number % 7, "unit": "%", "definition": "made up, to be read", "details": {}}
    return Record(
        cell=cell.id,
        grid=cell.grid,
        row=cell.row,
        scale=cell.scale,
        seed=cell.seed,
        status="done",
        metrics={metric: value},
        config=cell.config,
        data={"corpus": "builtin"},
        attempt=1,
        seconds=40.0,
        peak_memory_bytes=1 << 30,
        hardware={"cpu": "a processor", "cores": 2, "gpus": []},
        versions={},
        commit=None,
        dirty=None,
        command=f"ablate run {cell.grid}",
        started="2026-01-01T00:00:00+00:00",
    )
