"""Sections 3.2 and 3.4 of the second paper: is attention needed, and does it guide another model?"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.figures import drawing
from reports.figures.explanation import shapes
from reports.figures.explanation.models import Models, published
from reports.figures.explanation.tables import Table, part_of
from reports.figures.measurements import thinned
from reports.figures.rendering import figure_texts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WEIGHTS = {
    "test.f1": ("wiegreffe2019-table2", "{data}", "base"),
    "uniform.f1": ("wiegreffe2019-table2", "{data}", "uniform"),
    "guides.f1.uniform": ("wiegreffe2019-table3", "{data}-uniform", "f1"),
    "guides.f1.trained": ("wiegreffe2019-table3", "{data}-trained-mlp", "f1"),
    "guides.f1.base": ("wiegreffe2019-table3", "{data}-base-lstm", "f1"),
    "guides.f1.adversary": ("wiegreffe2019-table3", "{data}-adversary", "f1"),
}
"""Metric -> where the paper prints it: table, row, column. In the order in which they are shown."""
MAX_STROKES = 50
"""Of a metric's seeds, evenly spread from the lowest to the highest."""


def part(models: Models, language: str) -> Markup | None:
    """F1 under each kind of weights beside the paper's; a panel a model that was trained under others than its own."""
    texts = figure_texts(language)
    figures, lines = [], []
    paper = {metric: _published(models, metric) for metric in WEIGHTS}
    for row in models.records:
        if not any(models.values(row, metric) for metric in WEIGHTS if metric != "test.f1"):
            continue
        figures.append(_figure(models, row, paper, texts))
        for metric in WEIGHTS:
            if models.values(row, metric) or paper[metric] is not None:
                lines.append(_line(models, row, metric, paper[metric], texts))
    if not figures:
        return None
    heads = [texts["explanation.guides.weights"], texts["measured"], texts["explanation.seeds_count"]]
    heads += [texts["paper"]] if any(paper.values()) else []
    note = texts["explanation.from_memory"] if any(printed and not printed[1] for printed in paper.values()) else ""
    return part_of("guides", language, figures, [Table(texts["as_table"], heads, lines)], note)


def _published(models: Models, metric: str) -> tuple[float, bool] | None:
    name, row, column = WEIGHTS[metric]
    return published(name, row.format(data=models.published_as), column)


def _line(
    models: Models, row: str, metric: str, paper: tuple[float, bool] | None, texts: Mapping[str, str]
) -> tuple[str, list[str]]:
    cells = [shapes.told(models.mean(row, metric)), str(len(models.values(row, metric)))]
    if paper is not None:
        cells.append(f"{paper[0]:.3f}{'' if paper[1] else ' *'}")
    return f"{row}: {texts[f'explanation.weights.{metric}']}", cells


def _figure(
    models: Models, row: str, paper: Mapping[str, tuple[float, bool] | None], texts: Mapping[str, str]
) -> Markup:
    shown = [metric for metric in WEIGHTS if models.values(row, metric) or paper[metric] is not None]
    caption = texts["explanation.guides.caption"].format(row=row)
    line = shapes.Line(row, drawing.SERIES[0], "o", [models.mean(row, metric) for metric in shown])

    def paint(axes: "Axes") -> None:
        shapes.rows(axes, [texts[f"explanation.weights.{metric}"] for metric in shown])
        values = [value for metric in shown for value in models.values(row, metric).values()]
        for place, metric in enumerate(shown):
            for value in thinned(sorted(models.values(row, metric).values()), MAX_STROKES):
                axes.plot([value], [place + 0.28], "|", color=drawing.MUTED, markersize=6)
            stated = paper[metric]
            if stated is not None:
                values.append(stated[0])
                axes.plot([stated[0]], [place - 0.22], "D", color=drawing.SERIES[1])
        shapes.marks(axes, [line])
        room = 0.08 * max(max(values) - min(values), 0.05)
        axes.set_xlim(min(values) - 2 * room, min(max(values) + 2 * room, 1 + room / 2))
        axes.set_xlabel("F1")

    keys = [(texts["explanation.over_seeds"], drawing.SERIES[0], "-", "o")]
    if any(paper[metric] is not None for metric in shown):
        keys.append((texts["explanation.guides.paper"], drawing.SERIES[1], "-", "D"))
    name = f"{models.id}-guides-{list(models.records).index(row)}"
    svg = drawing.draw(name, caption, paint, height=0.7 + 0.42 * len(shown))
    return drawing.panel(caption, svg, drawing.legend(keys))
