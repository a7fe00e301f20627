"""All corpora together: tau on each beside the first paper's, and what every model says under every definition."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.catalogue import table
from reports.figures import drawing
from reports.figures.explanation import shapes
from reports.figures.explanation.correlation import WHOLE
from reports.figures.explanation.definitions import DEFINITIONS, SIGNS, Answer, answer_of
from reports.figures.explanation.models import BASE, CONTROL, WITH_VECTORS, Models, published
from reports.figures.explanation.tables import Table, part_of
from reports.figures.measurements import Mean, mapping
from reports.figures.rendering import figure_texts, render

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PAIRS = {"tau.gradient": "attention_gradient", "tau.leave_one_out": "attention_loo"}
"""Metric -> column of the paper's means over all texts."""
ROWS = (BASE, WITH_VECTORS, CONTROL)
PAPER = ("explanation.corpora.paper", drawing.INK, "D")


@dataclass(frozen=True)
class Answers:
    """A model on a corpus.

    Attributes:
        corpus: as the papers' tables have it.
        scale: of the records.
        row: of the grid.
        answers: one a definition, in their order.
    """

    corpus: str
    scale: str
    row: str
    answers: Sequence[Answer]


def parts(scales: Sequence[Models], language: str) -> list[Markup]:
    """Tau by corpus, and the table of definitions; nothing for a single corpus."""
    if len({models.data for models in scales}) < 2:
        return []
    return [part for part in (_tau(scales, language), _definitions(scales, language)) if part is not None]


def answers(scales: Sequence[Models], language: str = "en") -> list[Answers]:
    """One of each model on each corpus; models that no definition was asked of are left out."""
    found = [
        Answers(corpus_name(models, language), models.scale, row, [answer_of(models, row, key) for key in DEFINITIONS])
        for models in scales
        for row in models.records
    ]
    return [each for each in found if any(answer.of for answer in each.answers)]


def corpus_name(models: Models, language: str = "en") -> str:
    """As the paper's tables have it; of other data what they are called here."""
    named = None if models.published_as is None else mapping(table(WHOLE).get("labels")).get(models.published_as)
    own = figure_texts(language).get(f"explanation.corpora.data.{models.data}")
    return str(named or own or models.data)


def _tau(scales: Sequence[Models], language: str) -> Markup | None:
    texts = figure_texts(language)
    measured = [
        models for models in scales if any(models.values(BASE, pair) for pair in PAIRS if BASE in models.records)
    ]
    if not measured:
        return None
    figures = [_figure(measured, pair, language) for pair in PAIRS]
    rows = [row for row in ROWS if any(row in models.records for models in measured)]
    heads = [texts["explanation.corpora.corpus"], *rows, texts["explanation.corpora.paper"]]
    tables = [
        Table(
            texts["explanation.tau.table"].format(pair=texts[f"explanation.{pair}"]),
            heads,
            [(corpus_name(models, language), _cells(models, rows, pair)) for models in measured],
        )
        for pair in PAIRS
    ]
    return part_of("corpora", language, figures, tables)


def _cells(models: Models, rows: Sequence[str], pair: str) -> list[str]:
    paper = _paper(models, pair)
    return [*(shapes.told(_mean(models, row, pair), 2) for row in rows), "–" if paper is None else f"{paper.value:.2f}"]


def _figure(scales: Sequence[Models], pair: str, language: str) -> Markup:
    texts = figure_texts(language)
    lines = [
        shapes.Line(
            texts[f"explanation.corpora.{row}"], *drawing.style(place)[::2], [_mean(m, row, pair) for m in scales]
        )
        for place, row in enumerate(ROWS)
    ]
    name, colour, marker = PAPER
    lines.append(shapes.Line(texts[name], colour, marker, [_paper(models, pair) for models in scales]))
    lines = shapes.with_marks(lines)

    def paint(axes: "Axes") -> None:
        shapes.rows(axes, [corpus_name(models, language) for models in scales])
        axes.axvline(0, color=drawing.MUTED, linewidth=1)
        shapes.marks(axes, lines)
        axes.set_xlim(*shapes.around(lines, -1, 1))
        axes.set_xlabel(texts["explanation.corpora.axis"])

    title = texts[f"explanation.{pair}"]
    svg = drawing.draw(f"explanation-corpora-{pair.replace('.', '-')}", title, paint, height=0.7 + 0.5 * len(scales))
    keys = drawing.legend([(line.name, line.colour, "-", line.marker) for line in lines])
    return drawing.panel(title, svg, keys)


def _mean(models: Models, row: str, pair: str) -> Mean | None:
    return models.mean(row, pair) if row in models.records else None


def _paper(models: Models, pair: str) -> Mean | None:
    stated = None if models.published_as is None else published(WHOLE, models.published_as, PAIRS[pair])
    return None if stated is None else Mean(stated[0], None, None, 0)


def _definitions(scales: Sequence[Models], language: str) -> Markup | None:
    texts = figure_texts(language)
    rows = answers(scales, language)
    if not rows:
        return None
    names = [texts[f"explanation.definition.{key}"] for key in DEFINITIONS]
    return render("explanation-corpora", language, rows=rows, names=names, signs=SIGNS)
