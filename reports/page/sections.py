"""The figure sections of the page, in their order."""

import importlib

from reports.section import Section
from reports.verdicts.report import Report

MODULES = (
    "reports.figures.complexity",
    "reports.figures.pace",
    "reports.figures.bleu",
    "reports.figures.table3",
    "reports.figures.ablation",
    "reports.figures.scaling",
    "reports.figures.distance",
    "reports.figures.chains",
    "reports.figures.curves",
    "reports.figures.walk",
    "reports.figures.explanation",
    "reports.figures.throughput",
    "reports.figures.learning",
    "reports.figures.implementation_checks",
)
"""Each has `section(report, language)`: None where the records for it are not there."""


def sections_of(report: Report, language: str) -> list[Section]:
    """All sections that the records allow."""
    found = []
    for name in MODULES:
        # Imported here, since drawing costs a second that other commands should not wait for.
        section = importlib.import_module(name).section(report, language)
        if section is not None:
            found.append(section)
    return found
