"""The result of a verification: a verdict with its exit status, the numbers, and the same as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from repro.console.repetitions import Repetition, numbers_of, repetitions_parts
from repro.ledger.comparing.repetition import LEAST_OTHERS, Compared, differing
from repro.table import Part, Table
from repro.verification.curve import Point
from repro.verification.data_check import data_difference

VERIFIED, OFF, UNKNOWN = 0, 1, 2
"""Exit statuses: all numbers agree, one does not, or nothing can be said."""
WORDS = {VERIFIED: "verified", OFF: "off", UNKNOWN: "not verified"}


@dataclass(frozen=True)
class Conditions:
    """The conditions under which a record was verified.

    Attributes:
        as_recorded: whether processor, versions and code are the record's, so that all numbers must be equal.
        other_seeds: the number of other seeds of the row, which show the spread.
    """

    as_recorded: bool
    other_seeds: int


@dataclass(frozen=True)
class Judgement:
    """The result.

    Attributes:
        status: VERIFIED, OFF or UNKNOWN.
        sentence: why.
        parts: the numbers, for people.
        content: the same, for programs.
    """

    status: int
    sentence: str
    parts: Sequence[Part] = ()
    content: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """In one line."""
        return f"{WORDS[self.status]}: {self.sentence}"


def judged(repetition: Repetition, conditions: Conditions) -> Judgement:
    """Judge a whole cell by the record that it left."""
    parts = [*repetitions_parts([repetition]), *_spread(repetition.compared, conditions)]
    record, again = repetition.original.record, repetition.record
    content: dict[str, Any] = {"metrics": [asdict(it) for it in repetition.compared]}
    if again is not None:
        content["differs"] = [asdict(it) for it in differing(record, again)]
        difference = data_difference(record.data, again.data)
        if difference is not None:
            return Judgement(UNKNOWN, difference, parts, content)
    if again is None or repetition.ended_otherwise:
        return Judgement(
            OFF, f"its record says {record.status}, but the repetition has {_ending(repetition)}", parts, content
        )
    if record.status == "diverged":
        return Judgement(VERIFIED, "the training diverges, as its record says", parts, content)
    status, sentence = _status([it.metric for it in repetition.compared], repetition.compared, conditions)
    return Judgement(status, sentence, parts, content)


def _ending(repetition: Repetition) -> str:
    return "no record" if repetition.record is None else f"ended as {repetition.record.status}"


def judged_curve(points: Sequence[Point], conditions: Conditions) -> Judgement:
    """Judge the first updates of a training."""
    names = [f"{it.column} of {it.split} after {it.step} updates" for it in points]
    status, sentence = _status(names, [it.compared for it in points], conditions)
    content = {"curve": [{"step": it.step, "split": it.split, **asdict(it.compared)} for it in points]}
    return Judgement(
        status, sentence, [_curve_table(points), *_spread([it.compared for it in points], conditions)], content
    )


def _status(names: Sequence[str], numbers: Sequence[Compared], conditions: Conditions) -> tuple[int, str]:
    """The exit status that the numbers give, and the reason in a sentence."""
    named = list(zip(names, numbers, strict=True))
    off = [name for name, it in named if it.finding == "off"]
    within = [name for name, it in named if it.finding == "within the spread"]
    equal = sum(it.finding == "equal" for it in numbers)
    total = equal + len(off) + len(within)
    if not total:
        return UNKNOWN, "all its numbers depend on the machine, so there is nothing to compare"
    unknown = [name for name, it in named if it.finding == "off" and it.spread_unknown]
    if len(unknown) == len(off) > 0 and not conditions.as_recorded:
        return UNKNOWN, (
            f"{len(unknown)} of {total} numbers are not equal ({_some(unknown)}). Under these conditions they need not "
            f"be, but the spread is unknown: it takes {LEAST_OTHERS} records of other seeds that have the number, and "
            f"the row has {conditions.other_seeds}"
        )
    if off:
        return OFF, f"{len(off)} of {total} numbers differ from the record: {_some(off)}"
    if within and conditions.as_recorded:
        return OFF, (
            f"{len(within)} of {total} numbers are not equal, only within the spread of seeds ({_some(within)}), "
            "although processor, versions and code are the record's"
        )
    if not within:
        subject = "its one number is" if total == 1 else f"all {total} numbers are"
        return VERIFIED, f"{subject} equal to the last bit"
    return VERIFIED, (
        f"of {total} numbers, {equal} are equal to the last bit and {len(within)} within the spread of "
        f"{conditions.other_seeds} other seeds"
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _spread(numbers: Sequence[Compared], conditions: Conditions) -> list[str]:
    """The rule for unequal numbers, if there are any."""
    if all(it.finding in ("equal", "not compared") for it in numbers):
        return []
    seeds = "seed" if conditions.other_seeds == 1 else "seeds"
    return [f"spread: the 95% prediction interval of {conditions.other_seeds} other {seeds} of the row"]


def _curve_table(points: Sequence[Point]) -> Table:
    """A line for each split and column: how many numbers are equal, within or off, and the first that is not equal."""
    rows = [["split", "number", "lines", "equal", "within the spread", "off", "from update", "record", "now"]]
    for split, column in dict.fromkeys((it.split, it.column) for it in points):
        mine = [it for it in points if (it.split, it.column) == (split, column)]
        counts = [sum(it.compared.finding == name for it in mine) for name in ("equal", "within the spread", "off")]
        other = next((it for it in mine if it.compared.finding != "equal"), None)
        shown = ["", "-", "-"] if other is None else [str(other.step), *numbers_of(other.compared)[:2]]
        rows.append([split, column, str(len(mine)), *map(str, counts), *shown])
    return Table(rows, "<<>>>>>>>")
