"""The two papers on attention as explanation: how many claims they make, and how far these have come."""

from reports.figures.rendering import render
from reports.figures.words import FIGURES
from reports.report import Report
from reports.section import Section
from reports.verdict import WORDS

KEYS = ("jain2019", "wiegreffe2019")


def section(report: Report, language: str) -> Section | None:
    """Counts of claims by verdict, with links to them; None where the report has no claim of these papers."""
    texts = FIGURES[language]
    papers = []
    for key in KEYS:
        judged = [each for each in report.judged if each.claim.paper.key == key]
        if not judged:
            continue
        given = [each.verdict.verdict for each in judged]
        counts = ", ".join(f"{given.count(word)} {texts[f'verdict.{word}']}" for word in WORDS if word in given)
        papers.append((judged[0].claim.paper, texts["explanation.claims"].format(count=len(judged), verdicts=counts)))
    if not papers:
        return None
    body = render("explanation", language, papers=papers)
    return Section("explanation", texts["explanation"], body, texts["explanation.note"])
