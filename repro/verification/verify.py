"""Verifies one record: takes its commit, versions and data, runs its cell, and compares every number."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from repro.cell_directory import RECORD, attempt_name, attempts
from repro.console.repetitions import Repetition
from repro.errors import BadInput
from repro.ledger.grids.cell import ID, Cell
from repro.ledger.records.attempts import record_that_counts
from repro.ledger.records.originals import Original, wants_gpu
from repro.ledger.records.record import Record
from repro.ledger.records.recorded_cells import RESULTS
from repro.ledger.running import machine
from repro.presets import read_yaml
from repro.streams import note
from repro.verification.cell_run import curve, prepare_code, run_in_room
from repro.verification.curve import Curve, compare_curves, kept_curve, other_curves
from repro.verification.data_check import prepared_otherwise
from repro.verification.environment import Environment, environment, wanted
from repro.verification.interpreter import interpreter
from repro.verification.judgement import UNKNOWN, Conditions, Judgement, judged, judged_curve
from repro.verification.own_files import with_absolute_paths
from repro.verification.room import STORES, Room, digest_of, room_at
from repro.verification.source import check_out, own_repository

ENOUGH = "enough"
"""The reason to stop a run once it has the first updates that were asked for."""


@dataclass(frozen=True)
class Wishes:
    """The options of a verification.

    Attributes:
        cache: the folder of environments, wheels and rooms.
        python: the Python to use; None for one that is found.
        repository: where the record's commit comes from; None for the checkout that this code lies in.
        wheels: a folder of wheels to use instead of any index.
        into: the room; None for one in the cache.
        updates: how many first updates are compared; None for the whole cell.
        anyway: whether to go on without the record's uncommitted changes or exact builds.
        keep: whether to leave the room.
    """

    cache: Path
    python: str | None = None
    repository: str | None = None
    wheels: Path | None = None
    into: Path | None = None
    updates: int | None = None
    anyway: bool = False
    keep: bool = False


def verify(original: Original, wishes: Wishes) -> Judgement:
    """Run a record's cell in its room, and judge the numbers.

    Raises:
        BadInput: it cannot be verified, and why. The record is never changed.
        Interrupted: stopped by a signal; the same command goes on.
    """
    record = original.record
    _check_verifiable(original, wishes)
    kept = None if wishes.updates is None else kept_curve(original, wishes.updates)
    python, version = interpreter(record.versions["python"], wishes.python)
    repository = wishes.repository or own_repository()
    digest = digest_of(original, repository)
    name = f"{record.cell}-{digest}" if ID.fullmatch(record.cell) else digest  # which is to be a folder's
    room = room_at(wishes.into or wishes.cache / "rooms" / name, original, digest)
    try:
        return _in_room(original, wishes, room, repository, (python, version), kept)
    except BadInput:
        if _may_go(wishes) and not any(attempts(room.cell_directory(quick)) for quick in (False, True)):
            room.remove()  # no work is lost
        raise


def _may_go(wishes: Wishes) -> bool:
    """Whether the room may be removed: the user did not ask to leave it."""
    return not wishes.keep and wishes.into is None


def _in_room(
    original: Original,
    wishes: Wishes,
    room: Room,
    repository: str | Path,
    python: tuple[str, str],
    kept: Curve | None,
) -> Judgement:
    record = original.record
    note(f"code: commit {str(record.commit)[:12]} in {room.code}")
    check_out(str(record.commit), repository, room.code)
    made, exact = _environment(record, *python, room, wishes)
    cell = _cell(original, room.code)
    prepare_code(room, made.python)
    as_recorded = exact and not record.dirty and _same_machine(record)
    conditions = Conditions(as_recorded, len(original.others))
    directory = room.write_cell_file(cell, record.cell, quick=kept is not None)

    def look() -> str | None:
        if kept is not None and kept.keys() <= curve(directory).keys():
            return ENOUGH
        return prepared_otherwise(record.data, room.prepared)

    finished = record_that_counts(directory)
    if (finished is None or finished.status not in RESULTS) and look() is None:
        run_in_room(room, made.python, directory, record, look)
    judgement = _judgement(original, room, directory, kept, conditions)
    return _with_content(judgement, room, made, wishes, as_recorded)


def _judgement(
    original: Original, room: Room, directory: Path, kept: Curve | None, conditions: Conditions
) -> Judgement:
    """Compare the room's results with the record, or only the part of the curve that was asked for."""
    reason = prepared_otherwise(original.record.data, room.prepared)
    if reason is not None:
        room.forget_data()
        return Judgement(UNKNOWN, reason)
    made = curve(directory)
    if kept is not None and kept.keys() <= made.keys():
        return judged_curve(compare_curves(kept, made, other_curves(original)), conditions)
    return judged(_repetition(original, directory), conditions)


def _with_content(judgement: Judgement, room: Room, made: Environment, wishes: Wishes, as_recorded: bool) -> Judgement:
    """Add what the cell ran in to the result, and remove the room unless it is to be kept."""
    if judgement.status == 0 and _may_go(wishes):
        room.remove()
        note("the room was removed; --keep keeps it")
    else:
        note(f"the room was kept in {room.path}")
    described: Mapping[str, Any] = {
        "environment": {"lock": str(made.lock), "packages": made.packages, "resolved": made.resolved},
        "as_recorded": as_recorded,
        "updates": wishes.updates,
    }
    return replace(judgement, content={**judgement.content, **described})


def _check_verifiable(original: Original, wishes: Wishes) -> None:
    """Check that a record has what verifying needs, before anything is fetched.

    Raises:
        BadInput: something is missing.
    """
    record = original.record
    if record.status not in RESULTS:
        raise BadInput(
            f"{original.path} has status {record.status} and holds no number to verify; give a finished record"
        )
    if record.status == "done" and wishes.updates is None:
        with_itself = Repetition(original, record, original.path, None).compared
        if all(it.finding == "not compared" for it in with_itself):
            raise BadInput(f"all numbers of {original.path} depend on the machine, so there is nothing to verify")
    if record.commit is None:
        raise BadInput(f"{original.path} has no commit, because it was not made in a checkout, so its code is unknown")
    if record.dirty and not wishes.anyway:
        raise BadInput(
            f"the record was made by commit {record.commit[:12]} with uncommitted changes, so its exact code is "
            "unknown; --anyway uses the commit without them"
        )
    if "python" not in record.versions:
        raise BadInput(f"{original.path} has no version of Python, so its environment is unknown")
    gpus = record.hardware.get("gpus")
    if gpus and wants_gpu(record.config) and not (machine.GPUS.is_dir() and list(machine.GPUS.iterdir())):
        raise BadInput(
            f"the record was made on {', '.join(gpus)}, but there is no GPU here; verify it on a machine with one"
        )


def _environment(record: Record, python: str, version: str, room: Room, wishes: Wishes) -> tuple[Environment, bool]:
    """The environment, and whether its versions are the record's."""
    exact = version == record.versions.get("python")
    if not exact:
        note(f"Python is {version} here; the record's was {record.versions.get('python')}")
    try:
        asked = wanted(record.versions, version, room.code)
        made = environment(asked, python, wishes.cache, wishes.wheels)
    except BadInput as error:
        if not wishes.anyway or not any("+" in it for it in record.versions.values()):
            raise
        note(f"{error}: using another build")
        exact = False
        public = {name: it.partition("+")[0] for name, it in record.versions.items()}
        made = environment(wanted(public, version, room.code), python, wishes.cache, wishes.wheels)
    note(
        f"environment: Python {version}, {made.packages} wheels with the hashes in {made.lock}; the record names "
        f"versions without hashes, so pip chose these wheels on {made.resolved}"
    )
    if record.dirty:
        note(f"code: commit {str(record.commit)[:12]} without the changes that the record was made with")
    return made, exact


def _same_machine(record: Record) -> bool:
    """Whether the processor is the record's; if not, a note says what follows."""
    recorded, here = record.hardware.get("cpu"), machine.hardware()["cpu"]
    if record.hardware.get("gpus"):
        note("the record was made on a GPU: numbers need not be equal to the last bit, and the spread of seeds decides")
        return False
    if recorded != here:
        note(
            f"the processor ({here}) is not the record's ({recorded}): numbers need not be equal to the last bit, and "
            "the spread of seeds decides"
        )
    return bool(recorded == here)


def _cell(original: Original, code: Path) -> Cell:
    """The cell that the room runs.

    Raises:
        BadInput: no known function gives its configuration the record's id.
    """
    record = original.record
    function = original.function or _function_of_grids(record, code)
    if function is None:
        raise BadInput(
            f"{original.path}: no known function gives its configuration the id {record.cell}; the configuration or "
            "the id was changed, or the record was made by a function that is not installed"
        )
    config = with_absolute_paths(record.config)
    data = config.get("data")
    if isinstance(data, Mapping) and "root" in data:
        config["data"] = {**data, "root": STORES}
    return replace(original.cell, function=function, config=config)


def _function_of_grids(record: Record, code: Path) -> str | None:
    """The function that a grid of the record's commit calls, if it gives the record's id; else None."""
    for path in sorted(code.glob("*/*.yaml")):
        with suppress(BadInput):
            function = read_yaml(path).get("function")
            if isinstance(function, str) and Cell(function, record.config).id == record.cell:
                return function
    return None


def _repetition(original: Original, directory: Path) -> Repetition:
    """The record beside the one that the room's cell left.

    Raises:
        BadInput: the cell failed.
    """
    made = record_that_counts(directory)
    if made is None:
        raise BadInput(f"the cell left no record in {attempts(directory)[-1] if attempts(directory) else directory}")
    attempt = directory / attempt_name(made.attempt)
    if made.status not in RESULTS:
        raise BadInput(f"the cell failed in the room: {made.status}: {made.reason} (see {attempt})")
    return Repetition(original, made, attempt / RECORD, None)
