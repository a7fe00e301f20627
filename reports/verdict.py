"""Verdicts: what the records say of each claim, at each scale, and which of these counts.

A claim is reproduced or contradicted only at a scale that it names as deciding. At any other it holds at this scale or
does not. Statements of one family (a paper's table or section) at one scale are corrected together; a claim whose grid
has not run stays in its family, since what is asked is fixed before anything runs.

Of the verdicts at several scales the first that is no "inconclusive" counts, in the order of authority: deciding
scales in the claim's order, then the others from the largest data to the smallest. Where all are inconclusive the most
authoritative one counts.
"""

import shlex
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from reports.claim import Ask, Claim
from reports.evidence import Evidence, Found
from reports.rules import LEAST_ROWS, LEAST_SEEDS, Looked, Measured, look
from repro import statistics
from repro.ledger.grid import seeds_text
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
        planned: whether its grid plans this cell today; None if that cannot be told.
        earlier: why its grid plans it no more; None where it does.
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
    planned: bool | None
    earlier: str | None = None


@dataclass(frozen=True)
class Verdict:
    """What the records of one scale say of one claim.

    Attributes:
        claim: its id.
        verdict: in a word or two.
        reason: in a sentence or two.
        scale: where; None where nothing has run.
        measured: the number and its interval; None where there is none.
        seeds: of the runs that were compared.
        ground: which question decided: what was stated ("for"), its "opposite", or "none", a difference smaller than
            the margin; or why it is open; None for what is exact.
        p: of what decided, or of what was stated where nothing did, corrected over the family; None for what is exact.
        family: how many claims were corrected together; 0 for what is exact.
        smallest_effect: the smallest true difference that would have been found with 80% power.
        margin: what counted as none, or as the same.
        not_done: status -> how many of the runs have it, other than done.
        records: all that were looked at.
        command: what repeats it and compares; where nothing has run, what would run it.
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


@dataclass(frozen=True)
class Judged:
    """A claim with its verdicts.

    Attributes:
        claim: the claim.
        verdict: the one that counts.
        scales: those of all scales with records, the most authoritative first.
        would_decide: the command that would decide it where its paper's verdict is still to be had; None if it is had,
            or nothing could.
    """

    claim: Claim
    verdict: Verdict
    scales: tuple[Verdict, ...]
    would_decide: str | None


def judge_claims(claims: Sequence[Claim], evidence: Evidence) -> list[Judged]:
    """Judge all claims, in their order.

    Args:
        claims: all of them, since families are corrected as a whole.
        evidence: all records.
    """
    families: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    verdicts: dict[tuple[str, str], Verdict] = {}
    for claim in claims:
        for scale in claim.test.asks if claim.test else ():
            exact = claim.test is not None and claim.test.rule == "exact"
            families[scale, claim.id if exact else claim.family].append(claim)
    for (scale, _), family in families.items():
        for verdict in _family(scale, family, evidence):
            verdicts[verdict.claim, scale] = verdict
    return [_judged(claim, verdicts) for claim in claims]


def _family(scale: str, family: Sequence[Claim], evidence: Evidence) -> list[Verdict]:
    alpha = statistics.ALPHA_FOR / len(family)
    looked: dict[str, tuple[Claim, Looked]] = {}
    for claim in family:
        assert claim.test is not None
        looked[claim.id] = claim, look(claim, claim.test.asks[scale], evidence, alpha)
    tested = {name: it.tested for name, (_, it) in looked.items() if it.tested is not None}
    judgements = statistics.judge(tested) if tested else {}
    return [_verdict(claim, it, judgements.get(name), len(tested)) for name, (claim, it) in looked.items()]


def _verdict(claim: Claim, looked: Looked, judgement: Judgement | None, family: int) -> Verdict:
    ask = looked.ask
    answer, reason, p = _answer(claim, looked, judgement, family)
    word: Word = "inconclusive"
    if looked.missing is not None:
        word = "not run"
    elif answer == "holds":
        word = "reproduced" if ask.scale in claim.decides_at else "holds at this scale"
    elif answer == "false":
        word = "contradicted" if ask.scale in claim.decides_at else "does not hold at this scale"
    if any(each.earlier is not None for each in looked.records):
        reason += "; of an earlier version of the grid"
    lost = ", ".join(f"{count} {status}" for status, count in sorted(looked.not_done.items()))
    return Verdict(
        claim=claim.id,
        verdict=word,
        reason=f"{reason}; not done: {lost}" if lost else reason,
        scale=ask.scale,
        measured=looked.measured,
        seeds=looked.seeds,
        ground=None if judgement is None else judgement.ground,
        p=p,
        family=family if judgement is not None else 0,
        smallest_effect=looked.smallest,
        margin=ask.margin,
        not_done=looked.not_done,
        records=tuple(map(_source, looked.records)),
        command=command_of(claim, ask) if looked.missing is not None else repeating(ask, looked.seeds),
    )


def _answer(
    claim: Claim, looked: Looked, judgement: Judgement | None, family: int
) -> tuple[Literal["holds", "false", "open"], str, float | None]:
    """The answer, its reason, and the p value that stands for it."""
    if looked.missing is not None:
        return "open", looked.missing, None
    if looked.unusable is not None:
        return "open", looked.unusable, None
    assert claim.test is not None
    if judgement is None:
        assert looked.outcome is not None
        return looked.outcome, _exactly(looked), None
    ask, rule = looked.ask, claim.test.rule
    said = _said(looked)
    if judgement.ground == "too few":
        least = f"{LEAST_ROWS} rows" if rule == "order" else f"{LEAST_SEEDS} seeds"
        had = "too few rows" if rule == "order" else f"{len(looked.seeds)} seeds"
        return "open", f"{said}; {had} decide nothing, at least {least} are needed", None
    over = f"Holm over {family}"
    if judgement.ground == "for":
        return "holds", f"{said}; shown, p {_p(judgement.p_for)} ({over})", judgement.p_for
    if judgement.ground == "opposite":
        return "false", f"{said}; the opposite is shown, p {_p(judgement.p_opposite)} ({over})", judgement.p_opposite
    if judgement.ground == "none":
        text = f"{said}; shown to be smaller than {ask.margin:g}, p {_p(judgement.p_none)} ({over})"
        return "false", text, judgement.p_none
    seen = "" if looked.smallest is None else f"; {looked.smallest:.3g} would have been found with 80% power"
    return "open", f"{said}; not shown, p {_p(judgement.p_for)} ({over}){seen}", judgement.p_for


def _said(looked: Looked) -> str:
    """The measurement in words."""
    ask, measured = looked.ask, looked.measured
    if measured is None or measured.value is None:
        return looked.note or "no run to compare"
    note = f"; {looked.note}" if looked.note else ""
    if measured.kind == "tau":
        return f"Kendall's tau-b {measured.value:+.2f}{note}"
    interval = "" if measured.low is None or measured.high is None else f" [{measured.low:.4g}, {measured.high:.4g}]"
    if measured.kind == "mean":
        return f"{ask.metric} {measured.value:.4g}{interval} against {measured.base:.4g}{note}"
    other = ask.base or (ask.below if ask.above is None else ask.above)
    return f"{ask.metric} of {ask.row} minus {other}: {measured.value:+.4g}{interval}{note}"


def _exactly(looked: Looked) -> str:
    ask, measured = looked.ask, looked.measured
    assert measured is not None
    assert measured.value is not None
    interval = "" if measured.low is None or measured.high is None else f" [{measured.low:.4g}, {measured.high:.4g}]"
    note = f"; {looked.note}" if looked.note else ""
    if ask.expected is not None:
        stated = f"{ask.expected:,.7g}" + (f" ± {ask.margin:,.4g}" if ask.margin else "")
    else:
        side, limit = ("below", ask.below) if ask.below is not None else ("above", ask.above)
        other = looked.records[0].record.metrics.get(limit, {}).get("value") if isinstance(limit, str) else None
        stated = f"{side} {limit}" + ("" if other is None else f" ({other:.4g})")
    return f"{ask.metric} is {measured.value:,.7g}{interval}, stated is {stated}{note}"


def _p(value: float | None) -> str:
    return "-" if value is None else f"{value:.2g}"


def _source(found: Found) -> Source:
    record = found.record
    commit = None if record.commit is None else f"{record.commit[:12]}{' changed' if record.dirty else ''}"
    return Source(
        record.cell,
        record.grid,
        record.row,
        record.scale,
        record.seed,
        record.status,
        found.path,
        hardware_of(record.hardware),
        commit,
        record.command,
        found.planned,
        found.earlier,
    )


def hardware_of(hardware: Mapping[str, Any]) -> str:
    """What a run ran on, in a phrase."""
    gpus = [str(gpu) for gpu in hardware.get("gpus") or []]
    cpu = f"{hardware.get('cores', '?')} cores of {hardware.get('cpu', 'an unknown processor')}"
    if not gpus:
        return cpu
    return f"{len(gpus)} {gpus[0]}, {cpu}" if len(set(gpus)) == 1 else f"{', '.join(gpus)}, {cpu}"


def digits(value: float, sign: str = "") -> str:
    """A number to four digits, but whole where it has more."""
    return f"{value:{sign},.0f}" if 9999.5 <= abs(value) < 1e9 else f"{value:{sign},.4g}"


def measured_text(measured: Measured | None, unit: bool = False) -> str:
    """The number with its interval, and its unit if asked for; empty where there is none."""
    if measured is None or measured.value is None:
        return ""
    text = digits(measured.value, "+" if measured.kind in ("difference", "tau") else "")
    if measured.low is not None and measured.high is not None:
        text += f" [{digits(measured.low)}, {digits(measured.high)}]"
    return f"{text} {measured.unit}" if unit and measured.unit else text


def published_text(claim: Claim) -> str:
    """What the paper states, and what other versions of it do; empty where it states nothing."""
    if claim.published is None:
        return ""
    also = f" ({', '.join(f'{value:g}' for value in claim.published.also)})" if claim.published.also else ""
    return claim.published.text + also


def runs_text(verdict: Verdict) -> str:
    """Over how many seeds, and how many runs are not done; empty without records."""
    lost = "".join(f", {count} {status}" for status, count in sorted(verdict.not_done.items()))
    return f"{len(verdict.seeds)}{lost}" if verdict.records else ""


def command_of(claim: Claim, ask: Ask) -> str:
    """The one command that runs what is asked, with as many seeds as decide it."""
    assert claim.test is not None
    few = ask.seeds < LEAST_SEEDS and claim.test.rule not in ("exact", "order")
    return shlex.join(["ablate", "run", *_portion(ask), *(["--seeds", str(LEAST_SEEDS)] if few else [])])


def repeating(ask: Ask, seeds: Sequence[int] = ()) -> str:
    """The one command that runs anew what was looked at, and compares it with its records.

    Args:
        ask: what was asked.
        seeds: of the runs that were compared; they are named where the grid does not plan all of them.
    """
    named = [] if set(seeds) <= set(range(1, ask.seeds + 1)) else ["--seeds", seeds_text(sorted(seeds))]
    return shlex.join(["ablate", "repeat", *_portion(ask), *named])


def _portion(ask: Ask) -> list[str]:
    """Grid, scale and rows, but for claims about a whole grid."""
    rows = [*ask.rows, *([] if ask.base is None else [ask.base])]
    return [ask.grid, "--scale", ask.scale, *([] if ask.published is not None else ["--rows", ",".join(rows)])]


# ---- which of a claim's verdicts counts


def _judged(claim: Claim, verdicts: Mapping[tuple[str, str], Verdict]) -> Judged:
    if claim.test is None:
        reason = claim.why_not or "nothing tests it"
        return Judged(claim, Verdict(claim.id, "not run", reason, command=claim.command), (), claim.command)
    everywhere = [verdicts[claim.id, scale] for scale in claim.test.asks]
    ran = tuple(verdict for verdict in everywhere if verdict.verdict != "not run")
    counting = next((each for each in ran if each.verdict in DECIDED), None) or next(iter(ran), everywhere[0])
    decided = counting.verdict in ("reproduced", "contradicted")
    deciding = next((scale for scale in claim.test.asks if scale in claim.decides_at), None)
    would = None if decided or deciding is None else command_of(claim, claim.test.asks[deciding])
    return Judged(claim, counting, ran, would)
