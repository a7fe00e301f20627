"""A report: everything that its files are functions of, and what it was made from."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from reports.claims.claim import Claim
from reports.claims.claim_file import shipped_claims
from reports.verdicts.others import Others, read_others
from reports.verdicts.records import Records, read_records
from reports.verdicts.standing import Stand, stand_of
from reports.verdicts.verdict import WORDS, Judged, judge_claims

PAPER_SCALE = "wmt14"
"""The scale with the data and sizes of "Attention Is All You Need"."""
PAPER_COMMAND = f"repro suite --scale {PAPER_SCALE}"


@dataclass(frozen=True)
class Report:
    """Claims, records and verdicts.

    Attributes:
        judged: every claim with its verdicts, in the order of the claims' files; those of one's own come last.
        records: all records.
        claims_digest: SHA-256 over the claims and what they ask of the grids.
        others: records of others, which decide nothing.
        arguments: of the command line that names what it was made from, as given.
    """

    judged: tuple[Judged, ...]
    records: Records
    claims_digest: str
    others: tuple[Others, ...] = ()
    arguments: tuple[str, ...] = ("runs",)

    @property
    def paper_tried(self) -> bool:
        """Whether anything ran on the data and at the sizes of "Attention Is All You Need"."""
        return any(stored.record.scale == PAPER_SCALE for stored in self.records.counted)

    @property
    def shipped(self) -> tuple[Judged, ...]:
        """The claims that come with this project."""
        return tuple(judged for judged in self.judged if judged.claim.paper.shipped)

    @property
    def own(self) -> tuple[Judged, ...]:
        """Claims of one's own, which no count of the shipped papers holds."""
        return tuple(judged for judged in self.judged if not judged.claim.paper.shipped)

    @cached_property
    def stands(self) -> Mapping[str, Stand]:
        """Claim -> where it stands: decided, or what it would need."""
        return {judged.claim.id: stand_of(judged, self.records) for judged in self.judged}

    def stands_of(self, judged: Iterable[Judged]) -> list[Stand]:
        """Where these claims stand, in their order."""
        return [self.stands[entry.claim.id] for entry in judged]

    def count(self) -> dict[str, int]:
        """How many shipped claims have each verdict, in the order of the verdicts."""
        return counts(self.shipped)


def counts(judged: Iterable[Judged]) -> dict[str, int]:
    """How many claims have each verdict, in the order of the verdicts."""
    given = [entry.verdict.verdict for entry in judged]
    return {word: given.count(word) for word in WORDS}


def make_report(
    directories: Sequence[Path], claims: Sequence[Claim] | None = None, others: Sequence[Path] = ()
) -> Report:
    """Judge the shipped claims, or all that are given, by the records under the directories.

    Args:
        directories: of runs.
        claims: all that are judged.
        others: folders of others' records, which decide nothing.

    Raises:
        BadInput: a directory, claim or record that cannot be used.
    """
    chosen = shipped_claims() if claims is None else claims
    records = read_records(directories)
    shown = read_others(others, directories)
    digest = hashlib.sha256("\n".join(map(repr, chosen)).encode()).hexdigest()
    return Report(tuple(judge_claims(chosen, records)), records, digest, shown)
