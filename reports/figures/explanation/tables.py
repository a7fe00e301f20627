"""A part of the section: what to see, its pictures, and their numbers as tables that can be opened."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.figures import drawing
from reports.figures.rendering import figure_texts, render


@dataclass(frozen=True)
class Table:
    """Numbers of a figure.

    Attributes:
        title: of what is opened.
        heads: of the columns, the first being that of the rows' names.
        lines: name and cells of each row.
        note: what else a reader must know.
    """

    title: str
    heads: Sequence[str]
    lines: Sequence[tuple[str, Sequence[str]]]
    note: str = ""


def part_of(key: str, language: str, figures: Sequence[Markup], tables: Sequence[Table], note: str = "") -> Markup:
    """A part under its heading.

    Args:
        key: of its texts: `explanation.<key>.title` and `explanation.<key>.text`.
        note: what is said under the pictures.
    """
    texts = figure_texts(language)
    return render(
        "explanation-part",
        language,
        title=texts[f"explanation.{key}.title"],
        text=texts[f"explanation.{key}.text"],
        figures=drawing.panels(figures),
        tables=[table for table in tables if table.lines],
        note=note,
    )
