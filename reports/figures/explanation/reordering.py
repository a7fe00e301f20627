"""Texts with sentences or clauses in another order: do verdicts stay, and weights with their words?"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.figures import drawing
from reports.figures.explanation import shapes
from reports.figures.explanation.models import CONTROL, Models
from reports.figures.explanation.tables import Table, part_of
from reports.figures.rendering import figure_texts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

UNITS = {"sentences": (drawing.SERIES[0], "o"), "clauses": (drawing.SERIES[1], "s")}
MEASURES = {"stays": (0.0, 1.0), "tau": (-1.0, 1.0), "jsd": (0.0, shapes.LN2)}
"""What is drawn -> what it can be."""


def part(models: Models, language: str) -> Markup | None:
    """Share of verdicts that stay, tau and JSD of weights matched by word, side by side."""
    texts = figure_texts(language)
    rows = [row for row in models.records if any(models.values(row, f"reorder.{unit}.stays") for unit in UNITS)]
    if not rows:
        return None
    figures = [_figure(models, rows, measure, texts) for measure in MEASURES]
    heads = [texts["explanation.model"], texts["explanation.reordering.unit"]]
    heads += [texts[f"explanation.reordering.{measure}"] for measure in (*MEASURES, "label_stays", "follows")]
    lines = [
        (
            _name(row, texts),
            [
                texts[f"explanation.reordering.{unit}"],
                *(
                    shapes.told(models.mean(row, f"reorder.{unit}.{key}"))
                    for key in (*MEASURES, "label_stays", "follows")
                ),
            ],
        )
        for row in rows
        for unit in UNITS
        if models.values(row, f"reorder.{unit}.stays")
    ]
    return part_of("reordering", language, figures, [Table(texts["as_table"], heads, lines)])


def _name(row: str, texts: Mapping[str, str]) -> str:
    return f"{row} ({texts['explanation.control']})" if row == CONTROL else row


def _figure(models: Models, rows: list[str], measure: str, texts: Mapping[str, str]) -> Markup:
    lines = [
        shapes.Line(texts[f"explanation.reordering.{unit}"], *style, _means(models, rows, f"reorder.{unit}.{measure}"))
        for unit, style in UNITS.items()
    ]
    if measure == "stays":  # known of built-in reviews: does the label itself stay?
        for unit, style in UNITS.items():
            truly = _means(models, rows, f"reorder.{unit}.label_stays")
            if any(truly):
                name = texts["explanation.reordering.label"].format(unit=texts[f"explanation.reordering.{unit}"])
                lines.append(shapes.Line(name, style[0], "D", truly))
    lines = shapes.with_marks(lines)

    def paint(axes: "Axes") -> None:
        shapes.rows(axes, [_name(row, texts) for row in rows])
        shapes.marks(axes, lines)
        low, high = shapes.around(lines, *MEASURES[measure])
        axes.set_xlim(low, high)
        if measure == "jsd" and high >= shapes.LN2:
            shapes.most(axes, shapes.LN2, "ln 2")
        axes.set_xlabel(texts[f"explanation.reordering.{measure}.axis"])

    quantity = texts[f"explanation.reordering.{measure}.axis"]
    caption = f"{quantity[0].upper()}{quantity[1:]}. {texts[f'explanation.reordering.{measure}.caption']}"
    svg = drawing.draw(f"{models.id}-reordering-{measure}", caption, paint, height=0.7 + 0.42 * len(rows))
    keys = [(line.name, line.colour, "-", line.marker) for line in lines]
    return drawing.panel(caption, svg, drawing.legend(keys))


def _means(models: Models, rows: list[str], metric: str) -> list[shapes.Mean | None]:
    return [models.mean(row, metric) for row in rows]
