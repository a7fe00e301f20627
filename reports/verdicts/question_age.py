"""Whether a verdict's question was there before its data.

The question's date is that of its last change, from the log of the shipped claims. The data's is when the first of the
verdict's records began, or of those that they replaced. A record whose commit is not known, or whose code was not
committed, has no date that counts: where it could be the first, the order is unknown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from reports.claims.claim import Claim
from reports.claims.question_log import last_change
from reports.verdicts.records import StoredRecord

Order = Literal["before data", "after data", "unknown", "not logged"]
LEAST_FAVOURABLE: tuple[Order, ...] = ("after data", "not logged", "unknown", "before data")
"""The orders, that which speaks most against a verdict first."""


@dataclass(frozen=True)
class QuestionAge:
    """When a question last changed, beside its data.

    Attributes:
        order: the question last changed before its data or after them; or that cannot be known; or no log has the
            question as it stands, which is so for claims of one's own.
        changed: when it last changed, ISO 8601; None where that is not logged.
        commit: the change's; None where that is not logged, or was not committed yet.
        first_data: when the first record of known code began, or one that it replaced, ISO 8601; None where there is
            none.
    """

    order: Order
    changed: str | None = None
    commit: str | None = None
    first_data: str | None = None


def age_of(claim: Claim, scale: str, records: Sequence[StoredRecord]) -> QuestionAge:
    """The age of a claim's question at a scale, whose records these are."""
    change = last_change(claim, scale)
    if change is None:
        return QuestionAge("not logged")
    began = [_began(stored) for stored in records]
    began += [_instant(time) for stored in records for time in stored.replaced]
    first = min((instant for instant in began if instant is not None), default=None)
    order: Order = "unknown" if first is None or None in began else "before data"
    if first is not None and first < datetime.fromisoformat(change.date):
        order = "after data"
    return QuestionAge(order, change.date, change.commit, None if first is None else first.isoformat())


def age_together(ages: Iterable[QuestionAge]) -> QuestionAge:
    """The age of a question that several data sets answer together, of which these are the ages.

    It is the least favourable of them. Of those of one order it is the one that changed last, and then the one whose
    data came first, so that both of its dates belong together.
    """
    return min(
        ages,
        key=lambda age: (LEAST_FAVOURABLE.index(age.order), -_seconds(age.changed), _seconds(age.first_data)),
    )


def _seconds(time: str | None) -> float:
    return 0.0 if time is None else datetime.fromisoformat(time).timestamp()


def _began(stored: StoredRecord) -> datetime | None:
    """When a record began; None where nobody knows by which code it was made, or when."""
    record = stored.record
    return _instant(record.started) if record.commit is not None and record.dirty is False else None


def _instant(time: str) -> datetime | None:
    try:
        started = datetime.fromisoformat(time)
    except ValueError:
        return None
    return started if started.tzinfo else started.replace(tzinfo=UTC)
