"""A claim: a sentence of a paper as data, with what was published, and what measurement would test it.

A claim says how it is tested only by naming one of the rules of `reports.verdicts.rules`, and grids know nothing of
claims. `claim_file.py` makes these from the YAML beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from repro.ledger.grids.condition import Condition
from repro.metric_declaration import MetricDeclaration, metric_name

Standing = Literal["decided", "runnable", "large", "stuck", "unavailable", "shown"]
"""Decided here; can be decided on a machine like this; needs WMT 2014 or a GPU; has runs of which more would not
decide it; data, word vectors or a checked figure are missing; or shown and never judged, as another system's figure
is."""
Rule = Literal["better", "worse", "higher", "lower", "same", "value", "limit", "exact", "order"]


@dataclass(frozen=True)
class Paper:
    """Where claims come from.

    Attributes:
        key: such as "vaswani2017".
        title, venue, arxiv: for people; the last is empty where it is not on arXiv.
        source: the text with which its claims were compared.
        citation: who wrote it, when and where; empty where venue and arXiv say enough.
        shipped: whether its claims come with this project; those of one's own are counted apart.
    """

    key: str
    title: str
    venue: str
    arxiv: str
    source: str
    citation: str = ""
    shipped: bool = True


@dataclass(frozen=True)
class Published:
    """What the paper prints.

    Attributes:
        text: as it is shown, such as "27.3 BLEU" or "O(n^2 d)".
        value: the number, where there is one.
        base: the number of the row that it is compared with, where the claim is about the difference.
        unit: of both.
        definition: the name of the metric's definition, such as "bleu_compound"; None where the paper does not say.
        corpus: the data on which it was measured, as a record's `data` calls it.
        lines: of the test set.
        also: other values that a version of the paper prints in the same place.
        checked: whether it was compared with a text; what is from memory decides nothing.
    """

    text: str
    value: float | None = None
    base: float | None = None
    unit: str = ""
    definition: str | None = None
    corpus: str | None = None
    lines: int | None = None
    also: Sequence[float] = ()
    checked: bool = True

    @property
    def difference(self) -> float | None:
        """Row minus base, where the paper has both; without what subtracting decimals adds."""
        return None if self.value is None or self.base is None else round(self.value - self.base, 9)


@dataclass(frozen=True)
class Corpora:
    """Data sets over which a claim speaks together, such as most of them.

    Attributes:
        scales: of the data sets.
        at_least: on how many of them it must hold.
    """

    scales: tuple[str, ...]
    at_least: int


@dataclass(frozen=True)
class Question:
    """What a claim's rule looks at, at one scale.

    Attributes:
        grid, scale: where the records are.
        rows: the rows looked at; all but those of rule "order" look at one.
        base: the row that it is compared with; rules "better", "worse", "higher", "lower" and "same" only.
        metric: its name in the records.
        better: which side is better in this metric; None: neither.
        margin: differences smaller than this count as none; for "value" and "exact" how far from the expected
            number a measurement may be. None: that is not asked.
        by: for "better", "worse", "higher" and "lower": how far beyond the base the row is said to lie, at least.
        expected: for "exact" and "value": the number; for "order": none.
        above, below: for "exact" and "limit": another metric of the same record, or a number, above or below which it
            must lie.
        published: for "order": the published value of each row.
        seeds: how many of each row the grid plans.
        declared: what is declared of the metric.
        conditions: what the base must fulfil, or the claim stays open.
        sharing: rows of the grid that share one deviation, where it says so; else none.
        unjudged: rows of which this metric does not measure the quality -> why.
        conditional_on: the row whose runs the conditions ask about; None: the base.
        alone: whether the grid runs each cell of these rows alone on the machine.
        function: what the grid's cells call, which says what its metrics are called.
        corpora: the data sets that decide the claim together, this one among them; None where it is of none.
    """

    grid: str
    scale: str
    rows: tuple[str, ...]
    base: str | None
    metric: str
    better: Literal["higher", "lower"] | None
    margin: float | None = None
    by: float = 0.0
    expected: float | None = None
    above: str | float | None = None
    below: str | float | None = None
    published: Mapping[str, float] | None = None
    seeds: int = 1
    declared: MetricDeclaration | None = None
    conditions: tuple[Condition, ...] = ()
    sharing: tuple[str, ...] = ()
    unjudged: Mapping[str, str] = field(default_factory=dict)
    conditional_on: str | None = None
    alone: bool = True
    function: str = ""
    corpora: Corpora | None = None

    @property
    def name(self) -> str:
        """What the metric is called."""
        return self.name_of(self.metric)

    def name_of(self, metric: str, language: str = "en") -> str:
        """What a metric of the same record is called."""
        return metric_name(self.function, metric, language)

    def named(self, text: str) -> str:
        """A sentence with what metrics are called in place of their keys."""
        asked = [(condition.metric, condition.above, condition.below) for condition in self.conditions]
        keys = {self.metric, *(key for keys in asked for key in keys if isinstance(key, str))}
        for key in sorted(keys, key=len, reverse=True):
            text = text.replace(key, self.name_of(key))
        return text

    @property
    def row(self) -> str:
        """The row, where there is one."""
        return self.rows[0]

    @property
    def quality(self) -> bool:
        """Whether a run that diverged is worse by this metric than any that did not."""
        return self.declared is not None and self.declared.quality

    @property
    def one_run_decides(self) -> bool:
        """Whether no seed changes the metric, or it is a ratio of times, which a run repeats by itself.

        What a training reaches by the clock is timed, too, but has a better direction.
        """
        declared = self.declared
        return declared is not None and (declared.exact or (declared.timed and declared.better is None))

    @property
    def sides(self) -> tuple[str, ...]:
        """All rows that are looked at, the base last."""
        return self.rows if self.base is None else (*self.rows, self.base)


@dataclass(frozen=True)
class Test:
    """How a claim is tested.

    Attributes:
        rule: a rule of `reports.verdicts.rules`.
        questions: scale -> what is asked there, the most authoritative scale first.
    """

    __test__: ClassVar[bool] = False  # or pytest takes it for a class of tests
    rule: Rule
    questions: Mapping[str, Question]

    @property
    def corpora(self) -> Corpora | None:
        """The data sets that decide the claim together; None where each scale decides by itself."""
        found = (question.corpora for question in self.questions.values())
        return next((corpora for corpora in found if corpora is not None), None)


@dataclass(frozen=True)
class Claim:
    """One claim.

    Attributes:
        id: unique among all papers' claims.
        paper: whose.
        place: "Table 3", or "Section 4".
        section: of the paper, such as "6.2".
        says: the claim in a sentence.
        published: what is printed; None for a claim in words alone.
        test: how it is tested; None where it cannot be, or not yet.
        decides_at: scales at which a verdict is about the paper; elsewhere it is about that scale. Of a claim about
            data sets together: all of them, if texts and models are the paper's, or none.
        family: claims that are corrected together, at each scale.
        why_not: why there is no test; None where there is one.
        waits_for: the grid that would test it, which is not there yet.
        command: what would run it, where that is known though nothing here tests it.
        note: what else a reader must know.
        standing: what would be needed, where the file says so; None where it follows from the rest.
    """

    id: str
    paper: Paper
    place: str
    section: str
    says: str
    published: Published | None
    test: Test | None
    decides_at: Sequence[str]
    family: str
    why_not: str | None = None
    waits_for: str | None = None
    command: str | None = None
    note: str | None = None
    standing: Standing | None = None
