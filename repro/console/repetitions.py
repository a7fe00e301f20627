"""The results of repeating records, as tables and as an exit status."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import get_args

from repro.ledger.comparing.repetition import AGREE, Compared, Finding, compare_metrics, differing
from repro.ledger.records.declarations import declared_of_records
from repro.ledger.records.originals import Original
from repro.ledger.records.record import Record
from repro.table import Part, Table

MAX_CELLS_WITH_ALL_METRICS = 3
"""So many cells have all their metrics listed; of more, those alone that are off."""
NUMBERS_WITH_CHANCE_DIFFERENCES = 20
"""Among this many unequal numbers, at least one is expected to be off by chance."""


@dataclass(frozen=True)
class Repetition:
    """A record and what its cell gave when it was run anew.

    Attributes:
        original: the record.
        record, path: of the repetition, and its file; None where there is none.
        why: why it could not be repeated; None if it was.
        earlier: whether an earlier call did so.
    """

    original: Original
    record: Record | None
    path: Path | None
    why: str | None
    earlier: bool = False

    @cached_property
    def compared(self) -> Sequence[Compared]:
        """Each metric, where both are done; else nothing."""
        before, after = self.original.record, self.record
        if after is None or self.why is not None or {before.status, after.status} != {"done"}:
            return ()
        declared = declared_of_records(self.original.cell.function, [before, after])
        return compare_metrics(before, after, self.original.others, declared)

    @property
    def ended_otherwise(self) -> bool:
        """Whether one of both diverged, and the other did not."""
        return self.record is not None and self.why is None and self.record.status != self.original.record.status

    def count(self) -> Counter[Finding]:
        """Finding -> how many metrics have it."""
        return Counter(metric.finding for metric in self.compared)


def status_of(repetitions: Sequence[Repetition], unreadable: Sequence[str]) -> int:
    """0 if every cell was repeated and no metric is off, else 1."""
    wrong = any(
        repetition.why is not None or repetition.ended_otherwise or repetition.count()["off"]
        for repetition in repetitions
    )
    return 1 if wrong or unreadable else 0


def repetitions_parts(repetitions: Sequence[Repetition], unreadable: Sequence[str] = ()) -> list[Part]:
    """The numbers side by side, what else differs, what could not be repeated, and a line that sums it up.

    Args:
        repetitions: all that were asked for.
        unreadable: sentences on records that could not be read.
    """
    repeated = [repetition for repetition in repetitions if repetition.why is None]
    parts: list[Part] = []
    if repeated:
        parts.append(_where(repeated))
        many = len(repeated) > MAX_CELLS_WITH_ALL_METRICS
        parts += [Table(list(_cells(repeated)), "<<>>>>>>")] if many else []
        listed = list(_metrics(repeated, only_off=many))
        parts += [Table(listed, "<<<>>>><")] if len(listed) > 1 else []
        parts += [part for part in (_not_compared(repeated), _ended_otherwise(repeated), _differing(repeated)) if part]
    failed = [
        f"{repetition.original.name} could not be repeated: {repetition.why}"
        for repetition in repetitions
        if repetition.why is not None
    ]
    failed += [f"a record could not be read: {sentence}" for sentence in unreadable]
    parts += ["\n".join(failed)] if failed else []
    parts.append(_summary(repetitions, len(failed)))
    return parts


def _where(repeated: Sequence[Repetition]) -> str:
    if len(repeated) == 1:
        return f"record      {repeated[0].original.path}\nrepetition  {repeated[0].path}"
    folders = [
        dict.fromkeys(str(path.parent.parent.parent) for path in paths if path is not None)
        for paths in (
            [repetition.original.path for repetition in repeated],
            [repetition.path for repetition in repeated],
        )
    ]
    return f"records      {', '.join(folders[0])}\nrepetitions  {', '.join(folders[1])}"


def _cells(repeated: Sequence[Repetition]) -> Iterator[list[str]]:
    """A line a cell: the grid's own metric, or else the first one, and how many metrics have which finding."""
    grid = repeated[0].original.grid
    metric = next(iter(repeated[0].original.record.metrics), "") if grid is None else grid.metric
    yield ["row", "seed", metric, "repeated", *get_args(Finding)]
    for repetition in repeated:
        count, record = repetition.count(), repetition.original.record
        numbers = next((numbers_of(it)[:2] for it in repetition.compared if it.metric == metric), ["-", "-"])
        yield [record.row or "-", str(record.seed), *numbers, *(str(count[name] or "-") for name in get_args(Finding))]


def _metrics(repeated: Sequence[Repetition], only_off: bool) -> Iterator[list[str]]:
    yield ["row", "seed", "metric", "record", "repeated", "difference", "deviations", "finding"]
    for repetition in repeated:
        record = repetition.original.record
        for it in repetition.compared:
            if it.finding == "off" or not only_off:
                yield [record.row or "-", str(record.seed), it.metric, *numbers_of(it), it.finding]


def numbers_of(compared: Compared) -> list[str]:
    """Both numbers, with as many digits as tell them apart, their difference, and that in deviations."""
    before, after = compared.before, compared.after
    if before is None or after is None:
        return [_number(before, 6), _number(after, 6), "", ""]
    digits = next((it for it in (6, 9, 12) if before == after or _number(before, it) != _number(after, it)), 17)
    difference = "" if before == after else f"{after - before:+.3g}"
    deviations = "" if compared.deviations is None else f"{compared.deviations:+.2g}"
    return [_number(before, digits), _number(after, digits), difference, deviations]


def _number(value: float | None, digits: int) -> str:
    if value is None:
        return "-"
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.{digits}g}"


def _not_compared(repeated: Sequence[Repetition]) -> str:
    """The metrics that are not compared, by the reason."""
    reasons: dict[str, dict[str, None]] = {}
    for repetition in repeated:
        for it in repetition.compared:
            if it.finding == "not compared":
                reasons.setdefault(it.why.replace(it.metric, "it"), {})[it.metric] = None
    return "\n".join(f"not compared, {reason}: {', '.join(names)}" for reason, names in reasons.items())


def _ended_otherwise(repeated: Sequence[Repetition]) -> str:
    said = [
        f"{repetition.original.name} is off: its record says {repetition.original.record.status}, "
        f"but its repetition says {again.status}"
        for repetition in repeated
        if (again := repetition.record) is not None and repetition.ended_otherwise
    ]
    return "\n".join(said)


def _differing(repeated: Sequence[Repetition]) -> Part:
    """Other differences between records and repetitions, which may explain different numbers."""
    differences = Counter(
        (it.name, it.before, it.after)
        for repetition in repeated
        if repetition.record is not None
        for it in differing(repetition.original.record, repetition.record)
    )
    if not differences:
        if any(repetition.original.record.dirty for repetition in repeated):
            return "made at one commit with uncommitted changes, which may differ; versions and hardware are the same"
        if any(repetition.original.record.commit is None for repetition in repeated):
            return "made at no known commit, so that the code may differ; versions and hardware are the same"
        return "both were made by the same code, versions and hardware"
    rows = [["what else differs", "record", "repetition"], *(list(difference) for difference in differences)]
    if len(repeated) > 1:
        rows = [
            [*row, "cells" if number is None else str(number)]
            for row, number in zip(rows, [None, *differences.values()], strict=True)
        ]
    return Table(rows)


def _summary(repetitions: Sequence[Repetition], failed: int) -> str:
    count = Counter[Finding]()
    for repetition in repetitions:
        count += repetition.count()
    repeated = [repetition for repetition in repetitions if repetition.why is None]
    earlier = sum(repetition.earlier for repetition in repeated)
    text = (
        f"{len(repeated)} of {len(repeated) + failed} cells repeated{f', {earlier} of them earlier' if earlier else ''}"
    )
    compared = sum(count[finding] for finding in (*AGREE, "off"))
    numbers = ", ".join(f"{count[finding]} {finding}" for finding in (*AGREE, "off") if count[finding])
    text += f"; numbers compared: {compared}{f' ({numbers})' if numbers else ''}"
    judged = count["within the spread"] + count["off"]
    if count["off"] and judged >= NUMBERS_WITH_CHANCE_DIFFERENCES:
        text += (
            f"\nof {judged} that are not equal, 5 to 10% are off by chance: one of the two is outside a 95% interval"
        )
    old = sum(repetition.original.planned is False for repetition in repeated)
    if old:
        text += f"\nno longer planned by their grid, and run as their records say: {old}"
    return text
