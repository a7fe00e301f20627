"""`report.md`: the verdicts as text, a table for each place of each paper."""

import shlex
from collections.abc import Sequence
from itertools import groupby

from reports.claims.claim import Paper
from reports.figures.others import origins_of
from reports.figures.rendering import figure_texts
from reports.formatting import measured_text, published_text, question_text, runs_text, standing_text
from reports.verdicts.report import PAPER_COMMAND, Report, counts
from reports.verdicts.rules import MIN_SEEDS
from reports.verdicts.standing import STANDINGS, count_stands
from reports.verdicts.verdict import WORDS, Judged
from reports.verdicts.without_verdict import without_verdict
from repro.statistics.statements import ALPHA_AGAINST, ALPHA_FOR
from repro.streams import escaped
from repro.texts import texts_of

MAX_FOREIGN = 20
"""Records without a verdict that are listed of each kind."""
MAX_COMMANDS = 4
"""Commands for rows of one grid that are listed one by one."""


def report_markdown(report: Report, language: str) -> str:
    """The whole file."""
    texts = texts_of("reports", language)
    records = report.records
    rules = texts["rules_text"].format(for_=ALPHA_FOR, against=ALPHA_AGAINST, seeds=MIN_SEEDS)
    parts = [
        f"# {texts['title']}",
        texts["intro"].format(records=len(records.counted)),
        *([] if report.paper_tried else [f"{texts['untried']} `{PAPER_COMMAND}`"]),
        *_without_verdict(report, language),
        f"## {texts['standing']}",
        standing_text(report.stands_of(report.shipped), language),
        _standings(report, language),
        f"## {texts['verdicts']}",
        _summary(report.shipped),
        *([texts["own"], _summary(report.own)] if report.own else []),
        f"## {texts['rules']}",
        rules,
    ]
    for paper, of_paper in groupby(report.judged, key=lambda judged: judged.claim.paper):
        parts.append(_heading(paper))
        parts += [_text(paper.citation)] if paper.citation else []
        places: dict[str, list[Judged]] = {}
        for judged in of_paper:
            places.setdefault(judged.claim.place, []).append(judged)
        for place, claims in places.items():
            parts += [f"### {_text(place)}", _claims(claims, language)]
            parts += _commands(claims, language)
    parts += [f"## {texts['failed']}", _failed(report, language)]
    parts += _others(report, language)
    if records.damaged:
        rows = [[texts["record"], texts["why"]], *([it.path, it.reason] for it in records.damaged)]
        parts += [f"## {texts['damaged']}", _table(rows)]
    if records.set_aside:
        rows = [[texts["record"], texts["cell"]], *([it.path, it.record.cell] for it in records.set_aside)]
        parts += [f"## {texts['set_aside']}", _table(rows)]
    return "\n\n".join(parts) + "\n"


def _without_verdict(report: Report, language: str) -> list[str]:
    """Quick tests, and records that share only a grid's name: at the top, since they look as if they counted."""
    texts = texts_of("reports", language)
    parts = []
    for each in without_verdict(report.records):
        listed = each.records[:MAX_FOREIGN]
        rows = [[texts["record"], texts["differs"]], *([it.path, it.differs or ""] for it in listed)]
        parts += [f"**{each.said(texts)}**", _table(rows)]
    return parts


def _others(report: Report, language: str) -> list[str]:
    """Records of others, each origin's by themselves."""
    texts = figure_texts(language)
    parts = [f"## {texts['others']}", texts["others.note"]] if report.others else []
    for each in origins_of(report, language):
        origin = each.origin
        facts = [origin.url, origin.paper, f"{texts['others.licence']}: {origin.licence}", origin.note]
        counts = [texts["others.shown"].format(count=each.records)]
        counts += [texts["others.left_out"].format(count=each.left_out)] if each.left_out else []
        parts += [f"### {_text(origin.name)}", _text("; ".join(filter(None, facts))), " ".join(counts)]
        head = [
            texts[key] for key in ("others.grid", "row", "others.remark", "runs.metric", "others.theirs", "others.ours")
        ]
        rows = [
            [f"{of_grid.grid}, {of_grid.scale}", row.name, row.remark, line.metric, line.theirs, line.ours]
            for of_grid in each.grids
            for row in of_grid.rows
            for line in row.lines
        ]
        parts += [_table([head, *rows])] if rows else []
    return parts


def _heading(paper: Paper) -> str:
    places = [paper.venue, *([f"arXiv {paper.arxiv}"] if paper.arxiv else [])]
    known = ", ".join(_text(place) for place in places if place)
    return f"## {_text(paper.title)} ({known})" if known else f"## {_text(paper.title)}"


def _summary(judged: Sequence[Judged]) -> str:
    rows = [["", *WORDS]]
    for paper, of_paper in groupby(judged, key=lambda entry: entry.claim.paper):
        rows.append([paper.title, *map(str, counts(of_paper).values())])
    rows.append(["", *map(str, counts(judged).values())])
    return _table(rows)


def _standings(report: Report, language: str) -> str:
    """How many of each paper's claims stand where; the totals in the last row."""
    texts = texts_of("reports", language)
    rows = [["", *(texts[f"standing.{standing}"] for standing in STANDINGS), texts["standing.all"]]]
    groups = [(paper.title, list(of)) for paper, of in groupby(report.shipped, key=lambda judged: judged.claim.paper)]
    for title, group in [*groups, ("", list(report.shipped))]:
        counts = count_stands(report.stands_of(group))
        rows.append([title, *map(str, counts.values()), str(len(group))])
    return _table(rows)


def _claims(claims: Sequence[Judged], language: str) -> str:
    texts = texts_of("reports", language)
    rows = [[texts[key] for key in ("claim", "published", "measured", "seeds", "verdict", "why")]]
    for judged in claims:
        claim, verdict = judged.claim, judged.verdict
        published = published_text(claim)
        if claim.published is not None and not claim.published.checked:
            published += f" *{texts['memory']}*"
        at = "" if verdict.scale is None or verdict.verdict == "not run" else texts["at"].format(scale=verdict.scale)
        others = [f"{it.scale}: {it.verdict}" for it in judged.scales if it is not verdict]
        reason = verdict.reason + (f" ({texts['elsewhere']}: {'; '.join(others)})" if others else "")
        note = f". {claim.note}" if claim.note else ""
        asked = verdict.question is not None and verdict.question.order != "before data"
        asked_text = f". {texts['question']}: {question_text(verdict.question, texts)}" if asked else ""
        said = f"**{verdict.verdict}** {at}".strip()
        rows.append(
            [
                claim.says,
                published,
                measured_text(verdict.measured, unit=True, language=language),
                runs_text(verdict, texts),
                said,
                reason + asked_text + note,
            ]
        )
    return _table(rows)


def _commands(claims: Sequence[Judged], language: str) -> list[str]:
    """The commands that repeat what is measured and compare, and those that would decide what is not."""
    texts = texts_of("reports", language)
    repeat = [judged.verdict.command for judged in claims if judged.verdict.verdict != "not run"]
    run = [judged.would_decide for judged in claims]
    run += [
        judged.verdict.command
        for judged in claims
        if judged.verdict.verdict == "not run" and judged.would_decide is None
    ]
    parts = []
    for title, commands in ((texts["repeat"], repeat), (texts["run"], run)):
        known = _merged([command for command in commands if command])
        if known:
            parts.append(f"{title}:\n\n" + "\n".join(f"    {command}" for command in known))
    return parts


def _merged(commands: Sequence[str]) -> list[str]:
    """Each command once; many that differ in their rows only become one without rows, which runs the whole grid."""
    whole: dict[str, list[str]] = {}
    for command in dict.fromkeys(commands):
        arguments = shlex.split(command)
        if "--rows" in arguments:
            place = arguments.index("--rows")
            arguments = [*arguments[:place], *arguments[place + 2 :]]
        whole.setdefault(shlex.join(arguments), []).append(command)
    return [command for merged, ones in whole.items() for command in (ones if len(ones) <= MAX_COMMANDS else [merged])]


def _failed(report: Report, language: str) -> str:
    texts = texts_of("reports", language)
    rows = [[texts[key] for key in ("cell", "status", "error")]]
    for stored in report.records.counted:
        record = stored.record
        if record.status != "done":
            rows.append([stored.path, record.status, record.reason])
    return _table(rows) if len(rows) > 1 else texts["no_failed"]


def _table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    return "\n".join([head, f"|{' --- |' * len(rows[0])}", *body])


def _cell(text: str) -> str:
    """Text in a table's cell: on one line, with what would end the cell or begin a tag escaped."""
    return _text(" ".join(text.split())).replace("|", "\\|")


def _text(text: str) -> str:
    """As it stands, whatever Markdown would make of it: no tags, no links or pictures, no code."""
    text = escaped(text).replace("&", "&amp;").replace("\\", "&#92;")
    return text.replace("<", "&lt;").replace("](", "]&#40;").replace("`", "&#96;")
