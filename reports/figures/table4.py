"""Table 4: parsing, with the paper's figures apart from ours, F1 over length and depth, and a sentence's two trees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from reports.catalogue import grid_at, scales_of_grid, table
from reports.figures import drawing
from reports.figures.measurements import Mean, done, entries, mapping, number, over_seeds, rows_of, scales_of
from reports.figures.rendering import figure_texts, render
from reports.figures.tree_drawing import draw_tree, spans
from reports.figures.tuning import tuning_note
from reports.section import Section
from reports.verdicts.records import Records
from reports.verdicts.report import Report
from repro.ledger.records.metric_values import metric_values
from repro.ledger.records.record import Record
from repro.trees.linearisation import read, untold

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GRID, TABLE = "parsing", "vaswani2017-table4"
SMALL = "small-data"
"""The grid over shares of the training text, whose rows are NETWORK+SHARE."""
METRICS = (
    "test.trees.f1",
    "test.trees.precision",
    "test.trees.recall",
    "test.trees.exact",
    "test.exact_match.within",
    "test.exact_match.beyond",
    "test.trees.ill_formed",
    "model.parameters",
)
MOST_TOKENS = 400
"""Of a line whose tree is drawn."""
OWN = ("transformer-wsj", "transformer-semi")
"""The paper's own rows; the others are of other systems."""


@dataclass(frozen=True)
class Line:
    """A row of the grid: its name, seeds, and the mean of each metric that any row has."""

    row: str
    seeds: int
    means: Sequence[Mean | None]


def section(report: Report, language: str) -> Section | None:
    """The paper's table, and for each scale with records ours; None where nothing has parsed."""
    texts = figure_texts(language)
    scales = [part for scale in scales_of(report.records, GRID) if (part := _at(report.records, scale, texts))]
    if not scales:
        return None
    content = table(TABLE)
    labels, rows = mapping(content.get("labels")), mapping(content.get("rows"))
    printed = [(key in OWN, str(labels.get(key, key)), mapping(row).get("f1")) for key, row in rows.items()]
    body = render("table4", language, scales=scales, printed=printed)
    return Section("table4", texts["table4"], body, texts["table4.note"])


def _at(records: Records, scale: str, texts: Mapping[str, str]) -> dict[str, Any] | None:
    runs = {row: done(found) for row, found in rows_of(records, GRID, scale).items()}
    order = [row.name for row in grid_at(GRID, scale).rows] if scale in scales_of_grid(GRID) else []
    rows = {row: runs[row] for row in sorted(runs, key=lambda it: (order.index(it) if it in order else len(order), it))}
    rows = {row: found for row, found in rows.items() if metric_values(found, METRICS[0])}
    if not rows:
        return None
    metrics = [metric for metric in METRICS if any(metric_values(found, metric) for found in rows.values())]
    lines = [
        Line(row, len(found), [over_seeds(metric_values(found, metric)) for metric in metrics])
        for row, found in rows.items()
    ]
    figures = [figure for size in ("length", "depth") if (figure := _over(scale, rows, size, texts)) is not None]
    figures += [] if (figure := _over_text(records, scale, rows, texts)) is None else [figure]
    return {
        "scale": scale,
        "heads": [texts[f"table4.{metric.removeprefix('test.')}"] for metric in metrics],
        "lines": lines,
        "figures": drawing.panels(figures) if figures else "",
        "tuning": tuning_note(grid_at(GRID, scale), records, texts) if scale in scales_of_grid(GRID) else None,
        "trees": drawing.panels(trees) if (trees := _example(scale, rows, texts)) else "",
    }


def _over(scale: str, rows: Mapping[str, Mapping[int, Record]], size: str, texts: Mapping[str, str]) -> Markup | None:
    """F1 over the length of sentences, or the depth of trees."""
    lines = {row: points for row, found in rows.items() if len(points := _points(found, size)) > 1}
    lines = dict(list(lines.items())[: len(drawing.SERIES)])
    if not lines:
        return None

    keys = [f"{row} (n = {len(rows[row])})" for row in lines]
    return _lines_of_f1(scale, size, dict(zip(keys, lines.values(), strict=True)), texts)


def _over_text(
    records: Records, scale: str, rows: Mapping[str, Mapping[int, Record]], texts: Mapping[str, str]
) -> Markup | None:
    """F1 over the number of training sentences, one line for each network; None with fewer than two sizes."""
    lines: dict[str, list[tuple[float, Mean]]] = {}
    for row, runs in rows_of(records, SMALL, scale).items():
        finished = done(runs)
        mean = over_seeds(metric_values(finished, METRICS[0]))
        pairs = [_pairs(record) for record in finished.values()]
        if mean is not None and pairs[0] is not None:
            lines.setdefault(row.partition("+")[0], []).append((pairs[0], mean))
    # A network has the colour that it has in the other figures.
    order = [name for name in rows if name in lines] + [name for name in lines if name not in rows]
    lines = {name: sorted(lines[name], key=lambda point: point[0]) for name in order if len(lines[name]) > 1}
    return _lines_of_f1(scale, "pairs", lines, texts, ratios=True) if lines else None


def _pairs(record: Record) -> float | None:
    """Training sentences that a run learnt from."""
    return number(mapping(mapping(record.data.get("splits")).get("train")).get("pairs"))


def _lines_of_f1(
    scale: str,
    over: str,
    lines: Mapping[str, Sequence[tuple[float, Mean]]],
    texts: Mapping[str, str],
    ratios: bool = False,
) -> Markup:
    """F1 over something, with intervals.

    Args:
        over: the quantity along the axis, by its key in the texts.
        lines: name in the legend -> points.
        ratios: whether the axis is logarithmic.
    """

    def paint(axes: "Axes") -> None:
        for place, points in enumerate(lines.values()):
            colour, dashes, marker = drawing.style(place)
            axes.plot(
                [x for x, _ in points], [mean.value for _, mean in points], marker, linestyle=dashes, color=colour
            )
            for x, mean in points:
                if mean.low is not None and mean.high is not None:
                    axes.plot([x, x], [mean.low, mean.high], color=colour, linewidth=1)
        axes.set_ylim(-3, 103)
        if ratios:
            axes.set_xscale("log")
            numbers = sorted({x for points in lines.values() for x, _ in points})
            axes.set_xticks(numbers, [f"{x:,.0f}" for x in numbers])
            axes.minorticks_off()
        axes.set_xlabel(texts[f"table4.{over}"])
        axes.set_ylabel("F1")

    caption = texts[f"table4.{over}.caption"].format(scale=scale)
    svg = drawing.draw(f"table4-{drawing.plain(scale)}-{over}", caption, paint)
    return drawing.panel(caption, svg, drawing.legend_of_lines(lines.items()))


def _points(runs: Mapping[int, Record], size: str) -> list[tuple[float, Mean]]:
    """Middle of a size -> mean over seeds of F1."""
    values: dict[float, dict[int, float]] = {}
    for seed, record in runs.items():
        for entry in entries(mapping(record.details.get("test.trees")).get(size)):
            low, high, f1 = (number(entry.get(key)) for key in ("low", "high", "f1"))
            if low is not None and high is not None and f1 is not None:
                values.setdefault((low + high) / 2, {})[seed] = f1
    means = [(middle, over_seeds(values[middle])) for middle in sorted(values)]
    return [(middle, mean) for middle, mean in means if mean is not None]


def _example(scale: str, rows: Mapping[str, Mapping[int, Record]], texts: Mapping[str, str]) -> list[Markup]:
    """Of the first row whose records hold one, a sentence that came out wrong, with the right tree and the other."""
    for row, runs in rows.items():
        for seed, record in runs.items():
            for entry in entries(mapping(record.details.get("test.trees")).get("examples")):
                said = {key: entry.get(key) for key in ("source", "hypothesis", "reference")}
                if said["hypothesis"] != said["reference"] and all(isinstance(it, str) and it for it in said.values()):
                    return _drawn(scale, f"{row}, seed {seed}", {key: str(it) for key, it in said.items()}, texts)
    return []


def _drawn(scale: str, who: str, said: Mapping[str, str], texts: Mapping[str, str]) -> list[Markup]:
    words = untold(said["source"].split())
    if not words or max(len(said[key].split()) for key in said) > MOST_TOKENS:
        return []
    right, found = (read(said[key].split(), words).tree for key in ("reference", "hypothesis"))
    figures = []
    for key, tree, other in (("right", right, spans(found)), ("found", found, spans(right))):
        caption = texts[f"table4.{key}"].format(who=who)
        figures.append(drawing.panel(caption, draw_tree(f"table4-{scale}-{key}", caption, tree, other)))
    return figures
