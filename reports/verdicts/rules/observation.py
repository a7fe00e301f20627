"""What a rule is given, and what it says: a claim's case at one scale, and the observation made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from reports.claims.claim import Claim, Question
from reports.verdicts.records import Records, StoredRecord
from repro.ledger.comparing.soundness import unmet, without_value
from repro.ledger.records.metric_values import metric_values
from repro.ledger.records.record import Record
from repro.statistics import Difference, PValues

MIN_SEEDS = 5
MIN_ROWS = 5
POWER = 0.8
LEVEL = 0.95
TRUTH = "0 or 1"
"""The unit of a measurement that says yes (1) or no (0)."""

Kind = Literal["difference", "mean", "value", "tau"]
Outcome = Literal["holds", "false", "open"]
Runs = Mapping[int, StoredRecord]
"""Seed -> record of a row, done or not."""


@dataclass(frozen=True)
class Case:
    """A claim at one scale, with the records that its question names.

    Attributes:
        claim: with a test.
        question: what is asked at the scale.
        records: all of them.
        alpha: the level at which one claim of the family is tested, for the smallest effect.
    """

    claim: Claim
    question: Question
    records: Records
    alpha: float

    @property
    def rule(self) -> str:
        """The name of the claim's rule."""
        assert self.claim.test is not None
        return self.claim.test.rule

    @cached_property
    def rows(self) -> Mapping[str, Runs]:
        """Row -> its runs, in the order of the question's sides."""
        question = self.question
        return {row: self.records.of(question.scale, question.grid, row) for row in question.sides}

    @property
    def row(self) -> Runs:
        """The runs of the row, where the question names one."""
        return self.rows[self.question.row]

    @property
    def base(self) -> Runs:
        """The runs of the row that it is compared with."""
        assert self.question.base is not None
        return self.rows[self.question.base]


@dataclass(frozen=True)
class Measured:
    """What was measured of a claim at one scale.

    Attributes:
        kind: "difference" is row minus base, "mean" is over seeds, "value" is exact, "tau" is Kendall's tau-b.
        value: the number; None where no run has one, and where runs of what is exact have several.
        low, high: its interval of 95%, or what the intervals of several runs span; None where it has none.
        unit, definition: of the metric.
        row, base: the means of both sides, over the runs that were compared; None where there is no such side.
        runs: the numbers of the runs of what is exact, where they differ.
    """

    kind: Kind
    value: float | None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    definition: str = ""
    row: float | None = None
    base: float | None = None
    runs: tuple[float, ...] = ()

    @property
    def is_truth(self) -> bool:
        """Whether it says yes or no."""
        return self.kind == "value" and self.unit == TRUTH and {*self.runs, self.value} <= {0, 1, None}


@dataclass(frozen=True)
class Observation:
    """What one claim's rule says at one scale, before correction.

    Attributes:
        question: what was asked.
        measured: the number; None where nothing has run.
        tested: p values for the family; None for what is exact.
        outcome: of what is exact; None for what is tested.
        seeds: of the runs that were compared.
        smallest: the smallest true difference that the test would have found; None where that cannot be said, or the
            test is one of sameness.
        unusable: why nothing can be said, though there are records; None if something can.
        missing: why there is nothing to judge; None if there is something.
        note: what the measurement itself says.
        not_done: status -> how many of the question's runs have it, other than done.
        records: all runs of the question, done or not.
    """

    question: Question
    measured: Measured | None = None
    tested: PValues | None = None
    outcome: Outcome | None = None
    seeds: tuple[int, ...] = ()
    smallest: float | None = None
    unusable: str | None = None
    missing: str | None = None
    note: str | None = None
    not_done: Mapping[str, int] = field(default_factory=dict)
    records: tuple[StoredRecord, ...] = ()

    def open_because(self, reason: str) -> "Observation":
        """The same, untested: it still counts in its family."""
        return replace(self, tested=PValues(), unusable=reason)

    def unless_diverged(self) -> "Observation":
        """Left open where runs diverged: means over the other seeds do not speak for them."""
        count = self.not_done.get("diverged")
        return self.open_because(f"{count} of {len(self.records)} runs diverged") if count else self

    def unless_without_value(self, runs: Runs, *metrics: str) -> "Observation":
        """Left open where a finished run has no value of a metric: the others do not speak for it."""
        records = records_of_runs(runs)
        for metric in metrics:
            count = without_value(records, metric)
            if count:
                return self.open_because(f"{self.question.name_of(metric)} has no value in {count} of {len(runs)} runs")
        return self

    def unless_without_spread(self, difference: Difference) -> "Observation":
        """Left open where all seeds gave the same number, unless the metric is declared exact."""
        question = self.question
        is_exact = question.declared is not None and question.declared.exact
        if difference.n < 2 or difference.standard_error or is_exact:
            return self
        reason = f"cannot tell: {question.name} does not vary over seeds, so its error is unknown"
        return replace(self, smallest=None).open_because(reason)


def records_of_runs(runs: Runs) -> dict[int, Record]:
    """Seed -> record, without where it lies."""
    return {seed: stored.record for seed, stored in runs.items()}


def values_of(runs: Runs, metric: str) -> dict[int, float]:
    """Seed -> value, over the runs that are done and have one."""
    return metric_values(records_of_runs(runs), metric)


def unlearnt(question: Question, runs: Runs) -> str | None:
    """Why a base that has learnt too little says nothing of a metric that needs learning; None if it may be judged.

    What measures quality is judged all the same, for a claim about one row alone: its value says what was learnt.
    """
    declared = question.declared
    if declared is None or not declared.needs_learning or question.conditional_on != question.row:
        return None
    records = records_of_runs(runs)
    reason = unmet([question.row], [records], records, declared, question.conditions)
    return reason and question.named(reason)


def unit_and_definition(records: Sequence[StoredRecord], metric: str) -> tuple[str, str]:
    """Those of a metric, which are alike in all records."""
    for stored in records:
        if metric in stored.record.metrics:
            content = stored.record.metrics[metric]
            return str(content["unit"]), str(content["definition"])
    return "", ""


def directed(stated: Literal["higher", "lower"] | None, alpha: float, least_error: float) -> dict[str, Any]:
    """The options of a one-sided test that `repro.statistics` takes."""
    return {"direction": stated, "level": LEVEL, "alpha": alpha, "power": POWER, "least_error": least_error}
