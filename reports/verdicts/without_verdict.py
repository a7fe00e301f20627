"""Records that look as if they counted and give no verdict: quick tests, and grids that share only a name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from reports.verdicts.records import Records, StoredRecord
from repro.ledger.comparing.soundness import lines_translated
from repro.ledger.grids.cell import SINGLE
from repro.ledger.grids.grid_content import grid_files

Kind = Literal["trial", "shipped", "own"]
"""A quick test; of a shipped grid's name, but with a configuration that it never planned; the same of one's own."""


@dataclass(frozen=True)
class WithoutVerdict:
    """Records that give no verdict for one reason.

    Attributes:
        kind: the reason.
        records: in the order of their paths' reading; none is empty.
    """

    kind: Kind
    records: tuple[StoredRecord, ...]

    def said(self, texts: Mapping[str, str]) -> str:
        """How many there are and why they do not count, in a sentence.

        Args:
            texts: those of `report.md`, in its language.
        """
        limits = sorted({lines for stored in self.records if (lines := lines_translated(stored.record)) is not None})
        key = "one" if len(self.records) == 1 else "many"
        limit = "/".join(map(str, limits))
        return texts[f"without.{self.kind}.{key}"].format(count=len(self.records), limit=limit)


def without_verdict(records: Records) -> list[WithoutVerdict]:
    """All of them by kind, those of no record left out."""
    shipped = grid_files()
    kinds: dict[Kind, list[StoredRecord]] = {"trial": [], "shipped": [], "own": []}
    for stored in records.foreign:
        named: Kind = "shipped" if stored.record.grid in shipped else "own"
        kinds["trial" if _is_trial(stored) else named].append(stored)
    # A grid whose file was not given plans nothing, so that its quick tests are told by themselves alone.
    kinds["trial"] += [stored for stored in records.counted if stored.planned is None and _is_trial(stored)]
    return [WithoutVerdict(kind, tuple(found)) for kind, found in kinds.items() if found]


def _is_trial(stored: StoredRecord) -> bool:
    return stored.record.grid not in ("", SINGLE) and lines_translated(stored.record) is not None
