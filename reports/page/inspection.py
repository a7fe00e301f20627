"""The walk through one sentence, where a run has left one beside its record."""

from markupsafe import Markup, escape

from reports.beside import inspected, inspection_file
from reports.page.words import PAGE
from reports.report import Report
from reports.section import Section
from repro.errors import BadInput
from repro.inspection import fragment, read, script, styles


def section(report: Report, language: str) -> Section | None:
    """The walk and the explorer of one model; None where no record has an inspection beside it."""
    found = inspected(report.evidence)
    if found is None:
        return None
    texts = PAGE[language]
    try:
        content = read(inspection_file(found))
    except BadInput as error:
        reason = escape(texts["inspection_damaged"].format(path=found.path, reason=error))
        return Section("inspection", texts["inspection"], Markup("<p>{}</p>").format(reason))
    body = Markup("<style>{}</style>\n{}\n<script>{}</script>").format(
        Markup(styles()), Markup(fragment(content, language)), Markup(script())
    )
    return Section("inspection", texts["inspection"], body, texts["inspection_note"].format(path=found.path))
