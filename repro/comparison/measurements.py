"""The metrics of runs side by side, and their differences where two numbers share their definition and text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from repro.comparison.recorded_run import RecordedRun
from repro.ledger.comparing.comparability import counts_tokens, measured_text, vocabulary_of
from repro.ledger.grids.scale import grid_packages
from repro.ledger.records.declarations import declared_of_records
from repro.ledger.records.metric_values import value_of
from repro.metric_declaration import MetricDeclaration, declaration_of


@dataclass(frozen=True)
class Measured:
    """One metric of all runs.

    Attributes:
        name, unit: of the metric; the unit is the first run's that has it.
        better: "higher", "lower", or None where neither is.
        timed: whether it depends on the machine and on what else ran there.
        values: one a run; None where it has none.
        differences: each run's minus the first one's, from the second run on; None where there is none to take.
        incomparable: why no difference was taken although there are numbers; None where one was.
    """

    name: str
    unit: str
    better: str | None
    timed: bool
    values: Sequence[float | None]
    differences: Sequence[float | None]
    incomparable: str | None


def measured(runs: Sequence[RecordedRun]) -> list[Measured]:
    """All metrics that any of the runs has, in the order of the first that does."""
    return [_measured(name, runs) for name in dict.fromkeys(name for run in runs for name in run.record.metrics)]


def _measured(name: str, runs: Sequence[RecordedRun]) -> Measured:
    having = [(run, run.record.metrics[name]) for run in runs if name in run.record.metrics]
    declared = _declaration(name, [run for run, _ in having])
    by_record = next((metric["better"] for _, metric in having if "better" in metric), None)
    better = by_record if by_record or declared is None else declared.better
    values = [value_of(run.record, name) for run in runs]
    why = _incomparable(name, having)
    first = values[0]
    return Measured(
        name,
        str(having[0][1]["unit"]),
        better,
        declared is not None and declared.timed,
        values,
        [None if why or first is None or value is None else value - first for value in values[1:]],
        why,
    )


def _incomparable(name: str, having: Sequence[tuple[RecordedRun, Mapping[str, Any]]]) -> str | None:
    """Why the numbers of a metric must not be subtracted; None if they may be."""
    if len({(str(it["unit"]), str(it["definition"])) for _, it in having}) > 1:
        return "is defined in different ways"
    records = [run.record for run, _ in having]
    if len({repr(measured_text(it, name)) for it in records}) > 1:
        return "is of different texts"
    if counts_tokens(having[0][1]) and len({vocabulary_of(it) for it in records}) > 1:
        return "counts tokens of different vocabularies"
    return None


def _declaration(name: str, runs: Sequence[RecordedRun]) -> MetricDeclaration | None:
    """What the first run's function declares; None of functions that no installed package of grids has.

    A run that others have made may name any module, and importing one runs it.
    """
    function = runs[0].function
    known = function is not None and function.partition(".")[0] in grid_packages()
    declared = declared_of_records(str(function), [run.record for run in runs]) if known else ()
    return declaration_of(declared or (), name)
