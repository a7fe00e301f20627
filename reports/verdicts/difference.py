"""`report diff A B`: two directories of runs, from two machines or two commits, verdict by verdict."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.claims.claim import Claim
from reports.verdicts.report import make_report
from reports.verdicts.verdict import Verdict
from repro.table import table

NOT_RUN = "not run"


@dataclass(frozen=True)
class Changed:
    """One claim at one scale under both directories.

    Attributes:
        claim, scale: which.
        before, after: the verdicts; None where nothing has run.
        shipped: whether the claim comes with this project.
    """

    claim: str
    scale: str
    before: Verdict | None
    after: Verdict | None
    shipped: bool = True

    @property
    def alone(self) -> str | None:
        """The side that has a verdict while the other has not, "A" or "B"; None if both have or neither has."""
        has = [_word(side) != NOT_RUN for side in (self.before, self.after)]
        return {(True, False): "A", (False, True): "B"}.get((has[0], has[1]))

    @property
    def differs(self) -> bool:
        """Whether both have a verdict, and another one."""
        return self.alone is None and _word(self.before) != _word(self.after)


def differences(before: Path, after: Path, claims: Sequence[Claim] | None = None) -> list[Changed]:
    """All claims at all scales with records under one of both.

    Args:
        before, after: directories of runs.
        claims: all that are looked at; the shipped ones, if left out.

    Raises:
        BadInput: a directory, claim or record that cannot be used.
    """
    reports = [make_report([root], claims) for root in (before, after)]
    sides = [
        {(verdict.claim, str(verdict.scale)): verdict for judged in report.judged for verdict in judged.scales}
        for report in reports
    ]
    own = {judged.claim.id for judged in reports[0].own}
    pairs = dict.fromkeys([*sides[0], *sides[1]])
    return [
        Changed(claim, scale, sides[0].get((claim, scale)), sides[1].get((claim, scale)), claim not in own)
        for claim, scale in pairs
    ]


def differences_table(changes: Sequence[Changed]) -> str:
    """Verdicts that differ, as a table; how many do not; and what was measured on one side alone."""
    if not changes:
        return "no record in A or B tests a claim; `repro compare RUN RUN` compares single runs"
    rows = [["claim", "scale", "A", "measured", "B", "measured"]]
    for change in changes:
        if change.differs:
            sides = [text for side in (change.before, change.after) for text in (_word(side), _number(side))]
            rows.append([change.claim, change.scale, *sides])
    parts = [table(rows)] if len(rows) > 1 else []
    parts.append(f"{_same([change for change in changes if change.shipped])} verdicts are the same")
    own = [change for change in changes if not change.shipped]
    if own:
        parts.append(f"of your own claims, {_same(own)} verdicts are the same")
    for side in ("A", "B"):
        names = [f"{change.claim} ({change.scale})" for change in changes if change.alone == side]
        if names:
            lines = textwrap.wrap(", ".join(names), 118, break_on_hyphens=False)
            parts.append("\n".join([f"measured only in {side}: {len(names)}", *(f"  {line}" for line in lines)]))
    return "\n\n".join(parts)


def _same(changes: Sequence[Changed]) -> str:
    on_both = [change for change in changes if change.alone is None]
    return f"{sum(not change.differs for change in on_both)} of {len(on_both)}"


def _word(verdict: Verdict | None) -> str:
    return NOT_RUN if verdict is None else verdict.verdict


def _number(verdict: Verdict | None) -> str:
    if verdict is None or verdict.measured is None:
        return ""
    measured = verdict.measured
    if measured.value is None:
        return f"{min(measured.runs):.4g} to {max(measured.runs):.4g}" if measured.runs else ""
    text = f"{measured.value:.4g}"
    return (
        text if measured.low is None or measured.high is None else f"{text} [{measured.low:.4g}, {measured.high:.4g}]"
    )
