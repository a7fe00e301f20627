"""The walk through one sentence, where a run has left one beside its record."""

from markupsafe import Markup, escape

from reports.figures.rendering import figure_texts
from reports.section import Section
from reports.verdicts.attachments import inspected, inspection_file
from reports.verdicts.report import Report
from repro.errors import BadInput
from repro.inspection import fragment, read, script, styles


def section(report: Report, language: str) -> Section | None:
    """The walk and the explorer of one model; None where no record has an inspection beside it."""
    stored = inspected(report.records)
    if stored is None:
        return None
    texts = figure_texts(language)
    try:
        content = read(inspection_file(stored))
    except BadInput as error:
        reason = escape(texts["walk.damaged"].format(path=stored.path, reason=error))
        return Section("inspection", texts["walk"], Markup("<p>{}</p>").format(reason))
    body = Markup("<style>{}</style>\n{}\n<script>{}</script>").format(
        Markup(styles()), Markup(fragment(content, language)), Markup(script())
    )
    return Section("inspection", texts["walk"], body, texts["walk.note"].format(path=stored.path))
