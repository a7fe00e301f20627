"""Files beside the records that the page shows, too: the checks of an implementation, and one sentence's inspection."""

import contextlib
import hashlib
from pathlib import Path

from reports.catalogue import by_authority
from reports.verdicts.records import Records, StoredRecord
from repro.files import NotRegular, read_bytes
from repro.inspection import FILE as INSPECTION

CHECKS = "checks.json"
"""What `repro check --json` writes beside the runs."""
MAIN = "main"
"""The grid of a suite's main job, whose model is the one to look into."""


def checks_files(records: Records) -> list[Path]:
    """Where checks may lie: in the directory of all runs, then in those of their scales."""
    folders: dict[Path, None] = {}
    for each in records.counted:
        above = each.path.count("/")  # parts of the path below the directory of all runs
        if above <= len(each.directory.parents):
            root = (each.directory, *each.directory.parents)[above]
            folders.update({root / CHECKS: None, root / each.record.scale / CHECKS: None})
    return sorted(folders, key=lambda path: (len(path.parts), str(path)))


def inspected(records: Records) -> StoredRecord | None:
    """Of all records with an inspection beside them the main job's, at the most authoritative scale."""
    order = {
        scale: place for place, scale in enumerate(by_authority(sorted({r.record.scale for r in records.counted})))
    }
    having = [each for each in records.counted if each.record.status == "done" and inspection_file(each).is_file()]
    return min(having, key=lambda each: (each.record.grid != MAIN, order[each.record.scale], each.path), default=None)


def inspection_file(found: StoredRecord) -> Path:
    """The file that a record's inspection has, if it has one."""
    return found.directory / INSPECTION


def digest(records: Records) -> str:
    """SHA-256 over the bytes of all these files that are there."""
    found = inspected(records)
    files = [*checks_files(records), *([] if found is None else [inspection_file(found)])]
    total = hashlib.sha256()
    for path in files:
        with contextlib.suppress(OSError, NotRegular):  # not there, or nothing that is shown
            total.update(read_bytes(path))
    return total.hexdigest()
