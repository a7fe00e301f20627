"""The command `ablate`: grids and their cells. Nothing here needs torch until something is run."""

import argparse
import csv
import difflib
import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from repro import __version__
from repro.cell_directory import CLAIM, numbered_attempts
from repro.cli.board import duration
from repro.cli.command import OneLineParser, exit_status, run_command
from repro.cli.grid_table import grid_table
from repro.cli.grids import default_jobs, run_claimed_cell, run_grid
from repro.cli.numbers import positive, seeds, seeds_text
from repro.errors import BadInput
from repro.ledger.attempts import claim, claimed_cell, records
from repro.ledger.grid import Grid
from repro.ledger.grid_file import grid_files, grid_path, read_grid, scales_of
from repro.ledger.plan import RETRY, RUN, Plan, Planned, plan
from repro.ledger.scale import read_scale, scale_files
from repro.ledger.slurm import Cluster
from repro.ledger.worker import end_of_log
from repro.presets import read_yaml
from repro.table import table

EPILOG = """
a first grid, a few minutes on two cores:
  ablate list
  ablate plan positions --scale builtin
  ablate run positions --scale builtin
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1 if some cell is not done, 2 for bad input or an interruption."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return exit_status("ablate", lambda: run_command(*_parser(given), given))


def _parser(given: Sequence[str]) -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """The parser, and those of all commands by their names."""
    parser = OneLineParser(
        prog="ablate",
        description="Launches ablation grids: what varies and what is measured, run to the last record.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-V", "--version", action="version", version=f"ablate {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    typed = shlex.join(["ablate", *given])

    listing = commands.add_parser("list", help="the grids, and the scales they run at")
    listing.set_defaults(run=_list)

    planning = commands.add_parser("plan", help="the cells of grids, what is done, what the rest will cost")
    _select(planning)
    planning.add_argument("--jobs", type=positive, help="cells at a time, for the estimate")
    planning.set_defaults(run=_plan)

    running = commands.add_parser("run", help="run what is missing of grids, to the last record")
    _select(running)
    _launch(running)
    running.add_argument("--stale", action="store_true", help="also repeat what other code than this has made")
    running.set_defaults(run=lambda parsed: _run(parsed, typed, retry=False))

    retrying = commands.add_parser("retry", help="as run, and also what failed, diverged or ran out of time")
    _select(retrying)
    _launch(retrying)
    retrying.set_defaults(run=lambda parsed: _run(parsed, typed, retry=True), stale=False)

    status = commands.add_parser("status", help="how far grids are; all that have runs unless some are named")
    _select(status, several="*")
    status.set_defaults(run=_status)

    showing = commands.add_parser(
        "show", help="a grid's results; or all about one cell: what it sets, its attempts, the end of its log"
    )
    showing.add_argument(
        "what", metavar="GRID|CELL", help="a grid's name or file; or a cell's id, its beginning, or its directory"
    )
    _portion(showing)
    showing.set_defaults(run=_show)

    exporting = commands.add_parser("export", help="a grid's results as a tidy table, or a W&B sweep of its cells")
    _select(exporting)
    what = exporting.add_mutually_exclusive_group(required=True)
    what.add_argument("--csv", action="store_true", help="one line a metric of a cell, to stdout")
    what.add_argument("--wandb-sweep", action="store_true", help="a sweep file for W&B's agents, to stdout")
    exporting.set_defaults(run=_export)

    cell = commands.add_parser("cell", help="run or go on with one cell (what agents and cluster jobs call)")
    cell.add_argument("cell", nargs="?", help="its id, the beginning of it, or its directory")
    cell.add_argument("--cell", dest="named", help="the same, as W&B's agents give it")
    cell.add_argument("--grid", help="the grid it belongs to, if it was never started")
    cell.add_argument("--scale", default="builtin", help="that grid's scale (builtin)")
    cell.add_argument("--seeds", type=seeds, help="in place of that grid's, as for run")
    _out(cell)
    cell.set_defaults(run=_cell)
    return parser, commands.choices


def _out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=Path("runs"), help="directory of all runs (runs)")


def _select(parser: argparse.ArgumentParser, several: str = "+") -> None:
    parser.add_argument("grids", nargs=several, metavar="GRID", help="a grid's name, or a YAML file")
    _portion(parser, None if several == "*" else "builtin")


def _portion(parser: argparse.ArgumentParser, scale: str | None = "builtin") -> None:
    parser.add_argument("--scale", default=scale, help=f"at which scale ({scale or 'all that have runs'})")
    parser.add_argument("--rows", help="only these, separated by commas; * and ? stand for anything")
    parser.add_argument("--seeds", type=seeds, help="in place of the grid's: how many, 1,2,7, or 6-10")
    _out(parser)


def _launch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--jobs", type=positive, help="cells at a time (as many as have cores for their threads)")
    parser.add_argument("--cluster", choices=["slurm"], help="as jobs of a cluster in place of local processes")
    cluster = parser.add_argument_group("with --cluster slurm")
    cluster.add_argument("--partition", help="Slurm's partition")
    cluster.add_argument("--minutes", type=positive, help="of a job, where the grid says none (1440)")
    cluster.add_argument("--memory", type=positive, help="of a job, in GB")
    cluster.add_argument("--sbatch", action="append", default=[], metavar="NAME=VALUE", help="another option of sbatch")


def _cluster(parsed: argparse.Namespace) -> Cluster | None:
    if parsed.cluster is None:
        for name in ("partition", "minutes", "memory", "sbatch"):
            if getattr(parsed, name):
                raise BadInput(f"--{name} is for jobs of a cluster; add --cluster slurm, or leave it out")
        return None
    for option in parsed.sbatch:
        if "=" not in option:
            raise BadInput(f"--sbatch {option} has no value; write it as name=value, such as account=physics")
    extra = dict(option.split("=", 1) for option in parsed.sbatch)
    return Cluster(parsed.partition, parsed.minutes or 24 * 60, parsed.jobs or 256, parsed.memory, extra)


def _grid(name: str, scale: str, parsed: argparse.Namespace) -> Grid:
    grid = read_grid(grid_path(name), read_scale(scale), parsed.seeds)
    return grid if parsed.rows is None else grid.only(parsed.rows.split(","))


def _selected(parsed: argparse.Namespace) -> list[Grid]:
    return [_grid(name, parsed.scale, parsed) for name in parsed.grids]


# ---- looking


def _list(parsed: argparse.Namespace) -> int:
    rows = [["grid", "scales", "what it varies"]]
    for name, path in sorted(grid_files().items()):
        rows.append([name, ", ".join(scales_of(path)), str(read_yaml(path).get("title", ""))])
    print(table(rows))
    return 0


def _plan(parsed: argparse.Namespace) -> int:
    for grid in _selected(parsed):
        planned = plan(grid, parsed.out)
        rows = [["row", "seed", "state", "seconds", "cell"]]
        for each in planned.cells:
            seconds = "" if each.record is None else f"{each.record.seconds:.0f}"
            state = f"{each.state} (other code)" if each.stale else each.state
            rows.append([each.cell.row, str(each.cell.seed), state, seconds, each.cell.id])
        print(f"{grid.name} at the scale {grid.scale}: {grid.title}\n\n{table(rows)}\n")
        print(_summary(planned, parsed.jobs or default_jobs(grid)) + "\n")
    return 0


def _summary(planned: Plan, jobs: int) -> str:
    tasks = planned.tasks(RUN)
    left = planned.seconds_left(tasks, jobs)
    counts = ", ".join(f"{count} {state}" for state, count in planned.count().items())
    if not tasks:
        return f"{len(planned.cells)} cells: {counts}"
    cost = (
        "nothing is finished yet to judge the time by" if left is None else f"about {duration(left)}, {jobs} at a time"
    )
    return f"{len(planned.cells)} cells: {counts}; {len(tasks)} to run: {cost}"


def _status(parsed: argparse.Namespace) -> int:
    rows = [["scale", "grid", "cells", "done", "else", "left"]]
    if parsed.scale:
        read_scale(parsed.scale)  # refuses one that is misspelt
        _selected(parsed)  # and grids that lack it
    for scale in [parsed.scale] if parsed.scale else sorted(scale_files()):
        for name in parsed.grids or sorted(grid_files()):
            if scale not in scales_of(grid_path(name)):
                continue
            if not parsed.grids and not (parsed.out / scale / Path(name).stem).is_dir():
                continue
            planned = plan(_grid(name, scale, parsed), parsed.out)
            counts = planned.count()
            left = planned.seconds_left(planned.tasks(RUN), default_jobs(planned.grid))
            others = ", ".join(f"{count} {state}" for state, count in counts.items() if state != "done")
            cost = "-" if left is None else duration(left) if left else "0 s"
            done = str(counts.get("done", 0))
            rows.append([scale, planned.grid.name, str(len(planned.cells)), done, others or "-", cost])
    if len(rows) == 1:
        print(f"nothing has run in {parsed.out} yet; `ablate list` shows the grids")
        return 0
    print(table(rows))
    return 0


def _found(parsed: argparse.Namespace, given: str) -> Path:
    """The directory of the cell that is meant."""
    if (Path(given) / CLAIM).is_file():
        return Path(given)
    found = [
        path for path in parsed.out.glob("*/*/*") if path.is_dir() and path.name.rpartition("-")[2].startswith(given)
    ]
    if not found:
        close = difflib.get_close_matches(given, grid_files(), n=1)
        hint = f"did you mean the grid {close[0]}?" if close else "`ablate plan GRID` shows the ids"
        raise BadInput(f"{parsed.out} holds no cell {given!r}; {hint}")
    if len({path.name.rpartition("-")[2] for path in found}) > 1:
        raise BadInput(f"{given!r} is the beginning of several cells' ids: {', '.join(p.name for p in found[:5])}")
    return found[0]


def _show(parsed: argparse.Namespace) -> int:
    if parsed.what in grid_files() or parsed.what.endswith((".yaml", ".yml")):
        _show_grid(plan(_grid(parsed.what, parsed.scale, parsed), parsed.out), parsed)
        return 0
    return _show_cell(_found(parsed, parsed.what))


def _show_grid(planned: Plan, parsed: argparse.Namespace) -> None:
    print(grid_table(planned))
    if not planned.count().keys() <= {"done"}:
        print("\n" + _remains(planned))
    if planned.others and parsed.rows is None and parsed.seeds is None:
        theirs = sorted({int(name.rpartition("-seed")[2].partition("-")[0]) for name in planned.others})
        print(
            f"\nnot shown: {len(planned.others)} more cells in {parsed.out / planned.grid.scale / planned.grid.name}, "
            f"of other seeds (--seeds) or of what the grid no longer says; their seeds: {', '.join(map(str, theirs))}"
        )


def _show_cell(directory: Path) -> int:
    cell = claimed_cell(directory)
    print(f"cell {cell.id}: {cell.grid} at the scale {cell.scale}, row {cell.row}, seed {cell.seed}\n{directory}\n")
    made = records(directory)
    rows = [["attempt", "status", "seconds", "commit", "started"]]
    for number, _ in numbered_attempts(directory):
        record = next((each for each in made if each.attempt == number), None)
        if record is None:
            rows.append([str(number), "not ended", "", "", ""])
            continue
        commit = (record.commit or "-")[:12] + (" changed" if record.dirty else "")
        rows.append([str(record.attempt), record.status, f"{record.seconds:.0f}", commit, record.started])
    print(table(rows))
    if made and made[-1].metrics:
        values = [["metric", "value", "unit"]]
        values += [[name, f"{each['value']}", str(each["unit"])] for name, each in made[-1].metrics.items()]
        print("\n" + table(values))
    if made and made[-1].error:
        print(f"\n{made[-1].error.strip()}")
    elif end_of_log(directory) and not (made and made[-1].status == "done"):
        print(f"\n{end_of_log(directory)}")
    print("\n" + yaml.safe_dump(json.loads(json.dumps(cell.config)), sort_keys=False, allow_unicode=True), end="")
    return 0


# ---- running


def _run(parsed: argparse.Namespace, command: str, retry: bool) -> int:
    all_done = True
    states, cluster = RETRY if retry else RUN, _cluster(parsed)
    for grid in _selected(parsed):
        planned = run_grid(grid, parsed.out, command, parsed.jobs, states, parsed.stale, cluster)
        _show_grid(planned, parsed)
        all_done &= planned.count().keys() <= {"done"}
    return 0 if all_done else 1


def _remains(planned: Plan) -> str:
    lines = [_remaining(each) for each in planned.cells if each.state not in ("done", "missing")]
    missing = planned.count().get("missing", 0)
    more = [f"and {len(lines) - 20} more"] if len(lines) > 20 else []
    return "\n".join([*lines[:20], *more, *([f"{missing} cells have not been run"] if missing else [])])


def _remaining(each: Planned) -> str:
    error = each.record.error if each.record is not None and each.record.error else ""
    last = error.strip().split("\n")[-1]
    return f"{each.cell.row} seed {each.cell.seed}: {each.state}{': ' if last else ''}{last} ({each.directory})"


def _cell(parsed: argparse.Namespace) -> int:
    given = parsed.cell or parsed.named
    if given is None:
        raise BadInput("name a cell by its id or its directory; `ablate plan GRID` shows the ids")
    if parsed.grid is None:
        return run_claimed_cell(_found(parsed, given))
    grid = read_grid(grid_path(parsed.grid), read_scale(parsed.scale), parsed.seeds)
    found = [each for each in plan(grid, parsed.out).cells if each.cell.id.startswith(given)]
    if not found:
        raise BadInput(f"grid {grid.name} has no cell {given!r} at the scale {grid.scale}; `ablate plan` shows the ids")
    if len(found) > 1:
        raise BadInput(f"{given!r} is the beginning of {len(found)} cells' ids in grid {grid.name}; give more of it")
    claim(found[0].directory, found[0].cell)
    return run_claimed_cell(found[0].directory)


# ---- handing on


def _export(parsed: argparse.Namespace) -> int:
    grids = _selected(parsed)
    if parsed.wandb_sweep:
        if len(grids) > 1:
            raise BadInput("a sweep file is of one grid; name one")
        print(yaml.safe_dump(_sweep(grids[0], parsed), sort_keys=False), end="")
        return 0
    write = csv.writer(sys.stdout, lineterminator=os.linesep)
    axes = list(dict.fromkeys(axis for grid in grids for row in grid.rows for axis in row.coordinates))
    columns = ["seed", "cell", "status", "attempt", "seconds", "commit", "metric", "value", "unit"]
    write.writerow(["grid", "scale", "row", *(f"axis.{axis}" for axis in axes), *columns])
    for grid in grids:
        coordinates = {row.name: row.coordinates for row in grid.rows}
        for each in plan(grid, parsed.out).cells:
            cell, record = each.cell, each.record
            head = [grid.name, grid.scale, cell.row, *(coordinates[cell.row].get(axis, "") for axis in axes)]
            head += [str(cell.seed), cell.id, each.state]
            if record is None:
                write.writerow([*head, "", "", "", "", "", ""])
                continue
            head += [str(record.attempt), f"{record.seconds:.1f}", record.commit or ""]
            for name, metric in record.metrics.items() or [("", {"value": "", "unit": ""})]:
                write.writerow([*head, name, metric["value"], metric["unit"]])
    return 0


def _sweep(grid: Grid, parsed: argparse.Namespace) -> dict[str, Any]:
    command = ["ablate", "cell", "--grid", parsed.grids[0], "--scale", grid.scale, "--out", str(parsed.out)]
    if parsed.seeds is not None:
        command += ["--seeds", seeds_text(grid.seeds)]
    return {
        "name": f"{grid.name}-{grid.scale}",
        "description": grid.title,
        "program": "ablate",
        "method": "grid",
        "metric": {"name": grid.metric, "goal": "maximize" if grid.better == "higher" else "minimize"},
        "parameters": {"cell": {"values": [cell.id for cell in grid.cells()]}},
        "command": [*command, "${args}"],
    }


if __name__ == "__main__":
    raise SystemExit(main())
