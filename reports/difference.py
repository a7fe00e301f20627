"""`report diff A B`: two directories of runs, from two machines or two commits, verdict by verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.report import make_report
from reports.verdict import Verdict
from repro.cli.table import table


@dataclass(frozen=True)
class Changed:
    """One claim at one scale under both directories.

    Attributes:
        claim, scale: which.
        before, after: the verdicts; None where nothing has run.
    """

    claim: str
    scale: str
    before: Verdict | None
    after: Verdict | None

    @property
    def differs(self) -> bool:
        """Whether the verdicts are two different ones."""
        return _word(self.before) != _word(self.after)


def differences(before: Path, after: Path) -> list[Changed]:
    """All claims at all scales with records under one of both.

    Raises:
        BadInput: a directory, claim or record that cannot be used.
    """
    sides = [
        {(verdict.claim, str(verdict.scale)): verdict for each in make_report([root]).judged for verdict in each.scales}
        for root in (before, after)
    ]
    pairs = dict.fromkeys([*sides[0], *sides[1]])
    return [Changed(claim, scale, *(side.get((claim, scale)) for side in sides)) for claim, scale in pairs]


def differences_table(changes: Sequence[Changed]) -> str:
    """Verdicts that differ, as a table; and how many do not."""
    rows = [["claim", "scale", "A", "measured", "B", "measured"]]
    for each in changes:
        if each.differs:
            sides = [text for side in (each.before, each.after) for text in (_word(side), _number(side))]
            rows.append([each.claim, each.scale, *sides])
    same = sum(not each.differs for each in changes)
    return (table(rows) + "\n\n" if len(rows) > 1 else "") + f"{same} of {len(changes)} verdicts are the same"


def _word(verdict: Verdict | None) -> str:
    return "not run" if verdict is None else verdict.verdict


def _number(verdict: Verdict | None) -> str:
    if verdict is None or verdict.measured is None or verdict.measured.value is None:
        return ""
    measured = verdict.measured
    text = f"{measured.value:.4g}"
    return (
        text if measured.low is None or measured.high is None else f"{text} [{measured.low:.4g}, {measured.high:.4g}]"
    )
