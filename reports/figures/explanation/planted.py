"""Against known evidence: how well attention and measures of importance find the words a label follows from."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.figures import drawing
from reports.figures.explanation import shapes
from reports.figures.explanation.models import Models
from reports.figures.explanation.tables import Table, part_of
from reports.figures.rendering import figure_texts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WAYS = (
    "attention",
    "adversary",
    "gradient",
    "gradient_norm",
    "gradient_x_input",
    "integrated_gradients",
    "leave_one_out",
    "chance",
)
"""In which words are ranked, as metrics call them."""
MEASURES = ("auc", "precision", "coverage")


def part(models: Models, language: str) -> Markup | None:
    """Area under the curve, precision at k and the weight on the evidence, by way and model; None where unknown."""
    texts = figure_texts(language)
    figures, tables = [], []
    for measure in MEASURES:
        ways = [way for way in WAYS if models.having(f"evidence.{measure}.{way}")]
        if not ways:
            continue
        figures.append(_figure(models, measure, ways, texts))
        heads = [texts["explanation.model"], *(texts[f"explanation.way.{way}"] for way in ways)]
        lines = [
            (row, [shapes.told(models.mean(row, f"evidence.{measure}.{way}")) for way in ways])
            for row in models.records
            if any(models.values(row, f"evidence.{measure}.{way}") for way in ways)
        ]
        tables.append(Table(texts[f"explanation.evidence.{measure}"], heads, lines))
    return part_of("evidence", language, figures, tables) if figures else None


def _figure(models: Models, measure: str, ways: list[str], texts: Mapping[str, str]) -> Markup:
    rows = [row for row in models.records if any(models.values(row, f"evidence.{measure}.{way}") for way in ways)]
    lines = [
        shapes.Line(row, *models.style(row)[::2], [models.mean(row, f"evidence.{measure}.{way}") for way in ways])
        for row in rows
    ]
    lines = shapes.with_marks(lines)

    def paint(axes: "Axes") -> None:
        shapes.rows(axes, [texts[f"explanation.way.{way}"] for way in ways])
        shapes.marks(axes, lines)
        axes.set_xlim(*shapes.around(lines, 0.0, 1.0))
        axes.set_xlabel(texts[f"explanation.evidence.{measure}"])

    quantity = texts[f"explanation.evidence.{measure}"]
    caption = f"{quantity[0].upper()}{quantity[1:]}. {texts[f'explanation.evidence.{measure}.caption']}"
    height = 0.7 + (0.2 + 0.1 * len(lines)) * len(ways)
    svg = drawing.draw(f"{models.id}-evidence-{measure}", caption, paint, height=height)
    keys = [(line.name, line.colour, "-", line.marker) for line in lines]
    return drawing.panel(caption, svg, drawing.legend(keys))
