"""How many claims were decided by somebody who had seen some of their data before."""

from collections.abc import Iterable
from dataclasses import dataclass

from reports.verdicts.verdict import DECIDED, Judged


@dataclass(frozen=True)
class Hindsight:
    """Counts of decided claims.

    Attributes:
        changed: their question changed after the first of their data.
        added: seeds were added to those that the grid plans.
        either: one of the two, or both.
    """

    changed: int
    added: int
    either: int

    def sentence(self) -> str:
        """For a page or README, behind the number of decided claims."""
        return (
            f"{self.either} of them were decided with some of their data already known: for {self.changed}, the "
            f"question was changed after that, and for {self.added}, seeds were added."
        )


def hindsight(judged: Iterable[Judged]) -> Hindsight:
    """Count the decided claims among these."""
    verdicts = [each.verdict for each in judged if each.verdict.verdict in DECIDED]
    changed = [verdict.question is not None and verdict.question.order == "after data" for verdict in verdicts]
    added = [bool(verdict.added_seeds) for verdict in verdicts]
    return Hindsight(sum(changed), sum(added), sum(map(max, changed, added)))
