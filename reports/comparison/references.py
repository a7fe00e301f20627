"""The published runs that a number is compared with: those of the same configuration, with any seed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from reports.catalogue import grid_at, scales_of_grid
from reports.verdicts.records import Records, StoredRecord, read_records
from repro import json_file, regular_file
from repro.errors import BadInput, hint
from repro.json_file import is_number
from repro.ledger.grids.cell import id_without_seed
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.paper_column import record_folders
from repro.ledger.records.declarations import declared_of_records
from repro.ledger.records.record import Record, parsed_record
from repro.metric_declaration import MetricDeclaration, declaration_of


@dataclass(frozen=True)
class Reference:
    """Published runs of one configuration.

    Attributes:
        grid, row, scale: where the cells belong.
        records: seed -> record, all of them done.
        lost: how many other runs diverged or failed; they are in no interval.
    """

    grid: str
    row: str
    scale: str
    records: Mapping[int, Record]
    lost: int = 0

    @property
    def name(self) -> str:
        """For a sentence."""
        return f"{self.grid}, row {self.row}, at the scale {self.scale}"

    @property
    def planned(self) -> Grid | None:
        """The grid as it is today; None if it does not exist at that scale."""
        return grid_at(self.grid, self.scale) if self.scale in scales_of_grid(self.grid) else None

    def declared(self, metric: str) -> MetricDeclaration | None:
        """What the cells' function declares about a metric."""
        if self.planned is None or not self.records:
            return None
        declared = declared_of_records(self.planned.function, list(self.records.values()))
        return declaration_of(declared or (), metric)

    def without(self, seed: int) -> "Reference":
        """The same without the run of one seed, so that no number is compared with itself."""
        return replace(self, records={other: record for other, record in self.records.items() if other != seed})


@cache
def published_records(folders: tuple[Path, ...]) -> Records:
    """Everything under folders of published records, or under the shipped one if none is named.

    Raises:
        BadInput: no folder is named and none came with this installation, or a folder cannot be read.
    """
    folders = folders or tuple(record_folders())
    if not folders:
        raise BadInput(
            "this installation has no published records, which come only with a checkout; name a folder with --from"
        )
    return read_records(folders)


def reference_of(record: Record, published: Records) -> Reference | None:
    """The published runs with a record's configuration, whatever their seed; None if there are none."""
    mine = id_without_seed(record.config)
    alike = [
        stored for stored in (*published.counted, *published.set_aside) if id_without_seed(stored.record.config) == mine
    ]
    if not any(stored.record.status == "done" for stored in alike):
        return None
    # Cells that several grids share are published once for each; the record's own grid gives them their name.
    first = max((stored.record for stored in alike), key=lambda it: (it.grid == record.grid, it.row == record.row))
    return _reference(first.grid, first.row, first.scale, alike)


def named_reference(grid: str, scale: str, row: str, published: Records) -> Reference:
    """The published runs of a grid's row.

    Raises:
        BadInput: there are none; the message names those that exist.
    """
    places: dict[str, dict[str, list[str]]] = {}
    for at, of, name in published.index:
        if any(stored.record.status == "done" for stored in published.of(at, of, name).values()):
            places.setdefault(of, {}).setdefault(at, []).append(name)
    for what, given, known in (
        ("grid", grid, places),
        ("scale", scale, places.get(grid, {})),
        ("row", row, places.get(grid, {}).get(scale, [])),
    ):
        if given not in known:
            raise BadInput(
                f"no run of the {what} {given!r} is published; "
                f"{hint(given, list(known), 'there are ' + (', '.join(sorted(known)) or 'none'))}"
            )
    return _reference(grid, row, scale, published.of(scale, grid, row).values())


def _reference(grid: str, row: str, scale: str, stored: Iterable[StoredRecord]) -> Reference:
    """The newest finished record of each seed; seeds without a finished one are counted."""
    in_order = sorted((it.record for it in stored), key=lambda it: (it.seed, it.started))
    done = {record.seed: record for record in in_order if record.status == "done"}
    return Reference(grid, row, scale, done, lost=len({record.seed for record in in_order} - done.keys()))


def records_below(path: Path) -> Sequence[tuple[str, Record]]:
    """The finished runs in a folder, each with its directory and the record of its last attempt.

    Raises:
        BadInput: there is none.
    """
    read = read_records([path])
    found = [stored for stored in (*read.counted, *read.set_aside, *read.foreign) if stored.record.status == "done"]
    if not found:
        raise BadInput(f"{path} holds no record of a finished run; name a record.json, a folder of runs, or a number")
    return [(str(stored.directory), stored.record) for stored in found]


def read_numbers(path: Path) -> Record | Mapping[str, float]:
    """A record, or a JSON mapping of metrics to numbers, such as {"test.bleu": 27.3}.

    Raises:
        BadInput: it is neither, or cannot be read.
    """
    try:
        raw = regular_file.read_bytes(path)
    except (OSError, regular_file.NotRegular) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"{path} cannot be read ({why}); name a record.json, a folder of runs, or a number") from error
    try:
        content = json_file.parsed(raw)
    except ValueError as error:
        raise BadInput(f'{path} is not JSON ({error}); give a record.json, or {{"test.bleu": 27.3}}') from error
    if isinstance(content, dict) and "cell" in content:
        return parsed_record(raw, path)
    if not isinstance(content, dict) or not content:
        raise BadInput(f'{path} is not a mapping of metrics to numbers, such as {{"test.bleu": 27.3}}')
    numbers: dict[str, Any] = {name: it.get("value") if isinstance(it, dict) else it for name, it in content.items()}
    for name, number in numbers.items():
        if not is_number(number):
            raise BadInput(f"{path}: {name} is {number!r}; it must be a finite number")
    return numbers
