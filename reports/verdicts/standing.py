"""What each claim would need to be decided, and how those that are were: what the counts of a report count.

A claim's own file says it only where it does not follow from the verdict, the test and the scales of its grid.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from reports.catalogue import grid_at, needs_gpu
from reports.claims.claim import Claim, Question, Standing
from reports.verdicts.commands import command_of
from reports.verdicts.estimates import core_seconds
from reports.verdicts.records import Records
from reports.verdicts.rules import MIN_SEEDS
from reports.verdicts.verdict import DECIDED, Judged, Verdict
from repro.ledger.comparing.comparability import TIMED

STANDINGS: tuple[Standing, ...] = get_args(Standing)
Way = Literal["counted", "arithmetic", "trained", "few seeds"]
WAYS: tuple[Way, ...] = get_args(Way)
FORMULA = "formula"
"""The key of a row that computes with the figures that a paper prints."""


@dataclass(frozen=True)
class NextRun:
    """What would run a claim that is not decided.

    Attributes:
        command: to type.
        scale: at which it runs; None where the command is a claim's own.
        seconds: of one core, judged by records of the same scale and function; None where there are none.
    """

    command: str
    scale: str | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Stand:
    """Where a claim stands.

    Attributes:
        standing: one of STANDINGS.
        way: how it was decided: by counting or timing, by the paper's own arithmetic, or by training with five seeds,
            or fewer; None where it is not decided.
        about_paper: whether the verdict is about the paper's own claim, and not about a smaller scale alone.
        next_run: what would run it where it is not decided; None where nothing would, or nothing would come of it.
    """

    standing: Standing
    way: Way | None = None
    about_paper: bool = False
    next_run: NextRun | None = None


def stand_of(judged: Judged, records: Records) -> Stand:
    """Where a claim stands, by its verdict.

    Args:
        judged: the claim with its verdicts.
        records: all records, by which its next run's time is judged.
    """
    claim = judged.claim
    if judged.verdict.verdict in DECIDED:
        about_paper = judged.verdict.verdict in ("reproduced", "contradicted")
        return Stand("decided", way=_way(judged), about_paper=about_paper)
    if claim.test is None:
        next_run = None if claim.command is None else NextRun(claim.command)
        return Stand(claim.standing or _untested(claim), next_run=next_run)
    question = _next_question(judged)
    if question is None:
        return Stand("stuck")
    standing: Standing = "large" if needs_gpu(question.scale) else "runnable"
    have = _seeds_so_far(judged, question)
    wanted = _seeds_wanted(claim, question, have)
    command = command_of(claim, question, wanted)
    left = max(max(wanted, question.seeds) - have, 1) if wanted > 1 else 1
    return Stand(standing, next_run=NextRun(command, question.scale, core_seconds(question, left, records)))


def count_stands(stands: Iterable[Stand]) -> Mapping[Standing, int]:
    """How many claims have each standing, in the order of STANDINGS."""
    counts = Counter(stand.standing for stand in stands)
    return {standing: counts[standing] for standing in STANDINGS}


def count_ways(stands: Iterable[Stand]) -> Mapping[Way, int]:
    """How many claims were decided in each way, in the order of WAYS."""
    counts = Counter(stand.way for stand in stands)
    return {way: counts[way] for way in WAYS}


def judgeable(counts: Mapping[Standing, int]) -> int:
    """The claims that a measurement could decide: all but those that are only shown."""
    return sum(counts.values()) - counts["shown"]


def _untested(claim: Claim) -> Standing:
    if claim.command is not None:
        return "runnable"
    return "unavailable" if claim.waits_for is not None else "shown"


def _way(judged: Judged) -> Way:
    test, scale = judged.claim.test, judged.verdict.scale
    assert test is not None
    if scale is None:  # data sets together, each by the same rule
        return "trained" if len(judged.verdict.seeds) >= MIN_SEEDS else "few seeds"
    question = test.questions[scale]
    has_interval = judged.verdict.measured is not None and judged.verdict.measured.low is not None
    if test.rule != "exact" or not (question.one_run_decides or has_interval):
        return "trained" if len(judged.verdict.seeds) >= MIN_SEEDS else "few seeds"
    config = next(row.config for row in grid_at(question.grid, scale).rows if row.name == question.row)
    return "counted" if config.get(FORMULA) is None else "arithmetic"


def _next_question(judged: Judged) -> Question | None:
    """What to run next: at the most authoritative scale where more runs could decide it, one without a GPU first.

    Of data sets together the first that is not decided. None where more runs would decide nothing.
    """
    test = judged.claim.test
    assert test is not None
    tried = {verdict.scale: verdict for verdict in judged.scales}
    questions = list(test.questions.values())
    if test.corpora is not None:
        questions = [test.questions[scale] for scale in test.corpora.scales]
    left = [
        question
        for question in questions
        if not _needs_quiet(question)
        and (question.scale not in tried or (_is_open(tried[question.scale]) and tried[question.scale].more_runs_help))
    ]
    return next((each for each in left if not needs_gpu(each.scale)), next(iter(left), None))


def _is_open(verdict: Verdict) -> bool:
    return verdict.verdict not in DECIDED


def _needs_quiet(question: Question) -> bool:
    """Whether it asks for a time of cells that do not run alone, which decides nothing however many there are."""
    declared = question.declared
    return declared is not None and declared.timed and declared.unit in TIMED and not question.alone


def _seeds_so_far(judged: Judged, question: Question) -> int:
    """How many seeds of a question have a record at its scale."""
    records = (verdict.records for verdict in judged.scales if verdict.scale == question.scale)
    return len({source.seed for of_verdict in records for source in of_verdict})


def _seeds_wanted(claim: Claim, question: Question, have: int) -> int:
    """With how many seeds to run it next: five at least, and twice as many as there are.

    Where one run decides it is one. An order takes one a row at first.
    """
    assert claim.test is not None
    if claim.test.rule == "exact" and question.one_run_decides:
        return 1
    if claim.test.rule == "order":
        return 2 * have or 1
    return max(2 * have, MIN_SEEDS)
