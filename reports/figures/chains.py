"""What several layers are for: accuracy by the number of references that a word is decided through."""

import re
from collections.abc import Mapping

from markupsafe import Markup

from reports.figures import drawing
from reports.figures.distance import accuracy_panel
from reports.figures.mean_lines import Points
from reports.figures.measurements import done, mapping, number, over_seeds, rows_of, scales_of
from reports.figures.rendering import figure_texts
from reports.section import Section
from reports.verdicts.records import Records
from reports.verdicts.report import Report
from repro.ledger.records.record import Record

GRID = "chains"
CHAIN = re.compile(r"chain-(\d+)")
"""What the probe calls sentences by the length of their longest chain."""


def section(report: Report, language: str) -> Section | None:
    """A drawing for each scale; None where the probe has not run."""
    texts = figure_texts(language)
    figures = [
        figure
        for scale in scales_of(report.records, GRID)
        if (figure := _figure(report.records, scale, texts)) is not None
    ]
    return Section("chains", texts["chains"], drawing.panels(figures), texts["chains.note"]) if figures else None


def _figure(records: Records, scale: str, texts: Mapping[str, str]) -> Markup | None:
    rows = {row: done(runs) for row, runs in rows_of(records, GRID, scale).items()}
    lines = {f"{row} (n = {len(runs)})": points for row, runs in rows.items() if len(points := _points(runs)) > 1}
    lines = dict(list(lines.items())[: len(drawing.SERIES)])
    if not lines:
        return None
    caption = texts["chains.caption"].format(scale=scale)
    return accuracy_panel(f"chains-{scale}", caption, lines, texts["chains.axis"], texts)


def _points(runs: Mapping[int, Record]) -> Points:
    """Length of the chain -> mean over seeds of the share of test sentences that came out right."""
    values: dict[int, dict[int, float]] = {}
    for seed, record in runs.items():
        for name, counted in mapping(mapping(record.details.get("test.by_tag")).get("phenomena")).items():
            length, percent = CHAIN.fullmatch(str(name)), number(mapping(counted).get("percent"))
            if length is not None and percent is not None:
                values.setdefault(int(length[1]), {})[seed] = percent
    means = [(float(length), over_seeds(values[length])) for length in sorted(values)]
    return [(length, mean) for length, mean in means if mean is not None]
