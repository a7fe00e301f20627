"""Where the page's numbers come from: records, machines and code, and what went wrong with any of them."""

from collections import Counter
from dataclasses import dataclass

from reports.catalogue import by_authority
from reports.verdicts.records import Damaged, Records, StoredRecord, hardware_of

MAX_LISTED = 100
"""Cells of one kind that are listed; the others are counted."""
MAX_ERROR_CHARACTERS = 2000
"""Characters of an error that are shown, from its end, which says most."""


@dataclass(frozen=True)
class Failed:
    """A cell that is not done.

    Attributes:
        path, scale, grid, row, seed, status: its record's.
        reason: what went wrong, in one line.
        error: all of it, or its end.
    """

    path: str
    scale: str
    grid: str
    row: str
    seed: int
    status: str
    reason: str
    error: str


@dataclass(frozen=True)
class Origins:
    """All records in figures.

    Attributes:
        records: how many count.
        scales: (scale, records), the most authoritative first.
        commits: (commit, " changed" where not all of it was committed; records), the most frequent first; the commit
            is None where it is not known.
        hardware: (in a phrase, records), the most frequent first.
        failed, failed_count: cells that are not done, as many as are listed, and how many there are.
        set_aside, set_aside_count: records that another one stands in place of.
        damaged, damaged_count: records that cannot be read.
        unplanned: records whose cell the grid plans no more.
    """

    records: int
    scales: tuple[tuple[str, int], ...]
    commits: tuple[tuple[str | None, int], ...]
    hardware: tuple[tuple[str, int], ...]
    failed: tuple[Failed, ...]
    failed_count: int
    set_aside: tuple[StoredRecord, ...]
    set_aside_count: int
    damaged: tuple[Damaged, ...]
    damaged_count: int
    unplanned: int

    @property
    def changed(self) -> int:
        """Records made by code that was not committed as it ran."""
        return sum(count for commit, count in self.commits if commit is not None and commit.endswith(" changed"))

    @property
    def unknown(self) -> int:
        """Records of which the code is not known."""
        return sum(count for commit, count in self.commits if commit is None)


def origins_of(records: Records) -> Origins:
    """Count and list all records."""
    scales: Counter[str] = Counter()
    commits: Counter[str | None] = Counter()
    hardware: Counter[str] = Counter()
    failed = []
    for stored in records.counted:
        record = stored.record
        scales[record.scale] += 1
        commits[stored.commit] += 1
        hardware[hardware_of(record)] += 1
        if record.status != "done":
            failed.append(stored)
    return Origins(
        records=len(records.counted),
        scales=tuple((scale, scales[scale]) for scale in by_authority(sorted(scales))),
        commits=tuple(sorted(commits.items(), key=lambda item: (-item[1], item[0] or ""))),
        hardware=tuple(sorted(hardware.items(), key=lambda item: (-item[1], item[0]))),
        failed=tuple(map(_failed, failed[:MAX_LISTED])),
        failed_count=len(failed),
        set_aside=records.set_aside[:MAX_LISTED],
        set_aside_count=len(records.set_aside),
        damaged=records.damaged[:MAX_LISTED],
        damaged_count=len(records.damaged),
        unplanned=sum(stored.planned is False for stored in records.counted),
    )


def _failed(stored: StoredRecord) -> Failed:
    record = stored.record
    error = str(record.error or "").strip()
    shown = error if len(error) <= MAX_ERROR_CHARACTERS else f"… {error[-MAX_ERROR_CHARACTERS:]}"
    return Failed(stored.path, record.scale, record.grid, record.row, record.seed, record.status, record.reason, shown)
