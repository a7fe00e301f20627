"""The commands of `ablate` that look at grids and cells, and start nothing."""

import argparse
import inspect
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from ablations.selection import PUBLISHED, cell_directory, grid_of, grids_with_runs, published_cells, selected_grids
from ablations.show.base_in_words import base_in_words
from ablations.show.by_metric import by_metric, caution
from ablations.show.own_grids import own_grid_parts, own_grids
from repro.cell_directory import CELL_FILE, numbered_attempts
from repro.console.formats import say_parts
from repro.console.grid_runs import default_jobs
from repro.console.grid_table import grid_parts
from repro.console.tuning_parts import tuned_text
from repro.duration import duration
from repro.errors import BadInput
from repro.ledger.grids import grid_file
from repro.ledger.grids.cell import Cell
from repro.ledger.grids.grid_content import grid_content, grid_files, grid_path, scales_of
from repro.ledger.grids.scale import read_scale
from repro.ledger.records.attempts import records
from repro.ledger.records.cell_file import cell_in
from repro.ledger.records.published_cells import PublishedCells
from repro.ledger.records.record import Record
from repro.ledger.running.estimates import Estimate
from repro.ledger.running.plan import RUN, Plan, Planned, plan
from repro.ledger.running.reuse import equal_cells, origin
from repro.ledger.running.worker import Task, end_of_log
from repro.streams import say
from repro.table import Format, Part, Table


def show_list(parsed: argparse.Namespace) -> int:
    """`ablate list`."""
    rows = [["grid", "scales", "what it varies"]]
    for name, path in sorted(grid_files().items()):
        rows.append([name, ", ".join(scales_of(path)), str(grid_content(path).get("title", ""))])
    say_parts([Table(rows)], parsed.format)
    return 0


def show_keys(parsed: argparse.Namespace) -> int:
    """`ablate keys`."""
    say(inspect.cleandoc(grid_file.__doc__ or ""))
    return 0


def show_plan(parsed: argparse.Namespace) -> int:
    """`ablate plan`."""
    published = published_cells(parsed)
    for number, planned in enumerate([plan(grid, parsed.out, published) for grid in selected_grids(parsed)]):
        grid = planned.grid
        rows = [["row", "seed", "state", "seconds", "cell"]]
        for entry in planned.cells:
            rows.append([entry.cell.row, str(entry.cell.seed), _state(entry), _seconds(entry), entry.cell.id])
        title = f"{grid.name} at the scale {grid.scale}: {grid.title}\n{base_in_words(grid)}"
        if grid.tuned is not None:
            title += f"\n{tuned_text(grid.tuned)}"
        summary = _summary(planned, parsed.out, published, parsed.jobs or default_jobs(grid))
        if number:
            say("")
        say_parts([title, Table(rows), summary], parsed.format)
    return 0


def _state(planned: Planned) -> str:
    source = None if planned.record is None else origin(planned.record)
    notes = [
        *(["published"] if planned.published else []),
        *([] if source is None else [f"run for {source.get('grid', 'another grid')}"]),
        *(["other code"] if planned.stale else []),
    ]
    return f"{planned.state} ({', '.join(notes)})" if notes else planned.state


def _seconds(planned: Planned) -> str:
    """How long a cell ran for this grid; nothing for one that was taken over from another grid's run."""
    record = planned.record
    return "" if record is None or origin(record) is not None else f"{record.seconds:.0f}"


def _summary(planned: Plan, out: Path, published: PublishedCells, jobs: int) -> str:
    tasks = planned.tasks(RUN)
    elsewhere = equal_cells(tasks, out, published, [measure.metric for measure in planned.grid.measures])
    from_published = sum(entry.published for entry in planned.cells)
    counts = ", ".join(
        f"{count} {state}{f' ({from_published} published)' if state == 'done' and from_published else ''}"
        for state, count in planned.count().items()
    )
    cells = f"{len(planned.cells)} cell{'' if len(planned.cells) == 1 else 's'}"
    if not tasks:
        return f"{cells}: {counts}"
    to_run = [task for task in tasks if task.cell.id not in elsewhere]
    shared = f"{len(tasks) - len(to_run)} taken over from other grids, " if elsewhere else ""
    estimate = _estimate(planned, to_run, jobs)
    if estimate is None:
        cost = "the time is unknown until a cell has finished"
    else:
        cost = f"about {duration(estimate.seconds)}, {jobs} at a time"
        cost += f" ({estimate.source})" if estimate.source else ""
    return f"{cells}: {counts}; {shared}{len(to_run)} to run" + (f": {cost}" if to_run else "")


def _estimate(planned: Plan, tasks: Sequence[Task], jobs: int) -> Estimate | None:
    """The time that tasks will take, estimated from runs here, or else from the checkout's published records."""
    estimate = planned.estimate(tasks, jobs)
    if estimate is None and PUBLISHED.is_dir():
        estimate = replace(planned, published=PublishedCells([PUBLISHED])).estimate(tasks, jobs)
        if estimate is not None:
            estimate = replace(estimate, source=f"{estimate.source} in {PUBLISHED}")
    return estimate


def show_status(parsed: argparse.Namespace) -> int:
    """`ablate status`."""
    published = published_cells(parsed)
    rows = [["scale", "grid", "cells", "done", "else", "left"]]
    foreign: list[str] = []
    for grid in grids_with_runs(parsed, [parsed.out, *published.folders]):
        planned = plan(grid, parsed.out, published)
        counts = planned.count()
        estimate = _estimate(planned, planned.tasks(RUN), default_jobs(grid))
        others = ", ".join(f"{count} {state}" for state, count in counts.items() if state != "done")
        cost = "-" if estimate is None else duration(estimate.seconds) if estimate.seconds else "0 s"
        done = str(counts.get("done", 0))
        rows.append([grid.scale, grid.name, str(len(planned.cells)), done, others or "-", cost])
        if planned.others:
            foreign.append(f"{len(planned.others)} in {grid.name} at {grid.scale}")
    scale = read_scale(parsed.scale).name if parsed.scale else None
    listed = {(row[0], row[1]) for row in rows}
    named = {grid_path(given).stem for given in parsed.grids}
    for own in own_grids([parsed.out, *published.folders], scale):
        if (own.scale, own.name) in listed or (named and own.name not in named):
            continue
        rest = own.cells - own.done
        rows.append([own.scale, own.name, str(own.cells), str(own.done), f"{rest} not done" if rest else "-", "-"])
    if len(rows) == 1:
        say_parts([f"nothing has run in {parsed.out} yet; `ablate list` shows the grids"], parsed.format)
        return 0
    said = f"not counted: cells with other seeds, or that a grid no longer plans ({', '.join(foreign)})"
    say_parts([Table(rows), *([said] if foreign else [])], parsed.format)
    return 0


def show(parsed: argparse.Namespace) -> int:
    """`ablate show`."""
    published = published_cells(parsed)
    if parsed.what in grid_files() or parsed.what.endswith((".yaml", ".yml")):
        planned = plan(grid_of(parsed.what, parsed.scale, parsed), parsed.out, published)
        chosen = planned if parsed.metric is None else by_metric(planned, parsed.metric)
        by_own = parsed.metric is None
        warning = "" if by_own else caution(chosen.grid)
        parts = _grid_parts(chosen, parsed, first_only=not by_own)
        say_parts([*parts, *([warning] if warning else [])], parsed.format)
        return 0
    if parsed.metric is not None:
        raise BadInput(f"--metric chooses a column of a grid's table, but {parsed.what} is not a grid; leave it out")
    own = own_grids([parsed.out, *published.folders], name=parsed.what)
    if own:
        _refuse_choices(parsed, "needs a grid's file", f"{parsed.what} is known by its records alone; give its file")
        say_parts([part for own_grid in own for part in own_grid_parts(own_grid)], parsed.format)
        return 0
    directory = cell_directory(parsed, parsed.what, published)
    _refuse_choices(parsed, "is about the cells of a grid", f"{parsed.what} is not a grid; leave it out")
    return _show_cell(directory, parsed.format)


def _refuse_choices(parsed: argparse.Namespace, meant: str, problem: str) -> None:
    """Check that no option is given that would have no effect."""
    given = {"rows": parsed.rows, "seeds": parsed.seeds, "set": parsed.settings or None, "limit": parsed.limit}
    for option, value in given.items():
        if value is not None:
            raise BadInput(f"--{option} {meant}, but {problem}")


def show_grid(planned: Plan, parsed: argparse.Namespace) -> None:
    """A grid's table, and its unfinished cells."""
    say_parts(_grid_parts(planned, parsed))


def _grid_parts(planned: Plan, parsed: argparse.Namespace, first_only: bool = False) -> list[Part]:
    parts = grid_parts(planned, first_only)
    if not planned.count().keys() <= {"done"}:
        parts.append(_remains(planned))
    if planned.others and parsed.rows is None and parsed.seeds is None:
        theirs = sorted({int(name.rpartition("-seed")[2].partition("-")[0]) for name in planned.others})
        parts.append(
            f"not shown: {len(planned.others)} more cell{'' if len(planned.others) == 1 else 's'} in "
            f"{parsed.out / planned.grid.scale / planned.grid.name}, of other seeds (--seeds), of trial runs (--limit) "
            f"or that the grid no longer plans; seeds: {', '.join(map(str, theirs))}"
        )
    return parts


def _show_cell(directory: Path, format: Format) -> int:
    recorded = records(directory)
    cell: Cell | Record
    if (directory / CELL_FILE).exists() or not recorded:
        cell = cell_in(directory)
        cell_id = cell.id
    else:  # published cells have records alone
        cell = recorded[-1]
        cell_id = cell.cell
    title = f"cell {cell_id}: {cell.grid} at the scale {cell.scale}, row {cell.row}, seed {cell.seed}\n{directory}"
    rows = [["attempt", "status", "seconds", "commit", "started"]]
    for number, _ in numbered_attempts(directory):
        record = next((past for past in recorded if past.attempt == number), None)
        if record is None:
            rows.append([str(number), "not ended", "", "", ""])
            continue
        commit = record.code or "-"
        rows.append([str(record.attempt), record.status, f"{record.seconds:.0f}", commit, record.started])
    parts: list[Part] = [title, Table(rows)]
    if recorded and recorded[-1].metrics:
        values = [["metric", "value", "unit"]]
        values += [[name, f"{metric['value']}", str(metric["unit"])] for name, metric in recorded[-1].metrics.items()]
        parts.append(Table(values))
    if recorded and recorded[-1].error:
        parts.append(recorded[-1].error.strip())
    elif end_of_log(directory) and not (recorded and recorded[-1].status == "done"):
        parts.append(end_of_log(directory))
    config = json.loads(json.dumps(cell.config))
    parts.append(yaml.safe_dump(config, sort_keys=False, allow_unicode=True).rstrip("\n"))
    say_parts(parts, format)
    return 0


def _remains(planned: Plan) -> str:
    lines = [_remaining(entry) for entry in planned.cells if entry.state not in ("done", "missing")]
    missing = planned.count().get("missing", 0)
    more = [f"and {len(lines) - 20} more"] if len(lines) > 20 else []
    return "\n".join(
        [
            *lines[:20],
            *more,
            *([f"{missing} cell{' has' if missing == 1 else 's have'} not been run"] if missing else []),
        ]
    )


def _remaining(planned: Planned) -> str:
    reason = planned.record.reason if planned.record is not None else ""
    state = f"{planned.state}{': ' if reason else ''}{reason}"
    return f"{planned.cell.row} seed {planned.cell.seed}: {state} ({planned.directory})"
