"""Claims and verdicts as the page's templates read them: texts, drawings, and no more records than a page can hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from reports.claims.claim import Claim, Paper, Question
from reports.formatting import measured_text, published_text, question_text, runs_text, scale_text, unit_of
from reports.numbers import about, digits
from reports.page.intervals import interval_svg, mark_of
from reports.verdicts.records import Records
from reports.verdicts.report import Report, counts
from reports.verdicts.rules import Measured
from reports.verdicts.standing import Stand
from reports.verdicts.verdict import WORDS, Judged, Source, Verdict, Word
from repro.ledger.grids.differing_keys import SEEDS, differing_keys

MAX_RECORDS = 12
"""Records listed under one verdict; `claims.json` has all of them."""
MOST_MINUTES = 120
"""What takes longer is told in hours."""
MAX_SETTINGS = 8
"""Settings listed in which a row differs from its base."""


@dataclass(frozen=True)
class Sources:
    """Records of one machine and one code.

    Attributes:
        hardware, commit: theirs; the commit is None where it is not known.
        records: those that are listed.
    """

    hardware: str
    commit: str | None
    records: tuple[Source, ...]


@dataclass(frozen=True)
class Shown:
    """One verdict of a claim.

    Attributes:
        verdict: the verdict.
        measured: the number and its interval as text; empty where there is none.
        unit: of the number; empty where there is none, and where the text is yes or no.
        drawing: the same, drawn.
        rule: by which rule it was judged, "corpora" for data sets together, "exact_by_seed" for what a seed may
            change; None where nothing tests it.
        metric, base: what was looked at, and the row it is compared with; None where there is none.
        metric_name: what the metric is called.
        seeds: how many, and what became of the others.
        question: when what is asked last changed, beside its data; empty where nothing has run.
        settings: (name, value, value of the base) where the row's configuration differs from its base's.
        settings_left: how many more differ.
        sources: the records, by machine and code.
        left: how many more records there are.
    """

    verdict: Verdict
    measured: str = ""
    unit: str = ""
    drawing: Markup | str = ""
    rule: str | None = None
    metric: str | None = None
    metric_name: str = ""
    base: str | None = None
    seeds: str = ""
    question: str = ""
    settings: tuple[tuple[str, str, str], ...] = ()
    settings_left: int = 0
    sources: tuple[Sources, ...] = ()
    left: int = 0


@dataclass(frozen=True)
class Row:
    """A claim on the page.

    Attributes:
        claim: the claim.
        published: what the paper prints, with other versions' values; empty for a claim in words alone.
        counting: the verdict that counts.
        scales: the verdicts at all scales with records; the one that counts alone where there are none.
        decide: the command that would decide what is still open; None where nothing is, or nothing could.
        stand: where it stands: how it was decided, or what it would need.
        next_on: what the scale of its next run runs on; None without one, or where its command is the claim's own.
    """

    claim: Claim
    published: str
    counting: Shown
    scales: tuple[Shown, ...]
    decide: str | None
    stand: Stand
    next_on: str | None

    @property
    def next_time(self) -> tuple[str, str] | None:
        """About how many core minutes or hours its next run takes, with their name; None: nothing tells."""
        next_run = self.stand.next_run
        if next_run is None or next_run.seconds is None:
            return None
        minutes = max(next_run.seconds / 60, 1)
        return ("minutes", about(minutes)) if minutes < MOST_MINUTES else ("hours", about(minutes / 60))

    @property
    def at(self) -> str:
        """The scales with records, for the filter."""
        return " ".join(shown.verdict.scale or "" for shown in self.scales if shown.verdict.records)


@dataclass(frozen=True)
class Place:
    """A table or section of a paper with its claims."""

    name: str
    rows: tuple[Row, ...]

    @property
    def counts(self) -> Mapping[Word, int]:
        """Verdict -> how many, of those that any claim here has, in the order of the verdicts."""
        given = [row.counting.verdict.verdict for row in self.rows]
        return {word: given.count(word) for word in WORDS if word in given}


@dataclass(frozen=True)
class OfPaper:
    """A paper's claims.

    Attributes:
        paper: the paper.
        places: its tables and sections, in the order of the claims.
        counts: verdict -> how many.
    """

    paper: Paper
    places: tuple[Place, ...]
    counts: Mapping[str, int]


def papers_of(judged: Sequence[Judged], report: Report, texts: Mapping[str, str]) -> list[OfPaper]:
    """Claims by paper and place, in their order.

    Args:
        judged: the claims with their verdicts.
        report: with all records.
        texts: of the page's language.
    """
    papers = []
    for paper, group in groupby(judged, key=lambda entry: entry.claim.paper):
        of_paper = list(group)
        places: dict[str, list[Row]] = {}
        for entry in of_paper:
            places.setdefault(entry.claim.place, []).append(
                _row(entry, report.stands[entry.claim.id], report.records, texts)
            )
        by_place = tuple(Place(name, tuple(rows)) for name, rows in places.items())
        papers.append(OfPaper(paper, by_place, counts(of_paper)))
    return papers


def _row(judged: Judged, stand: Stand, records: Records, texts: Mapping[str, str]) -> Row:
    claim = judged.claim
    scales = tuple(_shown(claim, verdict, records, texts) for verdict in judged.scales)
    counting = next((shown for shown in scales if shown.verdict is judged.verdict), None)
    if counting is None:
        counting = _shown(claim, judged.verdict, records, texts)
        scales = (counting, *scales)
    next_scale = None if stand.next_run is None else stand.next_run.scale
    next_on = None if next_scale is None else scale_text(next_scale, texts["language"])
    return Row(claim, published_text(claim), counting, scales, judged.would_decide, stand, next_on)


def _shown(claim: Claim, verdict: Verdict, records: Records, texts: Mapping[str, str]) -> Shown:
    if claim.test is None:
        return Shown(verdict)
    if verdict.scale is None:  # data sets together: each has its own verdict beneath
        return Shown(
            verdict,
            measured=measured_text(verdict.measured, language=texts["language"]),
            unit=unit_of(verdict.measured, texts["language"]),
            rule="corpora",
            seeds=runs_text(verdict, texts),
            question=question_text(verdict.question, texts),
        )
    question = claim.test.questions[verdict.scale]
    settings = _settings(question, records)
    listed = verdict.records[:MAX_RECORDS]
    return Shown(
        verdict,
        measured=measured_text(verdict.measured, language=texts["language"]),
        unit=unit_of(verdict.measured, texts["language"]),
        drawing=_drawing(question, verdict.measured, texts),
        rule="exact_by_seed" if claim.test.rule == "exact" and not question.one_run_decides else claim.test.rule,
        metric=question.metric,
        metric_name=question.name_of(question.metric, texts["language"]),
        base=question.base,
        seeds=runs_text(verdict, texts),
        question=question_text(verdict.question, texts),
        settings=settings[:MAX_SETTINGS],
        settings_left=max(len(settings) - MAX_SETTINGS, 0),
        sources=_sources(listed),
        left=len(verdict.records) - len(listed),
    )


def _drawing(question: Question, measured: Measured | None, texts: Mapping[str, str]) -> Markup:
    if measured is None:
        return Markup("")
    mark = mark_of(question, measured)
    against = ""
    if mark is not None:
        against = texts["drawn_stated" if mark.stated else "drawn_zero"].format(mark=digits(mark.at))
    said = measured_text(measured, language=texts["language"])
    return interval_svg(measured, mark, f"{said}; {against}" if against else said)


def _sources(records: Sequence[Source]) -> tuple[Sources, ...]:
    groups: dict[tuple[str, str | None], list[Source]] = {}
    for source in records:
        groups.setdefault((source.hardware, source.commit), []).append(source)
    return tuple(Sources(*machine, tuple(of_machine)) for machine, of_machine in groups.items())


def _settings(question: Question, records: Records) -> tuple[tuple[str, str, str], ...]:
    """(key, value of the row, value of its base) where their configurations differ; seeds are left out."""
    if question.base is None:
        return ()
    found = [records.of(question.scale, question.grid, row) for row in (question.row, question.base)]
    if not all(found):
        return ()
    row, base = (by_seed[min(by_seed)].record.config for by_seed in found)
    told = differing_keys([row, base])
    return tuple((key, of_row, of_base) for key, (of_row, of_base) in told.items() if key not in SEEDS)
