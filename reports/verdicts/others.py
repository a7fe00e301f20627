"""Records that others made. The report shows them beside one's own, by origin; they enter no verdict, mean or count.

    DIR/origin.yaml                      name, licence, url or paper, note (reports/schemas/origin-1.json)
    DIR/<anything>/record.json           as `report build` finds one's own

Each is checked as by `report check`. Those with a fault are left out and counted.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.checking.finding import Finding, faults_of
from reports.checking.folder_check import check
from reports.checking.schema import departures
from reports.record_places import ORIGIN
from reports.verdicts.records import Records, StoredRecord, read_records
from repro import regular_file
from repro.errors import BadInput
from repro.presets import read_yaml


@dataclass(frozen=True)
class Origin:
    """Who made the records in a folder; each text as in `origin.yaml`, empty if it is not there."""

    name: str
    licence: str
    url: str = ""
    paper: str = ""
    note: str = ""


@dataclass(frozen=True)
class Others:
    """The records of one origin.

    Attributes:
        origin: who made them.
        folder: where they lie.
        records: those without a fault, read as one's own are.
        left_out: how many had a fault.
        faults: what is wrong with those; file names are relative to the folder.
        digest: SHA-256 over the origin and all records.
    """

    origin: Origin
    folder: Path
    records: Records
    left_out: int
    faults: tuple[Finding, ...]
    digest: str

    @property
    def shown(self) -> tuple[StoredRecord, ...]:
        """The records that are shown, in order of scale, grid, row and seed."""
        return (*self.records.counted, *self.records.foreign)

    def summary(self) -> str:
        """One line for people who build the report."""
        left = f"; {self.left_out} left out as faulty, see `report check {self.folder}`" if self.left_out else ""
        return f"others' records of {self.origin.name}: {len(self.shown)} shown{left}"


def read_others(folders: Sequence[Path], own: Sequence[Path]) -> tuple[Others, ...]:
    """The records of others.

    Args:
        folders: one for each origin.
        own: the folders of one's own runs; none may be one of the others'.

    Raises:
        BadInput: a folder is missing or has no origin, two have one name, or one holds both one's own and others'.
    """
    for root in own:
        if (root / ORIGIN).is_file():
            raise BadInput(f"{root} has an {ORIGIN}, so its records are those of others; give it with --others")
    for folder in folders:
        inside = next((root for root in own if folder.resolve() in (root.resolve(), *root.resolve().parents)), None)
        if inside is not None:
            raise BadInput(
                f"{inside} lies in --others {folder}; its records are either yours or others', so name it only once"
            )
    read = tuple(map(_read, folders))
    names = [others.origin.name for others in read]
    for name in names:
        if names.count(name) > 1:
            raise BadInput(f"two --others folders have the name {name!r} in their {ORIGIN}; rename one of them")
    return read


def _read(folder: Path) -> Others:
    origin = read_origin(folder)
    checked = check([folder])
    faulty = {path for path in checked.faulty if path in checked.records}
    digest = hashlib.sha256(regular_file.read_bytes(folder / ORIGIN))
    for path in checked.records:
        digest.update(str(path.relative_to(folder)).encode("utf-8", "surrogateescape"))
        if path.is_file():
            digest.update(regular_file.read_bytes(path))
    return Others(
        origin,
        folder,
        read_records([folder], without=faulty),
        len(faulty),
        tuple(_below(folder, finding) for finding in faults_of(checked.findings)),
        digest.hexdigest(),
    )


def read_origin(folder: Path) -> Origin:
    """Who made the records in a folder.

    Raises:
        BadInput: there is no such folder, it has no `origin.yaml`, or that file has a fault.
    """
    if not folder.is_dir():
        raise BadInput(f"--others {folder} is not a folder; give a folder of records with an {ORIGIN}")
    path = folder / ORIGIN
    if not path.exists():
        raise BadInput(f"--others {folder} has no {ORIGIN}; write one with name, licence, and url or paper")
    content = read_yaml(path)
    wrong = departures("origin", content, str(path))
    if wrong:
        raise BadInput(str(wrong[0]))
    return Origin(**{key: " ".join(text.split()) for key, text in content.items()})


def _below(folder: Path, finding: Finding) -> Finding:
    file = Path(finding.file)
    name = file.relative_to(folder).as_posix() if file.is_relative_to(folder) else finding.file
    return Finding(name, finding.key, finding.problem, finding.level)
