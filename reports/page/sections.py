"""The figure sections of the page, in their order."""

import importlib

from reports.section import Section
from reports.verdicts.report import Report

SECTIONS = (
    "own_grids",
    "complexity",
    "pace",
    "bleu",
    "table3",
    "table4",
    "ablation",
    "scaling",
    "distance",
    "chains",
    "curves",
    "single_runs",
    "walk",
    "explanation",
    "throughput",
    "learning",
    "implementation_checks",
    "others",
)
"""Modules of `reports.figures`. Each has `section(report, language)`: None where the records for it are not there."""


def sections_of(report: Report, language: str) -> list[Section]:
    """All sections that the records allow."""
    sections = []
    for name in SECTIONS:
        # Imported here, since drawing costs a second that other commands should not wait for.
        section = importlib.import_module(f"reports.figures.{name}").section(report, language)
        if section is not None:
            sections.append(section)
    return sections
