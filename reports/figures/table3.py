"""Table 3 row by row: the paper's difference from its base beside the measured one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from reports.catalogue import grid_at, scales_of_grid, table
from reports.figures import differences, drawing
from reports.figures.brevity import brevity_note
from reports.figures.measurements import rows_of, scales_of
from reports.figures.rendering import figure_texts, render
from reports.section import Section
from reports.verdicts.records import Records
from reports.verdicts.report import Report
from repro.ledger.comparing.comparison import RowResult, agreement, compare
from repro.ledger.grids.grid import Grid
from repro.ledger.grids.paper_column import read_published
from repro.ledger.records.record import Record
from repro.statistics.agreement import SUBTRACTION

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GRID, TABLE = "table3", "vaswani2017-table3"
LOSS = "dev.nll"
SAME = {"bleu": 0.1, "perplexity": 0.02, "nats": 0.005}
"""Unit -> published differences of at most this size say "the same": they may be mere rounding (repro.statistics). The
paper's perplexities are about 5 and rounded to 0.01, so that their logarithms are exact to 0.001 nats, and differences
to 0.002 at most; 0.02 of perplexity is 0.004 nats there."""


@dataclass(frozen=True)
class Column:
    """One metric of one scale.

    Attributes:
        heading: of the metric.
        unit: of the paper's differences.
        same: up to this size one of them says "the same".
        results: of the rows that are compared with a base and have a measurement, or a published value.
        signs: a sentence on signs and order.
    """

    heading: str
    unit: str
    same: float
    results: Mapping[str, RowResult]
    signs: str


def section(report: Report, language: str) -> Section | None:
    """For each scale with records a table and, for both of the paper's metrics, a drawing."""
    scales = [scale for scale in scales_of(report.records, GRID) if scale in scales_of_grid(GRID)]
    parts = [part for scale in scales if (part := _at(report.records, scale, language)) is not None]
    if not parts:
        return None
    texts = figure_texts(language)
    return Section("table3", texts["table3"], Markup("\n").join(parts), texts["table3.note"])


def _at(records: Records, scale: str, language: str) -> Markup | None:
    grid = grid_at(GRID, scale)
    runs = rows_of(records, GRID, scale)
    texts = figure_texts(language)
    score = _column(grid, grid.columns.get(grid.metric, grid.metric), "BLEU", SAME["bleu"], "bleu", runs, texts)
    columns = [score, _loss_column(grid, runs, texts)]
    names = [row.name for row in grid.rows if any(row.name in column.results for column in columns)]
    if not names:
        return None
    figures = [
        drawing.panel(
            texts["table3.caption"].format(metric=column.heading, unit=column.unit),
            _drawn(f"table3-{scale}-{place}", column, texts),
        )
        for place, column in enumerate(columns)
        if any(_measured(result) for result in column.results.values())
    ]
    labels = table(TABLE).get("labels", {})
    lines = [
        (name, labels.get(name, ""), [_cells(column.results.get(name), column.same) for column in columns])
        for name in names
    ]
    return render(
        "table3",
        language,
        scale=scale,
        columns=columns,
        lines=lines,
        figures=drawing.panels(figures),
        title=grid.title,
        note=brevity_note(grid, runs, texts),
    )


def _loss_column(grid: Grid, runs: Mapping[str, Mapping[int, Record]], texts: Mapping[str, str]) -> Column:
    """Nats a token beside the logarithms of the paper's perplexities; of older records perplexities beside the paper's.

    The loss of the last weights resolves smaller differences than the perplexity of their average.
    """
    if any(LOSS in record.metrics for of_row in runs.values() for record in of_row.values()):
        (measure,) = (measure for measure in grid.measures if measure.metric == LOSS)
        perplexities = read_published(TABLE, "perplexity")
        logarithms = {row: math.log(value) for row, value in perplexities.values.items()}
        asked = replace(
            grid, metric=LOSS, better="lower", margin=measure.margin, published=replace(perplexities, values=logarithms)
        )
        return _column(asked, texts["loss"], texts["nats_per_wordpiece"], SAME["nats"], None, runs, texts)
    asked = replace(grid, metric="dev.perplexity", better="lower", margin=None)
    unit = texts["per_wordpiece"]
    return _column(asked, texts["perplexity"], unit, SAME["perplexity"], "perplexity", runs, texts)


def _column(
    grid: Grid,
    heading: str,
    unit: str,
    same: float,
    published: str | None,
    runs: Mapping[str, Mapping[int, Record]],
    texts: Mapping[str, str],
) -> Column:
    """One metric's column; `published` names the paper's, None if the grid has its values already."""
    asked = grid if published is None else replace(grid, published=read_published(TABLE, published))
    # Rows of which nothing was run count in the correction as if they had shown nothing, as in `ablate show`.
    results = compare(asked, runs)
    agreements = agreement(asked, results, same)
    signs = ""
    if agreements is not None and agreements[0].signs + agreements[0].sames:
        of_signs, of_ranks = agreements
        signs = texts["table3.signs"].format(
            agreeing=of_signs.signs_agreeing,
            signs=of_signs.signs,
            sames=of_signs.sames,
            shown=of_signs.sames_shown,
            same=same,
        )
        if of_ranks.tau is not None:
            signs += " " + texts["table3.tau"].format(tau=of_ranks.tau, p=of_ranks.p_value or 0, n=of_ranks.n)
    measured = {result.name: result for result in results if result.base and _measured(result)}
    return Column(heading, unit, same, measured, signs)


def _measured(result: RowResult) -> bool:
    return result.difference is not None and result.difference.estimate is not None


def _agrees(result: RowResult, same: float) -> bool | None:
    """Whether the signs are the same; None where the paper has none, or says "the same"."""
    if result.published is None or abs(result.published) <= same + SUBTRACTION or result.difference is None:
        return None
    return (result.difference.estimate or 0.0) * result.published > 0


def _cells(result: RowResult | None, same: float) -> dict[str, Any]:
    if result is None or result.difference is None:
        return {
            "published": None,
            "estimate": None,
            "low": None,
            "high": None,
            "n": 0,
            "smallest": None,
            "finding": "",
            "agrees": None,
        }
    difference = result.difference
    return {
        "published": result.published,
        "estimate": difference.estimate,
        "low": difference.low,
        "high": difference.high,
        "n": difference.n,
        "smallest": difference.smallest_detectable,
        "finding": result.finding.decision if result.finding else "",
        "agrees": _agrees(result, same),
    }


def _drawn(name: str, column: Column, texts: Mapping[str, str]) -> Markup:
    results = list(column.results.values())

    def paint(paper: "Axes", ours: "Axes") -> None:
        for axes in (paper, ours):
            differences.name_rows(axes, results)
        ours.tick_params(labelleft=False, left=False)
        for place, result in enumerate(results):
            if result.published is not None:
                paper.plot([result.published], [place], "D", color=drawing.INK, markersize=4.5)
            _point(ours, place, result, column.same)
        paper.set_xlabel(texts["table3.axis_paper"].format(unit=column.unit))
        ours.set_xlabel(texts["table3.axis_measured"].format(metric=column.heading))
        differences.bound(ours, results)

    label = texts["table3.label"].format(metric=column.heading)
    return drawing.draw(name, label, paint, height=differences.height(len(results)), ratios=(1, 1.5))


def _point(axes: "Axes", place: int, result: RowResult, same: float) -> None:
    agrees = _agrees(result, same)
    colour = {True: drawing.GOOD, False: drawing.BAD, None: drawing.MUTED}[agrees]
    differences.paint_row(axes, place, result, "s" if agrees is False else "o", colour, filled=agrees is True)
