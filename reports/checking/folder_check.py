"""Checks folders of records, record by record and then together, and files of claims and of published figures."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from reports.checking.finding import Finding, fault, faults_of, warning
from reports.checking.json_faults import parsed_with_faults
from reports.checking.record_check import Given, check_record, digests_in, function_of, started_of
from reports.checking.schema import VERSION, Kind, departures, schema_of
from reports.record_places import ORIGIN, REPLACED, places
from repro import regular_file
from repro.cell_directory import DAMAGED, RECORD
from repro.errors import BadInput
from repro.ledger.grids.cell import SINGLE
from repro.presets import read_yaml

OF_FOLDER: Mapping[str, Kind] = {ORIGIN: "origin", REPLACED: "replaced"}
"""The files that may lie at the top of a folder of records -> their schemas."""


@dataclass(frozen=True)
class Checked:
    """Which files were checked, and what was found.

    Attributes:
        records: the files of records.
        documents: files of claims, published figures, origins and replaced records.
        findings: by file, in the order of the checks.
        faulty: the files with a fault.
    """

    records: tuple[Path, ...]
    documents: tuple[Path, ...]
    findings: tuple[Finding, ...]
    faulty: frozenset[Path]

    @property
    def faults(self) -> list[Finding]:
        """Findings that make a file unreliable."""
        return faults_of(self.findings)

    @property
    def warnings(self) -> list[Finding]:
        """Findings that a reader should know."""
        return [finding for finding in self.findings if finding.level == "warning"]


def check(paths: Sequence[Path]) -> Checked:
    """Check folders of records, and YAML files of claims or published figures.

    Raises:
        BadInput: a path that is not there, or a folder without a record.
    """
    found = _Found()
    for path in paths:
        if path.is_dir():
            if not _check_folder(path, found):
                raise BadInput(f"{path} holds no {RECORD}; give a folder of runs or of published records")
        elif path.is_file():
            _check_document(path, found)
        else:
            raise BadInput(f"{path} does not exist; give a folder of records, or a file of claims or published figures")
    _check_together(found)
    return found.checked()


class _Found:
    """What has been found so far.

    Attributes:
        records, documents: as of `Checked`.
        findings: of each file.
        given: the records that fit the schema, by their files.
    """

    def __init__(self) -> None:
        self.records: list[Path] = []
        self.documents: list[Path] = []
        self.findings: dict[Path, list[Finding]] = defaultdict(list)
        self.given: dict[Path, Given] = {}

    def checked(self) -> Checked:
        findings = [finding for of_file in self.findings.values() for finding in of_file]
        faulty = frozenset(path for path, of_file in self.findings.items() if faults_of(of_file))
        return Checked(tuple(self.records), tuple(self.documents), tuple(findings), faulty)


def _check_folder(root: Path, found: _Found) -> bool:
    """Check a folder's records; return whether there are any."""
    for name in OF_FOLDER:
        if (root / name).is_file():
            _check_document(root / name, found)
    any_there = False
    for place in places(root, others=True):
        for attempt in place.attempts:
            path = place.folder / attempt / RECORD
            if path in found.findings:  # of a folder that was given twice
                any_there = True
            elif path.exists() or path.is_symlink():
                any_there = True
                found.records.append(path)
                found.findings[path] += _check_file(path, found)
            elif path.with_name(DAMAGED).exists():
                aside = path.with_name(DAMAGED)
                found.findings[aside].append(warning(str(aside), "", "was set aside when its cell was run again"))
    return any_there


def _check_file(path: Path, found: _Found) -> Iterator[Finding]:
    file = str(path)
    try:
        raw = regular_file.read_bytes(path)
    except (OSError, regular_file.NotRegular) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        yield fault(file, "", f"cannot be read ({why}); replace it with a readable file")
        return
    content, wrong = parsed_with_faults(raw, file)
    yield from wrong
    if content is None:
        return
    if newer := _newer(content):
        yield fault(file, "format", newer)
        return
    departing = departures("record", content, file)
    yield from departing
    if not departing:
        yield from _unknown_keys(content, file)
        given = Given(content, file, path.parent, function_of(content["grid"]))
        found.given[path] = given
        yield from check_record(given)


def _newer(content: Any) -> str | None:
    version = content.get("format") if isinstance(content, Mapping) else None
    if type(version) is int and version > VERSION["record"]:
        return f"is {version}, but this installation reads formats up to {VERSION['record']}; update attention-repro"
    return None


def _unknown_keys(content: Mapping[str, Any], file: str) -> Iterator[Finding]:
    known = schema_of("record")["properties"]
    for key in content:
        if key not in known:
            yield warning(file, str(key), "is not a key of records, so it is ignored")


def _check_document(path: Path, found: _Found) -> None:
    """Check a YAML file; its content decides which schema applies."""
    found.documents.append(path)
    try:
        content = read_yaml(path)
    except BadInput as error:
        found.findings[path].append(fault(str(path), "", str(error).removeprefix(f"{path} ")))
        return
    kind: Kind
    if path.name in OF_FOLDER:
        kind = OF_FOLDER[path.name]
    elif "claims" in content:
        kind = "claims"
    elif "columns" in content:
        kind = "figures"
    else:
        raise BadInput(
            f"{path} holds neither claims nor columns of published figures; give such a file, or a folder of records"
        )
    found.findings[path] += departures(kind, content, str(path))


# ---- records beside each other


def _check_together(found: _Found) -> None:
    seen: dict[tuple[Any, ...], Path] = {}
    attempts: dict[Path, list[Path]] = defaultdict(list)
    digests: dict[tuple[str, str], tuple[str, Path]] = {}
    for path, given in found.given.items():
        content = given.content
        key = tuple(content[name] for name in ("scale", "grid", "row", "seed", "cell", "attempt"))
        if content["grid"] == SINGLE:  # the same command in two folders is two runs
            key = (*key, content["started"])
        if key in seen:
            found.findings[path].append(fault(given.file, "", f"is the same cell and attempt as {seen[key]}; keep one"))
        seen.setdefault(key, path)
        attempts[path.parent.parent].append(path)
        for place, name, digest in digests_in(content):
            known = digests.setdefault((str(content["data"].get("corpus")), f"{place} {name}"), (str(digest), path))
            if name and known[0] != digest:
                problem = f"differs from the digest of the same file and corpus in {known[1]}"
                found.findings[path].append(warning(given.file, place, problem))
    for of_cell in attempts.values():
        _check_order(of_cell, found)


def _check_order(of_cell: Sequence[Path], found: _Found) -> None:
    """Check that a later attempt at a cell began later."""
    cells: dict[str, list[Path]] = defaultdict(list)
    for path in of_cell:
        cells[found.given[path].content["cell"]].append(path)
    for paths in cells.values():
        ordered = sorted(paths, key=lambda path: found.given[path].content["attempt"])
        for before, after in pairwise(ordered):
            one, other = (found.given[path] for path in (before, after))
            first, second = started_of(one.content), started_of(other.content)
            later = other.content["attempt"] > one.content["attempt"]  # two single runs may have one number
            if later and first is not None and second is not None and second < first:
                says = f"is earlier than the start of attempt {one.content['attempt']}, {one.content['started']}"
                found.findings[after].append(fault(other.file, "started", says))
