"""The command `ablate`: grids and their cells. Nothing here needs torch until something is run."""

import argparse
import csv
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ablations.explanation import vectors_command
from ablations.repeat.command import repeat
from ablations.selection import cell_directory, grid_of, grids_with_runs, published_cells, selected_grids
from ablations.show.commands import show, show_grid, show_keys, show_list, show_plan, show_status
from ablations.show.own_grids import OwnGrid, own_grids
from repro.console.command import exit_status, program_parser, run_command
from repro.console.empty_directories import no_empty_directories
from repro.console.formats import add_format
from repro.console.grid_runs import check_published, run_cell_in, run_grid
from repro.console.numbers import between, positive, seeds
from repro.errors import BadInput
from repro.ledger.grids.grid import Grid, seeds_text
from repro.ledger.grids.grid_content import grid_path
from repro.ledger.grids.scale import read_scale
from repro.ledger.records.cell_file import assign_directory
from repro.ledger.records.published_cells import PublishedCells
from repro.ledger.running.plan import RETRY, RUN, plan
from repro.ledger.running.slurm import Cluster
from repro.paths import expanded
from repro.streams import for_a_spreadsheet, note

EPILOG = """
a first grid, a few minutes on two cores:
  ablate list
  ablate plan positions --scale builtin
  ablate run positions --scale builtin
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status is 0, 1 if some cell is not done, 2 for bad input, 130 if stopped."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    return exit_status("ablate", lambda: run_command(*_parser(given), given))


def _parser(given: Sequence[str]) -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """The parser, and those of all commands by their names."""
    parser, commands = program_parser(
        "ablate", "Runs ablation grids: each varies parts of a model and measures what changes.", EPILOG
    )
    parser.set_defaults(settings=[], limit=None, rows=None)
    typed = shlex.join(["ablate", *given])

    listing = commands.add_parser("list", help="the grids, and the scales they run at")
    add_format(listing)
    listing.set_defaults(run=show_list)

    keys = commands.add_parser("keys", help="the keys that a grid's file may have, with an example of each")
    keys.set_defaults(run=show_keys)

    planning = commands.add_parser("plan", help="the cells of grids: which are done, and how long the rest will take")
    _select(planning)
    _changes(planning)
    planning.add_argument("--jobs", type=between(1, 1_024), help="how many cells run at a time, for the estimate")
    _from(planning)
    add_format(planning)
    planning.set_defaults(run=show_plan)

    running = commands.add_parser("run", help="run all cells of grids that are not done")
    _select(running)
    _changes(running)
    _launch(running)
    _from(running)
    running.add_argument("--stale", action="store_true", help="also repeat cells whose records were made by other code")
    running.set_defaults(run=lambda parsed: _run(parsed, typed, retry=False))

    retrying = commands.add_parser(
        "retry", help="like run, but also repeat cells that failed, diverged or ran out of time"
    )
    _select(retrying)
    _changes(retrying)
    _launch(retrying)
    _from(retrying)
    retrying.set_defaults(run=lambda parsed: _run(parsed, typed, retry=True), stale=False)

    repeating = commands.add_parser(
        "repeat",
        help="run the cells of records again in a separate folder, and compare; exit status 0 if no number is off",
    )
    repeating.add_argument(
        "what",
        metavar="GRID|CELL|RECORD",
        help="a grid's name or file; a cell's id, its beginning or its directory; or a record's file",
    )
    _portion(repeating, None, "builtin")
    _from(repeating, "a folder of published records, used where --out has none (reports/published, if it exists)")
    repeating.add_argument(
        "--into", type=expanded, default=Path("repeats"), help="folder for the repetitions (repeats)"
    )
    _jobs(repeating)
    repeating.add_argument("--cells", type=positive, metavar="N", help="only the first N cells")
    add_format(repeating)
    repeating.set_defaults(run=lambda parsed: repeat(parsed, typed))

    status = commands.add_parser("status", help="progress of the given grids, or of all that have runs")
    _select(status, several="*")
    _changes(status)
    _from(status)
    add_format(status)
    status.set_defaults(run=show_status)

    showing = commands.add_parser(
        "show", help="results of a grid; or details of one cell: its settings, its attempts, the end of its log"
    )
    showing.add_argument(
        "what", metavar="GRID|CELL", help="a grid's name or file; or a cell's id, its beginning, or its directory"
    )
    showing.add_argument("--metric", metavar="NAME", help="compare rows by this recorded metric (the grid's metric)")
    _portion(showing)
    _changes(showing)
    _from(showing)
    add_format(showing)
    showing.set_defaults(run=show)

    exporting = commands.add_parser("export", help="a grid's results as a tidy table, or a W&B sweep of its cells")
    _select(exporting)
    _changes(exporting)
    form = exporting.add_mutually_exclusive_group(required=True)
    form.add_argument("--csv", action="store_true", help="one line per cell and metric, to stdout")
    form.add_argument("--wandb-sweep", action="store_true", help="a sweep file for W&B's agents, to stdout")
    _from(exporting)
    exporting.set_defaults(run=_export)

    publishing = commands.add_parser(
        "publish",
        help="copy finished cells of the given grids, or of all that have runs, to a folder of published records",
    )
    _select(publishing, several="*")
    publishing.add_argument(
        "--to", type=expanded, required=True, metavar="DIR", help="the folder, such as reports/published"
    )
    publishing.add_argument(
        "--weights",
        action="store_true",
        help="also publish averaged weights, if the licence of the training text allows it",
    )
    publishing.set_defaults(run=_publish)

    vectors = commands.add_parser("vectors", help="make word vectors from unlabelled text, for the grid explanation")
    vectors_command.add_arguments(vectors)
    vectors.set_defaults(run=vectors_command.run)

    cell = commands.add_parser("cell", help="run or resume one cell (called by W&B agents and cluster jobs)")
    cell.add_argument("cell", nargs="?", help="its id, the beginning of its id, or its directory")
    cell.add_argument("--cell", dest="named", help="the same, in the form that W&B's agents use")
    cell.add_argument("--grid", help="its grid, if the cell was never started")
    cell.add_argument("--scale", default="builtin", help="that grid's scale (builtin)")
    cell.add_argument("--seeds", type=seeds, help="seeds to use instead of the grid's, as for run")
    _changes(cell)
    _out(cell)
    cell.set_defaults(run=_cell)
    return parser, commands.choices


def _out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=expanded, default=Path("runs"), help="directory for all runs (runs)")


FINISHED = "a folder of published records, whose cells count as done"


def _from(parser: argparse.ArgumentParser, help: str = FINISHED) -> None:
    parser.add_argument(
        "--from",
        dest="published",
        action="append",
        type=expanded,
        default=[],
        metavar="DIR",
        help=f"{help}; may be given several times",
    )


def _select(parser: argparse.ArgumentParser, several: str = "+") -> None:
    parser.add_argument("grids", nargs=several, metavar="GRID", help="a grid's name, or a YAML file")
    _portion(parser, None if several == "*" else "builtin")


def _portion(
    parser: argparse.ArgumentParser, scale: str | None = "builtin", otherwise: str = "all that have runs"
) -> None:
    """Which part of a grid, as `ablations.selection` reads it."""
    parser.add_argument(
        "--scale", default=scale, help=f"the scale, or the YAML file of a scale of your own ({scale or otherwise})"
    )
    parser.add_argument("--rows", help="only these rows, separated by commas; * and ? are wildcards")
    parser.add_argument(
        "--seeds", type=seeds, help="seeds to use instead of the grid's: how many, or which, such as 1,2,7 or 6-10"
    )
    _out(parser)


def _changes(parser: argparse.ArgumentParser) -> None:
    """Options that change the ids of a grid's cells: such cells never count as the grid's own."""
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a value for every row that does not set its own, such as max_steps=200; may be given several times",
    )
    parser.add_argument(
        "--limit",
        type=positive,
        metavar="N",
        help="a trial run: N updates and N lines of each split; it decides nothing",
    )


def _jobs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--jobs", type=between(1, 1_024), help="cells to run at a time (as many as the cores allow)")


def _launch(parser: argparse.ArgumentParser) -> None:
    _jobs(parser)
    parser.add_argument("--cluster", choices=["slurm"], help="run as cluster jobs instead of local processes")
    cluster = parser.add_argument_group("with --cluster slurm")
    cluster.add_argument("--partition", help="Slurm's partition")
    cluster.add_argument("--minutes", type=positive, help="minutes per job, if the grid does not say (1440)")
    cluster.add_argument("--memory", type=between(1, 1_000_000), help="memory per job, in GB")
    cluster.add_argument("--sbatch", action="append", default=[], metavar="NAME=VALUE", help="another option of sbatch")


def _cluster(parsed: argparse.Namespace) -> Cluster | None:
    if parsed.cluster is None:
        for name in ("partition", "minutes", "memory", "sbatch"):
            if getattr(parsed, name):
                raise BadInput(f"--{name} is for cluster jobs; add --cluster slurm, or leave it out")
        return None
    for option in parsed.sbatch:
        if "=" not in option:
            raise BadInput(f"--sbatch {option} has no value; write it as name=value, such as account=physics")
    extra = dict(option.split("=", 1) for option in parsed.sbatch)
    return Cluster(parsed.partition, parsed.minutes or 24 * 60, parsed.jobs or 256, parsed.memory, extra)


# ---- running


def _run(parsed: argparse.Namespace, command: str, retry: bool) -> int:
    all_done = True
    states, cluster = RETRY if retry else RUN, _cluster(parsed)
    grids, published = selected_grids(parsed), published_cells(parsed)
    check_published(grids, parsed.out, published, states, parsed.stale)
    for grid in grids:
        planned = run_grid(grid, parsed.out, command, parsed.jobs, states, parsed.stale, cluster, published)
        show_grid(planned, parsed)
        all_done &= planned.count().keys() <= {"done"}
    return 0 if all_done else 1


def _cell(parsed: argparse.Namespace) -> int:
    given = parsed.cell or parsed.named
    if given is None:
        raise BadInput("name a cell by its id or its directory; `ablate plan GRID` shows the ids")
    if parsed.grid is None:
        return run_cell_in(cell_directory(parsed, given))
    grid = grid_of(parsed.grid, parsed.scale, parsed)
    matching = [planned for planned in plan(grid, parsed.out).cells if planned.cell.id.startswith(given)]
    if not matching:
        raise BadInput(f"grid {grid.name} has no cell {given!r} at the scale {grid.scale}; `ablate plan` shows the ids")
    if len(matching) > 1:
        raise BadInput(f"{given!r} is the beginning of {len(matching)} cell ids in grid {grid.name}; give more of it")
    assign_directory(matching[0].directory, matching[0].cell)
    return run_cell_in(matching[0].directory)


# ---- handing on


def _export(parsed: argparse.Namespace) -> int:
    grids, published = selected_grids(parsed), published_cells(parsed)
    if parsed.wandb_sweep:
        if len(grids) > 1:
            raise BadInput("a sweep file is for one grid; name only one")
        print(yaml.safe_dump(_sweep(grids[0], parsed, published), sort_keys=False), end="")
        return 0
    plans = [plan(grid, parsed.out, published) for grid in grids]
    write = _SafeWriter()
    axes = list(dict.fromkeys(axis for grid in grids for row in grid.rows for axis in row.coordinates))
    columns = ["seed", "cell", "status", "attempt", "seconds", "commit", "metric", "value", "unit"]
    write.writerow(["grid", "scale", "row", *(f"axis.{axis}" for axis in axes), *columns])
    for planned in plans:
        grid = planned.grid
        coordinates = {row.name: row.coordinates for row in grid.rows}
        for planned_cell in planned.cells:
            cell, record = planned_cell.cell, planned_cell.record
            head = [grid.name, grid.scale, cell.row, *(coordinates[cell.row].get(axis, "") for axis in axes)]
            head += [str(cell.seed), cell.id, planned_cell.state]
            if record is None:
                write.writerow([*head, "", "", "", "", "", ""])
                continue
            head += [str(record.attempt), f"{record.seconds:.1f}", record.commit or ""]
            for name, metric in record.metrics.items() or [("", {"value": "", "unit": ""})]:
                write.writerow([*head, name, metric["value"], metric["unit"]])
    return 0


class _SafeWriter:
    """Writes lines of CSV to stdout, in which no text of a record is a formula of a spreadsheet."""

    def __init__(self) -> None:
        self._writer = csv.writer(sys.stdout, lineterminator=os.linesep)

    def writerow(self, values: Sequence[object]) -> None:
        """One line."""
        self._writer.writerow([for_a_spreadsheet(value) for value in values])


def _sweep(grid: Grid, parsed: argparse.Namespace, published: PublishedCells) -> dict[str, Any]:
    cells = [planned.cell.id for planned in plan(grid, parsed.out, published).cells if not planned.published]
    if not cells:
        raise BadInput(f"every cell of grid {grid.name} is published, so a sweep would run none; leave out --from")
    command = ["ablate", "cell", "--grid", parsed.grids[0], "--scale", parsed.scale, "--out", str(parsed.out)]
    if parsed.seeds is not None:
        command += ["--seeds", seeds_text(grid.seeds)]
    command += [word for given in parsed.settings for word in ("--set", given)]
    command += [] if parsed.limit is None else ["--limit", str(parsed.limit)]
    return {
        "name": f"{grid.name}-{grid.scale}",
        "description": grid.title,
        "program": "ablate",
        "method": "grid",
        "metric": {"name": grid.metric, "goal": "minimize" if grid.better == "lower" else "maximize"},
        "parameters": {"cell": {"values": cells}},
        "command": [*command, "${args}"],
    }


def _publish(parsed: argparse.Namespace) -> int:
    from repro.ledger.running.publishing import (  # needs NumPy, which looking does not
        check_writable,
        publication,
        publish,
    )

    check_writable(parsed.to, parsed.to)
    grids = [
        grid
        for grid in grids_with_runs(parsed, [parsed.out])
        if parsed.scale or (parsed.out / grid.scale / grid.name).is_dir()
    ]
    others = _not_taken(parsed, grids)
    if parsed.grids and not grids:
        said = ", ".join(parsed.grids)
        if others:
            scales = ", ".join(dict.fromkeys(own.scale for own in others))
            raise BadInput(f"{parsed.out} holds runs of {said} at the scale {scales} alone; add --scale with its file")
        raise BadInput(f"{parsed.out} holds no runs of {said}; `ablate status` shows what has run")
    publications = [publication(plan(grid, parsed.out), parsed.to, parsed.weights) for grid in grids]
    targets = {copy.target.parent for of_grid in publications for copy in of_grid.copies}
    with no_empty_directories(parsed.to, *targets):
        publish(publications, parsed.to)
    for of_grid in publications:
        print(of_grid.summary())
    for own in others:
        note(
            f"left out: {own.name} at the scale {own.scale}, which are not both shipped; give your own file as GRID or "
            "--scale"
        )
    if not publications and not others:
        print(f"nothing has run in {parsed.out} yet; `ablate list` shows the grids")
    return 0


def _not_taken(parsed: argparse.Namespace, taken: Sequence[Grid]) -> list[OwnGrid]:
    """What has finished cells, was asked for, and cannot be planned without a file that was not given."""
    scale = read_scale(parsed.scale).name if parsed.scale else None
    places, named = {(grid.scale, grid.name) for grid in taken}, {grid_path(given).stem for given in parsed.grids}
    return [
        own
        for own in own_grids([parsed.out], scale)
        if own.done and (own.scale, own.name) not in places and (not named or own.name in named)
    ]


if __name__ == "__main__":
    raise SystemExit(main())
