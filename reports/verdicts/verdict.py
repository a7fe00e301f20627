"""Verdicts: what the records say of each claim, at each scale, and which of these counts.

A claim is reproduced or contradicted only at a scale that it names as deciding. At any other it holds at this scale or
does not. Statements of one family (a paper's table or section) at one scale are corrected together; a claim whose grid
has not run stays in its family, since what is asked is fixed before anything runs.

Of the verdicts at several scales the first that is no "inconclusive" counts, in the order of authority: deciding
scales in the claim's order, then the others from the largest data to the smallest. Where all are inconclusive the most
authoritative one counts.

A claim about data sets together is judged on each of them at its own scale. What they say together (`rules/corpora.py`)
counts as soon as one of them has run. It is about the paper only where the claim names all of them as deciding.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from reports.claims.claim import Claim, Corpora
from reports.verdicts.answer import answer_of
from reports.verdicts.commands import command_of, repeating
from reports.verdicts.question_age import QuestionAge, age_of, age_together
from reports.verdicts.records import Records, StoredRecord, hardware_of
from reports.verdicts.rules import MIN_SEEDS, Measured, Observation, Outcome, observe, together
from repro import statistics
from repro.statistics import Judgement
from repro.statistics.statements import Ground

Word = Literal[
    "reproduced",
    "contradicted",
    "holds at this scale",
    "does not hold at this scale",
    "inconclusive",
    "not run",
]
WORDS: tuple[Word, ...] = get_args(Word)
DECIDED = frozenset(WORDS[:4])
"""The verdicts that say something."""


@dataclass(frozen=True)
class Source:
    """A record that a verdict rests on, or that is missing from it because it is not done.

    Attributes:
        cell, grid, row, scale, seed, status: the record's.
        path: of its file below the directory of all runs.
        hardware: in a phrase.
        commit: the code, with " changed" where it was not committed; None where that is not known.
        command: what made it.
        earlier: why its grid plans it no more; None where it does.
        planned: whether its grid plans this cell today, or would with more seeds; None if that cannot be told.
        added: whether only its seed is one that the grid does not plan.
    """

    cell: str
    grid: str
    row: str
    scale: str
    seed: int
    status: str
    path: str
    hardware: str
    commit: str | None
    command: str
    earlier: str | None
    planned: bool | None
    added: bool


@dataclass(frozen=True)
class Verdict:
    """What the records of one scale say of one claim.

    Attributes:
        claim: its id.
        verdict: in a word or two.
        reason: in a sentence or two.
        scale: where; None where nothing has run, and for data sets together.
        measured: the number and its interval; None where there is none.
        seeds: of the runs that were compared.
        ground: which question decided: what was stated ("for"), its "opposite", or "none", a difference smaller than
            the margin; or why it is open; None for what is exact, and where `reason` stands against any test.
        p: of what decided, or of what was stated where nothing did, corrected over the family; None for what is exact.
        family: how many claims were corrected together; 0 for what is exact.
        smallest_effect: the smallest true difference that would have been found with 80% power.
        margin: what counted as none, or as the same.
        not_done: status -> how many of the runs have it, other than done.
        records: all runs of the question.
        command: what repeats it and compares; where nothing has run, what would run it.
        question: when what is asked last changed, beside its data; for data sets together the least favourable of
            theirs; None where nothing has run.
        metric: the key of what was measured; None where nothing tests it.
        more_runs_help: whether more seeds of the same rows could decide it, as where nothing has run; not where the
            reason is another one than their number, such as a base that has not learnt.
        added_seeds: seeds beyond the plan of their grid, of data sets together of any of them. Whoever added them may
            have seen a first verdict.
    """

    claim: str
    verdict: Word
    reason: str
    scale: str | None = None
    measured: Measured | None = None
    seeds: tuple[int, ...] = ()
    ground: Ground | None = None
    p: float | None = None
    family: int = 0
    smallest_effect: float | None = None
    margin: float | None = None
    not_done: Mapping[str, int] = field(default_factory=dict)
    records: tuple[Source, ...] = ()
    command: str | None = None
    question: QuestionAge | None = None
    metric: str | None = None
    more_runs_help: bool = True
    added_seeds: tuple[int, ...] = ()


@dataclass(frozen=True)
class Judged:
    """A claim with its verdicts.

    Attributes:
        claim: the claim.
        verdict: the one that counts.
        scales: those of all scales with records, the most authoritative first.
        would_decide: the command that would decide it where its paper's verdict is still to be had, of data sets
            together the first that is not decided; None if it is had, or nothing could.
    """

    claim: Claim
    verdict: Verdict
    scales: tuple[Verdict, ...]
    would_decide: str | None


def judge_claims(claims: Sequence[Claim], records: Records) -> list[Judged]:
    """Judge all claims, in their order.

    Args:
        claims: all of them, since families are corrected as a whole.
        records: all records.
    """
    families: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    verdicts: dict[tuple[str, str], Verdict] = {}
    for claim in claims:
        for scale in claim.test.questions if claim.test else ():
            exact = claim.test is not None and claim.test.rule == "exact"
            families[scale, claim.id if exact else claim.family].append(claim)
    for (scale, _), family in families.items():
        for verdict in _family(scale, family, records):
            verdicts[verdict.claim, scale] = verdict
    return [_judged(claim, verdicts) for claim in claims]


def _family(scale: str, family: Sequence[Claim], records: Records) -> list[Verdict]:
    alpha = statistics.ALPHA_FOR / len(family)
    observations: dict[str, tuple[Claim, Observation]] = {}
    for claim in family:
        assert claim.test is not None
        observations[claim.id] = claim, observe(claim, claim.test.questions[scale], records, alpha)
    tested = {name: seen.tested for name, (_, seen) in observations.items() if seen.tested is not None}
    judgements = statistics.judge(tested) if tested else {}
    return [_verdict(claim, seen, judgements.get(name), len(tested)) for name, (claim, seen) in observations.items()]


def _verdict(claim: Claim, observation: Observation, judgement: Judgement | None, family: int) -> Verdict:
    question = observation.question
    answer = answer_of(claim, observation, judgement, family)
    reason = answer.reason
    if any(stored.earlier is not None for stored in observation.records):
        reason += "; of an earlier version of the grid"
    not_done = ", ".join(f"{count} {status}" for status, count in sorted(observation.not_done.items()))
    is_missing = observation.missing is not None
    return Verdict(
        claim=claim.id,
        verdict="not run" if is_missing else _word(answer.outcome, question.scale in claim.decides_at),
        reason=f"{reason}; not done: {not_done}" if not_done else reason,
        scale=question.scale,
        measured=observation.measured,
        seeds=observation.seeds,
        ground=None if judgement is None or observation.unusable is not None else judgement.ground,
        p=answer.p,
        family=family if judgement is not None else 0,
        smallest_effect=observation.smallest,
        margin=question.margin,
        not_done=observation.not_done,
        records=tuple(map(_source, observation.records)),
        command=command_of(claim, question) if is_missing else repeating(question, _repeated(observation)),
        question=None if is_missing else age_of(claim, question.scale, observation.records),
        metric=question.metric,
        more_runs_help=is_missing or _more_runs_help(claim, observation, judgement),
        added_seeds=_sorted(stored.record.seed for stored in observation.records if stored.added),
    )


def _repeated(observation: Observation) -> tuple[int, ...]:
    """The seeds that a command must name: of all runs where some were added, perhaps to the base alone."""
    if any(stored.added for stored in observation.records):
        return _sorted(stored.record.seed for stored in observation.records)
    return observation.seeds


def _sorted(seeds: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(seeds)))


def _more_runs_help(claim: Claim, observation: Observation, judgement: Judgement | None) -> bool:
    question = observation.question
    if judgement is None:  # an exact measurement: of those that a seed may change, five are needed
        return not question.one_run_decides and len(observation.seeds) < MIN_SEEDS
    return observation.unusable is None and judgement.ground in ("open", "too few")


def _word(outcome: Outcome, decides: bool) -> Word:
    if outcome == "holds":
        return "reproduced" if decides else "holds at this scale"
    if outcome == "false":
        return "contradicted" if decides else "does not hold at this scale"
    return "inconclusive"


def _source(stored: StoredRecord) -> Source:
    record = stored.record
    return Source(
        record.cell,
        record.grid,
        record.row,
        record.scale,
        record.seed,
        record.status,
        stored.path,
        hardware_of(record),
        stored.commit,
        record.command,
        stored.earlier,
        stored.planned,
        stored.added,
    )


# ---- which of a claim's verdicts counts


def _judged(claim: Claim, verdicts: Mapping[tuple[str, str], Verdict]) -> Judged:
    if claim.test is None:
        reason = claim.why_not or "nothing tests it"
        return Judged(claim, Verdict(claim.id, "not run", reason, command=claim.command), (), claim.command)
    at_scales = [verdicts[claim.id, scale] for scale in claim.test.questions]
    ran = tuple(verdict for verdict in at_scales if verdict.verdict != "not run")
    if claim.test.corpora is not None and any(each.scale in claim.test.corpora.scales for each in ran):
        return _judged_together(claim, claim.test.corpora, ran)
    counting = next((verdict for verdict in ran if verdict.verdict in DECIDED), None) or next(iter(ran), at_scales[0])
    decided = counting.verdict in ("reproduced", "contradicted")
    deciders = claim.decides_at if claim.test.corpora is None else claim.test.corpora.scales
    deciding = next((scale for scale in claim.test.questions if scale in deciders), None)
    would = None if decided or deciding is None else command_of(claim, claim.test.questions[deciding])
    return Judged(claim, counting, ran, would)


OUTCOMES: Mapping[Word, Outcome] = {
    "reproduced": "holds",
    "holds at this scale": "holds",
    "contradicted": "false",
    "does not hold at this scale": "false",
}
"""What a verdict at one scale says for a claim about several data sets; all others leave it open."""


def _judged_together(claim: Claim, corpora: Corpora, ran: tuple[Verdict, ...]) -> Judged:
    assert claim.test is not None
    on_corpora = {str(each.scale): each for each in ran if each.scale in corpora.scales}
    found = together(corpora, {scale: OUTCOMES.get(each.verdict, "open") for scale, each in on_corpora.items()})
    decided = {scale: each for scale, each in on_corpora.items() if each.verdict in DECIDED}
    undecided = [scale for scale in corpora.scales if scale not in decided]
    verdict = Verdict(
        claim=claim.id,
        verdict=_word(found.outcome, decides=bool(claim.decides_at)),
        reason=found.reason,
        measured=Measured(
            "value", found.holds, unit=f"of {len(corpora.scales)} data sets", definition="data sets on which it holds"
        ),
        seeds=min((each.seeds for each in decided.values()), key=len, default=()),
        question=age_together(each.question for each in on_corpora.values() if each.question is not None),
        metric=claim.test.questions[corpora.scales[0]].metric,
        added_seeds=_sorted(seed for each in on_corpora.values() for seed in each.added_seeds),
    )
    would = command_of(claim, claim.test.questions[undecided[0]]) if undecided and found.outcome == "open" else None
    return Judged(claim, verdict, ran, would)
