"""Files beside the records that the page shows, too: the checks of an implementation, and one sentence's inspection."""

import contextlib
import hashlib
from pathlib import Path

from reports.catalogue import by_authority
from reports.verdicts.records import Records, StoredRecord
from repro.inspection import FILE as INSPECTION
from repro.regular_file import NotRegular, read_bytes

CHECKS = "checks.json"
"""What `repro check --json` writes beside the runs."""
MAIN = "main"
"""The grid of a suite's main job, whose model is the one to look into."""


def checks_files(records: Records) -> list[Path]:
    """Where checks may lie: in the directory of all runs, then in those of their scales."""
    folders: dict[Path, None] = {}
    for stored in records.counted:
        above = stored.path.count("/")  # parts of the path below the directory of all runs
        if above <= len(stored.directory.parents):
            root = (stored.directory, *stored.directory.parents)[above]
            folders.update({root / CHECKS: None, root / stored.record.scale / CHECKS: None})
    return sorted(folders, key=lambda path: (len(path.parts), str(path)))


def inspected(records: Records) -> StoredRecord | None:
    """Of all records with an inspection beside them the main job's, at the most authoritative scale."""
    scales = by_authority(sorted({stored.record.scale for stored in records.counted}))
    done = [stored for stored in records.counted if stored.record.status == "done"]

    def rank(stored: StoredRecord) -> tuple[bool, int, str]:
        return stored.record.grid != MAIN, scales.index(stored.record.scale), stored.path

    return min((stored for stored in done if inspection_file(stored).is_file()), key=rank, default=None)


def inspection_file(stored: StoredRecord) -> Path:
    """The file that a record's inspection has, if it has one."""
    return stored.directory / INSPECTION


def digest(records: Records) -> str:
    """SHA-256 over the bytes of all these files that are there."""
    stored = inspected(records)
    files = [*checks_files(records), *([] if stored is None else [inspection_file(stored)])]
    total = hashlib.sha256()
    for path in files:
        with contextlib.suppress(OSError, NotRegular):  # not there, or nothing that is shown
            total.update(read_bytes(path))
    return total.hexdigest()
