"""Prints Table 1 from the records of the grid: `python -m ablations.complexity [RUNS] [--scale builtin]`."""

import argparse
import sys
from pathlib import Path

from ablations.complexity.table import table_of
from repro.errors import BadInput
from repro.ledger.grid_file import grid_path, read_grid
from repro.ledger.plan import plan
from repro.ledger.scale import read_scale


def main(arguments: list[str] | None = None) -> int:
    """Print the table; entries that were not measured yet are not in it."""
    parser = argparse.ArgumentParser(prog="python -m ablations.complexity", description=__doc__)
    parser.add_argument("runs", nargs="?", type=Path, default=Path("runs"), help="directory of all runs")
    parser.add_argument("--scale", default="builtin")
    parser.add_argument("--grid", default="complexity")
    parsed = parser.parse_args(arguments)
    try:
        planned = plan(read_grid(grid_path(parsed.grid), read_scale(parsed.scale)), parsed.runs)
        found = [each.record.details for each in planned.cells if each.record is not None]
        if not found:
            raise BadInput(f"{parsed.runs} has no record of the grid {parsed.grid} yet; `ablate run` makes them")
    except BadInput as error:
        print(f"complexity: {error}", file=sys.stderr)
        return 2
    print(table_of(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
