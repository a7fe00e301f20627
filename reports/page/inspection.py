"""The walk through one sentence, where a run has left one beside its record."""

from pathlib import Path

from markupsafe import Markup, escape

from reports.claim import by_authority
from reports.evidence import Evidence, Found
from reports.page.words import PAGE
from reports.report import Report
from reports.section import Section
from repro.errors import BadInput
from repro.inspection import FILE, fragment, read, script, styles

MAIN = "main"
"""The grid of a suite's main job, whose model is the one to look into."""


def section(report: Report, language: str) -> Section | None:
    """The walk and the explorer of one model; None where no record has an inspection beside it."""
    found = _best(report.evidence)
    if found is None:
        return None
    texts = PAGE[language]
    try:
        content = read(_file(found))
    except BadInput as error:
        reason = escape(texts["inspection_damaged"].format(path=found.path, reason=error))
        return Section("inspection", texts["inspection"], Markup("<p>{}</p>").format(reason))
    body = Markup("<style>{}</style>\n{}\n<script>{}</script>").format(
        Markup(styles()), Markup(fragment(content, language)), Markup(script())
    )
    return Section("inspection", texts["inspection"], body, texts["inspection_note"].format(path=found.path))


def _best(evidence: Evidence) -> Found | None:
    """Of all with an inspection the main job's, at the most authoritative scale."""
    order = {
        scale: place for place, scale in enumerate(by_authority(sorted({r.record.scale for r in evidence.records})))
    }
    having = [each for each in evidence.records if each.record.status == "done" and _file(each).is_file()]
    return min(having, key=lambda each: (each.record.grid != MAIN, order[each.record.scale], each.path), default=None)


def _file(found: Found) -> Path:
    return found.directory / FILE
