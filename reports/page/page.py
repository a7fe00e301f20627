"""`index.html`: one file styles, scripts and drawings in it, that opens from disk and needs no network."""

import shlex
from collections.abc import Mapping, Sequence
from functools import cache
from types import SimpleNamespace
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup, escape

from reports.formatting import standing_text
from reports.page.claim_rows import papers_of
from reports.page.headlines import headlines_of
from reports.page.origins import origins_of
from reports.page.sections import sections_of
from reports.section import Section
from reports.verdicts.report import PAPER_COMMAND, Report
from reports.verdicts.rules import MIN_SEEDS
from reports.verdicts.standing import count_stands
from reports.verdicts.verdict import WORDS
from reports.verdicts.without_verdict import without_verdict
from repro.inspection.page import POLICY
from repro.statistics.statements import ALPHA_AGAINST, ALPHA_FOR
from repro.templates import environment, template_file
from repro.texts import texts_of

SHAPES = {
    "reproduced": "yes",
    "contradicted": "no",
    "holds at this scale": "here-yes",
    "does not hold at this scale": "here-no",
    "inconclusive": "open",
    "not run": "empty",
}
"""Verdict -> the name of its sign and colours; sign and word say the same, so colour alone says nothing."""


AGAINST = ("contradicted", "does not hold at this scale")
"""Verdicts that the first screen names claim by claim."""


@cache
def page_texts(language: str) -> Mapping[str, str]:
    """All texts that the page's templates use in a language, those that it shares with `report.md` among them."""
    return {**texts_of("reports", language), **texts_of("reports.page", language)}


def report_page(report: Report, language: str, sections: Sequence[Section] | None = None) -> str:
    """The whole page.

    Args:
        report: claims, records and verdicts.
        language: "en" or "ko".
        sections: the figures; all that the records allow, if left out.
    """
    texts = page_texts(language)
    count = report.count()
    stands = report.stands_of(report.shipped)
    papers = papers_of(report.shipped, report, texts)
    rows = [row for paper in papers for place in paper.places for row in place.rows]
    return (
        _templates()
        .get_template("page.html.j2")
        .render(
            t=SimpleNamespace(**texts),  # a mapping's own methods, such as `copy`, would hide texts
            language=language,
            policy=POLICY,
            papers=papers,
            own=papers_of(report.own, report, texts),
            origins=origins_of(report.records),
            status_command=shlex.join(["report", "status", *report.arguments, "--out", "FOLDER"]),
            without=[(each.said(texts), each) for each in without_verdict(report.records)],
            untried=None if report.paper_tried else PAPER_COMMAND,
            headlines=headlines_of(rows, report.records, texts),
            sections=sections_of(report, language) if sections is None else sections,
            words=WORDS,
            shapes=SHAPES,
            count=count,
            total=len(report.shipped),
            standing_text=standing_text(stands, language),
            standings=count_stands(stands),
            against={word: [row for row in rows if row.counting.verdict.verdict == word] for word in AGAINST},
            scales=_scales(report),
            rules=texts["rules_text"].format(for_=ALPHA_FOR, against=ALPHA_AGAINST, seeds=MIN_SEEDS),
            styles=_file("page.css"),
            script=_file("page.js"),
        )
    )


def live_page(page: str, version: str) -> str:
    """The page as `report serve` shows it: it may ask its own server whether there is a newer one, and then reloads.

    Args:
        page: as it lies on disk.
        version: of what is shown; the server's answer differs when there is something else.
    """
    script = f'<script data-version="{version}">{_file("reload.js")}</script>'
    return page.replace(str(escape(POLICY)), str(escape(f"{POLICY}; connect-src 'self'")), 1) + script


def _scales(report: Report) -> list[str]:
    """Those at which any shipped claim has records, in the order in which claims name them."""
    return list(dict.fromkeys(verdict.scale for judged in report.shipped for verdict in judged.scales if verdict.scale))


@cache
def _templates() -> jinja2.Environment:
    templates = environment("reports.page", keep_trailing_newline=True)
    templates.filters["query"] = urlencode
    return templates


def _file(name: str) -> Markup:
    """A file that stands in the page as it is: ours, with nothing of a corpus or a record in it."""
    return Markup(template_file("reports.page", name))
