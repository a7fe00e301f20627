"""Every combination of choices under which a claim of the first paper could have been tested, each with its verdict.

The curve is that of U. Simonsohn, J. P. Simmons and L. D. Nelson, "Specification curve analysis", Nature Human
Behaviour 4 (2020). Choices are those for which the records of all seeds hold a metric. A verdict is that of the claim's
rule, a one-sided t test over seeds, without correction: these are views of one claim, and no family of claims.
"""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from reports.figures.explanation.models import Models
from reports.figures.measurements import Mean, over_seeds
from reports.verdicts.rules import MIN_SEEDS
from repro import statistics
from repro.statistics.statements import Answer

ALL = "all"
MODEL, TEXTS = "model", "texts"
"""Choices that every claim has: whose attention, and over which texts."""
PEAKED = (ALL, "under_0.25", "under_0.5", "under_0.75", "above_0.75")
"""Texts by their largest weight, as metrics call them."""

Options = Mapping[str, str]
"""Choice -> what was chosen."""


@dataclass(frozen=True)
class Candidate:
    """A claim with choices.

    Attributes:
        stated: on which side of the limit its number is to lie.
        choices: choice -> options, beside the model; the claim's own come first. Texts are of all classes if left out.
        metrics: of some options: the metric, and the one that is subtracted from it, if there is one.
        limit: what the number is compared with.
    """

    stated: Literal["higher", "lower"]
    choices: Mapping[str, tuple[str, ...]]
    metrics: Callable[[Options], tuple[str, ...]]
    limit: Callable[[Options], float]


@dataclass(frozen=True)
class Specification:
    """One combination of choices.

    Attributes:
        options: choice -> what was chosen.
        own: whether these are the claim's own choices.
        limit: what the number is compared with.
        mean: of the number over seeds, with its interval.
        answer: whether the claim holds.
    """

    options: Options
    own: bool
    limit: float
    mean: Mean
    answer: Answer

    @property
    def distance(self) -> float:
        """Mean minus limit."""
        return self.mean.value - self.limit


@dataclass(frozen=True)
class Curve:
    """A claim's specifications.

    Attributes:
        claim: its id.
        choices: choice -> options, in their order.
        specifications: those that the records hold, from the smallest distance to the largest.
        absent: how many combinations the records do not hold.
    """

    claim: str
    choices: Mapping[str, tuple[str, ...]]
    specifications: tuple[Specification, ...]
    absent: int

    def counts(self) -> Counter[Answer]:
        """How many specifications have each answer."""
        return Counter(specification.answer for specification in self.specifications)

    @property
    def disagreement(self) -> float:
        """The share of pairs of specifications with different answers."""
        count = len(self.specifications)
        alike = sum(number * (number - 1) for number in self.counts().values())
        return 1 - alike / (count * (count - 1)) if count > 1 else 0.0


# ---- which metrics say it under which choices


def _agreement(measure: str, options: Options) -> str:
    """Kendall's tau, its mean over texts or the share of texts in which it is significant."""
    group = "" if options[TEXTS] == ALL else f".{options[TEXTS]}"
    return f"tau.{measure}{group}{'.significant' if options['summary'] == 'significant' else ''}"


def _of_changes(options: Options) -> tuple[str, ...]:
    """What shuffled weights do to the output: the share of texts that they change, or the mean change."""
    group = "" if options[TEXTS] == ALL else f".{options[TEXTS]}"
    if options["summary"] == "mean":
        return (f"permutation.change{group}",)
    return (f"permutation.matters{group}",) if options["little"] == "0.05" else ()


def _of_adversaries(options: Options) -> tuple[str, ...]:
    """How far attention goes while the output stays."""
    group = "" if options[TEXTS] == ALL else f".{options[TEXTS]}"
    search = {"0.01": "adversary", "0.05": "adversary.report"}[options["same"]]
    return (f"{search}.jsd{group}{'.median' if options['summary'] == 'median' else ''}",)


CANDIDATES: Mapping[str, Candidate] = {
    "jain2019-section4.1-weak-gradient": Candidate(
        "lower",
        {"measure": ("gradient", "leave_one_out"), "summary": ("mean", "significant")},
        lambda options: (_agreement(options["measure"], options),),
        lambda options: 0.5,
    ),
    "jain2019-section4.1-importance-agrees-more": Candidate(
        "higher",
        {"measure": ("gradient", "leave_one_out"), "summary": ("mean", "significant")},
        lambda options: (_agreement("measures", options), _agreement(options["measure"], options)),
        lambda options: 0.0,
    ),
    "jain2019-section4.2.1-permutation": Candidate(
        "lower",
        # A little is what the paper's code admits of an adversary, or what its text does.
        {"summary": ("share", "mean"), "little": ("0.05", "0.01"), TEXTS: PEAKED},
        _of_changes,
        lambda options: 0.5 if options["summary"] == "share" else float(options["little"]),
    ),
    "jain2019-section4.2.2-adversarial": Candidate(
        "higher",
        # Far is what the second paper calls different, or half of the largest divergence.
        {"summary": ("median", "mean"), "same": ("0.01", "0.05"), "far": ("0.4", "half"), TEXTS: PEAKED},
        _of_adversaries,
        lambda options: 0.4 if options["far"] == "0.4" else math.log(2) / 2,
    ),
}
"""Claim -> its choices: the claims of section 4 that a limit decides, and whose number records have in several ways."""


def curve_of(claim: str, models: Models) -> Curve:
    """All specifications of a claim for which there are records."""
    candidate = CANDIDATES[claim]
    classes = (ALL, *(f"class_{number}" for number in range(len(models.classes))))
    choices = {MODEL: tuple(models.records), TEXTS: classes, **candidate.choices}
    own = {choice: options[0] for choice, options in choices.items()}
    combinations = [dict(zip(choices, options, strict=True)) for options in itertools.product(*choices.values())]
    specifications = [
        specification
        for options in combinations
        for specification in _specified(candidate, models, options, options == own)
    ]
    ordered = sorted(specifications, key=lambda specification: specification.distance)
    return Curve(claim, choices, tuple(ordered), len(combinations) - len(specifications))


def _specified(candidate: Candidate, models: Models, options: Options, own: bool) -> Iterator[Specification]:
    """The specification, if any run has its number."""
    sides = [models.values(options[MODEL], metric) for metric in candidate.metrics(options)]
    seeds = set.intersection(*map(set, sides)) if sides else set()
    values = {seed: sides[0][seed] - sum(side[seed] for side in sides[1:]) for seed in sorted(seeds)}
    mean = over_seeds(values)
    if mean is None:
        return
    limit = candidate.limit(options)
    difference = statistics.difference(values, dict.fromkeys(values, limit), paired=True)
    # Without spread nothing is known of the error.
    is_enough = len(values) >= MIN_SEEDS and bool(difference.standard_error)
    tested = statistics.stated_direction(difference, candidate.stated) if is_enough else statistics.PValues()
    yield Specification(options, own, limit, mean, statistics.judge({"": tested})[""].answer)


def most_disagreeing(models: Models) -> tuple[Curve, ...]:
    """The curves of all candidates that have one, from the most disagreement to the least."""
    curves = [curve_of(claim, models) for claim in CANDIDATES]
    return tuple(sorted((it for it in curves if it.specifications), key=lambda it: -it.disagreement))
