"""`report check`: faults and warnings in folders of records and files of claims, for people and for machines."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reports.checking.finding import Finding
from reports.checking.folder_check import Checked, check
from reports.checking.schema import VERSION, schema_of
from reports.claims.own_claims import OwnFiles
from repro import files
from repro.console.places import check_file

FORMAT = 1
"""The version of what `--json` writes."""


def checked_lines(checked: Checked) -> list[str]:
    """All faults, a sentence each, then the warnings, a sentence for those of one kind; the last line counts them."""
    lines = [f"fault: {finding}" for finding in checked.faults]
    alike: dict[tuple[str, str], list[Finding]] = {}
    for finding in checked.warnings:
        alike.setdefault((finding.key, finding.problem), []).append(finding)
    for first, *others in alike.values():
        more = f" (and the same in {len(others):,} more)" if others else ""
        lines.append(f"warning: {first}{more}")
    return [*lines, summary(checked)]


def summary(checked: Checked) -> str:
    """How many files were checked, and how many faults and warnings were found."""
    parts = [_count(len(checked.records), "record")] if checked.records else []
    parts += [_count(len(checked.documents), "YAML file")] if checked.documents else []
    faulty = f" in {_count(len(checked.faulty), 'file')}" if checked.faulty else ""
    found = f"{_count(len(checked.faults), 'fault')}{faulty}, {_count(len(checked.warnings), 'warning')}"
    return f"{' and '.join(parts)}: {found}"


def checked_json(checked: Checked) -> dict[str, Any]:
    """What was found, as JSON for machines."""
    return {
        "format": FORMAT,
        "schemas": {kind: schema_of(kind)["$id"] for kind in VERSION},
        "records": len(checked.records),
        "documents": len(checked.documents),
        "faults": [_entry(finding) for finding in checked.faults],
        "warnings": [_entry(finding) for finding in checked.warnings],
    }


def run_check(paths: Sequence[Path], own: OwnFiles, json_file: Path | None = None) -> tuple[list[str], bool]:
    """Check folders and files; return the lines for people, and whether there is a fault.

    Args:
        paths: folders of records, and YAML files.
        own: grids beside the installed ones.
        json_file: the file that gets the same for machines; None for none.

    Raises:
        BadInput: a path or a grid that cannot be used.
    """
    if json_file is not None:
        check_file(json_file, "--json")
    with own.known():
        checked = check(paths)
    if json_file is not None:
        files.write_json(json_file, checked_json(checked))
    return checked_lines(checked), bool(checked.faults)


def _entry(finding: Finding) -> dict[str, str]:
    return {"file": finding.file, "key": finding.key, "says": str(finding)}


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"
