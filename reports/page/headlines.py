"""The ten claims that the page answers first: what was claimed and measured, whether it holds, how sure that is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.resources import as_file, files

from reports.formatting import measured_text, scale_text
from reports.numbers import digits
from reports.page.claim_rows import Row
from reports.verdicts.records import Records
from reports.verdicts.verdict import DECIDED, Verdict, Word
from repro.presets import read_yaml

FROM_THE_WORST: tuple[Word, ...] = (
    "contradicted",
    "does not hold at this scale",
    "inconclusive",
    "not run",
    "holds at this scale",
    "reproduced",
)
"""Verdicts in the order in which one stands for many: no failure may hide behind others that hold."""
FAVOURS: Mapping[Word, int] = {
    "contradicted": -1,
    "does not hold at this scale": -1,
    "inconclusive": 0,
    "not run": 0,
    "holds at this scale": 1,
    "reproduced": 1,
}
"""Whether a verdict speaks for its claim, against it, or neither."""


@dataclass(frozen=True)
class Headline:
    """A question with its answer.

    Attributes:
        claimed: by the paper, in plain words.
        first: the row of the claim that is linked to; of many, the first with that verdict.
        verdict: of that claim; of many, the least favourable one.
        measured: in words; empty where nothing was.
        sure: how the verdict was reached, or what it would need, in words.
        scale: what it was measured on, in a line; empty where nothing was.
    """

    claimed: str
    first: Row
    verdict: Word
    measured: str
    sure: str
    scale: str


def headlines_of(rows: Iterable[Row], records: Records, texts: Mapping[str, str]) -> list[Headline]:
    """Answers to the questions of `headlines.yaml` whose claims are there.

    Args:
        rows: of all claims.
        records: all of them.
        texts: of the page's language.
    """
    with as_file(files("reports.page").joinpath("headlines.yaml")) as path:
        patterns = read_yaml(path)
    by_id = {row.claim.id: row for row in rows}
    chosen = {name: [row for id_, row in by_id.items() if fnmatchcase(id_, patterns[name])] for name in patterns}
    return [
        _headline(texts[f"headline.{name}"], matching, records, texts) for name, matching in chosen.items() if matching
    ]


def _headline(claimed: str, rows: list[Row], records: Records, texts: Mapping[str, str]) -> Headline:
    verdicts = [row.counting.verdict for row in rows]
    words = [verdict.verdict for verdict in verdicts]
    word = min(words, key=FROM_THE_WORST.index)
    first = verdicts[words.index(word)]
    measured = _measured(first, rows[words.index(word)].counting.metric_name, texts)
    if len(rows) > 1 and any(each in DECIDED for each in words):
        counts = [(words.count(each), texts[each]) for each in reversed(FROM_THE_WORST) if each in words]
        measured = "; ".join(
            texts["headline_agree"].format(count=count, all=len(rows), verdict=verdict) for count, verdict in counts
        )
    row = rows[words.index(word)]
    return Headline(
        claimed, row, word, measured, _sure(row, texts), _measured_on(first, row, records, texts) if measured else ""
    )


def _measured_on(verdict: Verdict, row: Row, records: Records, texts: Mapping[str, str]) -> str:
    """The corpus in a line, or how many of them; of what used no text, that."""
    scales = _scales(verdict, row)
    if len(scales) > 1:
        return texts["headline_corpora"].format(count=len(scales))
    question = None if row.claim.test is None or not scales else row.claim.test.questions[scales[0]]
    found = {} if question is None else records.of(question.scale, question.grid, question.row)
    if found and not any(stored.record.data for stored in found.values()):
        return texts["headline_no_text"]
    return scale_text(scales[0], texts["language"]) if scales else ""


def _scales(verdict: Verdict, row: Row) -> list[str]:
    """Where it was measured: of a claim over data sets, on those of them that have records."""
    if verdict.scale is not None:
        return [verdict.scale]
    corpora = None if row.claim.test is None else row.claim.test.corpora
    ran = {shown.verdict.scale for shown in row.scales if shown.verdict.records}
    return [scale for scale in (() if corpora is None else corpora.scales) if scale in ran]


def _measured(verdict: Verdict, metric: str, texts: Mapping[str, str]) -> str:
    measured = verdict.measured
    number = measured_text(measured, unit=True, language=texts["language"])
    if measured is None or not number:
        return ""
    if measured.kind == "difference" and measured.row is not None and measured.base is not None:
        sides = texts["headline_sides"].format(row=digits(measured.row), base=digits(measured.base))
        difference = texts["headline_difference"].format(number=number)
        return f"{metric}: {sides}; {difference}"
    return f"{metric}: {number}" if metric else number


def _sure(row: Row, texts: Mapping[str, str]) -> str:
    verdict, stand = row.counting.verdict, row.stand
    if stand.way is None:
        return "; ".join(filter(None, [_tried(verdict, texts), texts[f"standing.{stand.standing}"]]))
    said = texts[f"way.{stand.way}"].format(seeds=row.counting.seeds)
    said = said if verdict.p is None else f"{said}, p = {verdict.p:.2g}"
    return "; ".join([said, *_cautions(row, texts)])


def _cautions(row: Row, texts: Mapping[str, str]) -> list[str]:
    """What a reader must know who reads nothing but this line: hindsight, and other outcomes at other scales."""
    counting = row.counting.verdict
    changed = counting.question is not None and counting.question.order == "after data"
    elsewhere = [
        texts["headline_elsewhere"].format(
            scale=scale_text(str(shown.verdict.scale), texts["language"]), verdict=texts[shown.verdict.verdict]
        )
        for shown in row.scales
        if shown.verdict.records and counting.scale is not None and shown.verdict.scale != counting.scale
        if FAVOURS[shown.verdict.verdict] != FAVOURS[counting.verdict]
    ]
    return [*([texts["question_flag"]] if changed else []), *elsewhere]


def _tried(verdict: Verdict, texts: Mapping[str, str]) -> str:
    """With how many seeds it stays open, and whether these are too few; empty where nothing has run."""
    if not verdict.records:
        return ""
    if verdict.ground == "too few":
        return texts["headline_too_few"].format(seeds=len(verdict.seeds))
    seeds = verdict.seeds or {source.seed for source in verdict.records}
    return texts["headline_open"].format(seeds=len(seeds))
