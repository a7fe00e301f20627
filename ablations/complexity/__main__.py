"""Prints Table 1 from the records of the grid, or draws time against length.

python -m ablations.complexity runs
python -m ablations.complexity runs runs-of-another-machine --figure time.svg
"""

import argparse
from pathlib import Path

from ablations.complexity.table import table_of
from repro.console.command import OneLineParser, exit_status
from repro.errors import BadInput
from repro.ledger.grids.grid_content import grid_path
from repro.ledger.grids.grid_file import read_grid
from repro.ledger.grids.scale import read_scale
from repro.ledger.records.record import Record
from repro.ledger.running.plan import plan
from repro.paths import expanded


def main(arguments: list[str] | None = None) -> int:
    """Print the table, or draw the figure; entries that were not measured yet are not in it."""
    return exit_status("complexity", lambda: _main(arguments))


def _main(arguments: list[str] | None) -> int:
    parser = OneLineParser(
        prog="python -m ablations.complexity", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", nargs="*", type=expanded, default=[Path("runs")], help="directories of runs (runs)")
    parser.add_argument("--scale", default="builtin")
    parser.add_argument("--grid", default="complexity")
    parser.add_argument("--figure", type=expanded, metavar="FILE", help="draw time against length: .svg, .pdf or .png")
    parsed = parser.parse_args(arguments)
    records = [record for runs in parsed.runs for record in _records(runs, parsed.grid, parsed.scale)]
    if parsed.figure is None:
        print(table_of([record.details for record in records]))
    else:
        from ablations.complexity.figure import draw, machines

        of_layers = [record for record in records if record.config["measurement"] == "time"]
        draw(machines([(record.details, record.hardware) for record in of_layers]), parsed.figure)
        print(parsed.figure)
    return 0


def _records(runs: Path, grid: str, scale: str) -> list[Record]:
    planned = plan(read_grid(grid_path(grid), read_scale(scale)), runs)
    records = [planned_cell.record for planned_cell in planned.cells if planned_cell.record is not None]
    if not records:
        raise BadInput(f"{runs} has no record of the grid {grid} yet; `ablate run` makes one")
    return records


if __name__ == "__main__":
    raise SystemExit(main())
