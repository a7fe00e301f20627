"""Runs the cells of records anew, in a folder of their own, and compares each metric with its record.

Nothing is written where records lie. Cells already repeated with the current code and versions are not run again, so
that the same command continues where it was stopped.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ablations.repeat.originals import originals
from ablations.selection import PUBLISHED
from repro import files, json_file
from repro.called_function import beside, called_function
from repro.cell_directory import RECORD, attempt_name
from repro.console.formats import say_parts
from repro.console.grid_display import GridDisplay
from repro.console.grid_runs import check_place, gpus, jobs_for
from repro.console.repetitions import Repetition, repetitions_parts, status_of
from repro.duration import duration
from repro.errors import BadInput
from repro.ledger.grids.cell import Cell
from repro.ledger.records.attempts import clear_done, ended, records
from repro.ledger.records.originals import Original, wants_gpu
from repro.ledger.records.record import Record
from repro.ledger.records.recorded_cells import RESULTS
from repro.ledger.running import machine
from repro.ledger.running.launcher import Launcher
from repro.ledger.running.plan import place
from repro.ledger.running.worker import Task, in_fork
from repro.streams import note


def repeat(parsed: argparse.Namespace, command: str) -> int:
    """Run it; the status is 0 if nothing is off, 1 if something is or a cell could not be repeated.

    Raises:
        BadInput: there is no such record, or the repetitions would lie where records do; nothing was started then.
        Interrupted: stopped by a signal; the same command goes on.
    """
    if not parsed.published and PUBLISHED.is_dir():
        parsed.published = [PUBLISHED]
    asked = originals(parsed)
    chosen = asked.originals[: parsed.cells]
    _check_into(parsed.into, [parsed.out, *parsed.published], chosen)
    if asked.missing:
        note(f"left out, because there is no record yet: {_cells(asked.missing)}; `ablate run` makes them")
    if asked.other_seeds and parsed.seeds is None:
        seeds = ", ".join(map(str, asked.other_seeds))
        note(f"left out, because the grid does not plan these seeds: {seeds}; add them with --seeds")
    if len(chosen) < len(asked.originals):
        note(f"the first {len(chosen)} of {_cells(len(asked.originals))}")
    repetitions = _run_anew(chosen, parsed.into, command, parsed.jobs)
    say_parts(repetitions_parts(repetitions, asked.unreadable), parsed.format)
    return status_of(repetitions, asked.unreadable)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"


def _check_into(into: Path, folders: Sequence[Path], chosen: Sequence[Original]) -> None:
    """Check that nothing is written among records.

    Raises:
        BadInput: the folder of repetitions lies in one of records, or a record in it.
    """
    resolved = into.resolve()
    for folder in folders:
        if resolved.is_relative_to(folder.resolve()):
            raise BadInput(f"--into {into} is inside {folder}, where nothing may be changed; choose another")
    for original in chosen:
        if original.path.resolve().is_relative_to(resolved):
            raise BadInput(f"{original.path} is inside --into {into}, but must not be changed; choose another")


# ---- running


def _run_anew(chosen: Sequence[Original], into: Path, command: str, jobs: int | None) -> list[Repetition]:
    cannot = {original.path: why for original in chosen if (why := _unrepeatable(original)) is not None}
    able = [original for original in chosen if original.path not in cannot]
    directories = {original.path: _place(into, original.cell) for original in able}
    for directory in directories.values():
        clear_done(directory)
    left = [original for original in able if not _is_repeated(directories[original.path])]
    earlier = {original.path for original in able} - {original.path for original in left}
    if earlier:
        note(
            f"already repeated with this code, so only compared: {_cells(len(earlier))}; another --into runs them again"
        )
    if left:
        check_place(into, "--into")
        cannot |= _refusals(left)
        left = [original for original in left if original.path not in cannot]
    if left:
        together = [original.record.config for original in left if not _runs_alone(original)]
        jobs = jobs or (jobs_for(together) if together else 1)
        expected = sum(original.record.seconds for original in left) / min(jobs, len(left))
        names = ", ".join(dict.fromkeys(original.record.grid for original in left))
        note(f"{names}: {len(left)} of {_cells(len(able))} to repeat, about {duration(expected)} by their records")
        tasks = [_task(original, directories[original.path]) for original in left]
        with GridDisplay(f"{names}, repeated", len(able), len(able) - len(left), expected) as board:
            Launcher(jobs, command, board, gpus=gpus()).run(tasks)
    return [
        Repetition(original, None, None, cannot[original.path])
        if original.path in cannot
        else _repetition(original, directories[original.path], original.path in earlier)
        for original in chosen
    ]


def _place(into: Path, cell: Cell) -> Path:
    return place(into, cell) if cell.row else into / cell.grid / cell.id  # single runs lie as `repro fit` leaves them


def _task(original: Original, directory: Path) -> Task:
    minutes = original.grid.minutes if original.grid else None
    return Task(original.cell, directory, _runs_alone(original), minutes, repeat=True, ended_before=ended(directory))


def _runs_alone(original: Original) -> bool:
    return original.grid is not None and original.grid.runs_alone(original.record.row)


def _unrepeatable(original: Original) -> str | None:
    """Why a record cannot be repeated, as far as it says so itself; None if it can."""
    record = original.record
    if record.status not in RESULTS:
        return f"its record says {record.status} and holds no number to repeat; `ablate retry` runs it again"
    if original.function is None:
        return "no function here gives its configuration the record's id; if its grid is your own, give the grid's file"
    if any("/" in part or part in (".", "..") for part in (record.scale, record.grid, record.row)):
        return "its grid, scale or row cannot be the name of a folder"
    return None


def _is_repeated(directory: Path) -> bool:
    """Whether it need not be run again. Code that no commit states in full may have been other code then."""
    last = _last(directory)
    return last is not None and last.status in RESULTS and last.commit is not None and last.dirty is False


def _last(directory: Path) -> Record | None:
    """The last record there, if the code and the versions of now have made it."""
    try:
        last = next(reversed(records(directory)), None)
    except BadInput:  # it is set aside when the cell is run
        return None
    now = (*machine.commit(), machine.versions())
    return last if last is not None and (last.commit, last.dirty, last.versions) == now else None


def _refusals(left: Sequence[Original]) -> dict[Path, str]:
    """Record -> why its cell cannot be run here: no such function, GPU or data, or a key that is not known any more."""
    refusals: dict[Path, str] = {}
    for function in dict.fromkeys(original.cell.function for original in left):
        try:
            called_function(function)  # imported once, for all workers
        except BadInput as error:
            refusals |= {original.path: str(error) for original in left if original.cell.function == function}
    own_gpus = machine.hardware()["gpus"]  # known once torch is loaded
    for original in left:
        made_on = original.record.hardware.get("gpus")
        if made_on and not own_gpus and wants_gpu(original.record.config):
            refusals[original.path] = f"it was made on {', '.join(made_on)}, but there is no GPU here"
    rest = [original for original in left if original.path not in refusals]
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "refused.json"
        in_fork(lambda: files.write_json(said, [_check(original.cell) for original in rest]))
        reasons = json_file.read_json(said)
    return refusals | {original.path: why for original, why in zip(rest, reasons, strict=True) if why is not None}


def _check(cell: Cell) -> str | None:
    """The objection of the called function's module to a configuration, by `check_<name>` beside `<name>`."""
    look = beside(cell.function, "check")
    try:
        if look is not None:
            look(cell.config)
    except BadInput as error:
        return str(error)
    return None


def _repetition(original: Original, directory: Path, earlier: bool) -> Repetition:
    record = _last(directory)
    if record is None:
        return Repetition(original, None, None, f"it left no record; see {directory}")
    attempt = directory / attempt_name(record.attempt)
    if record.status in RESULTS:
        return Repetition(original, record, attempt / RECORD, None, earlier)
    why = f"{record.status}{': ' if record.reason else ''}{record.reason}"
    return Repetition(original, None, None, f"{why} (see {attempt})")
