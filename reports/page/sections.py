"""The figure sections of the page, in their order."""

import importlib
import importlib.util

from reports.report import Report
from reports.section import Section

MODULES = (
    "reports.figures.complexity",
    "reports.figures.pace",
    "reports.figures.bleu",
    "reports.figures.table3",
    "reports.figures.scaling",
    "reports.figures.distance",
    "reports.figures.curves",
    "reports.page.inspection",
    "reports.figures.explanation",
    "reports.figures.throughput",
    "reports.figures.learning",
    "reports.figures.checks",
)
"""Each has `section(report, language)`: None where the records for it are not there."""


def sections_of(report: Report, language: str) -> list[Section]:
    """All sections that the records allow."""
    found = []
    for name in MODULES:
        if not _is_there(name):
            continue
        # Imported here, since drawing costs a second that other commands should not wait for.
        section = importlib.import_module(name).section(report, language)
        if section is not None:
            found.append(section)
    return found


def _is_there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
