"""Section 4 of the second paper: whole models trained to say the same with other attention."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.figures import drawing
from reports.figures.explanation import shapes
from reports.figures.explanation.models import Models, published
from reports.figures.explanation.point_names import name_points
from reports.figures.explanation.tables import Table, part_of
from reports.figures.measurements import Mean, entries, number, over_seeds
from reports.figures.rendering import figure_texts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TABLE = "wiegreffe2019-table4"
HALVED = 2
"""The paper's TVD is half of the distance of both classes' outputs that is measured here."""
FAR = 0.4
"""Mean JSD from which on the paper shows an adversary (its Table 4)."""

Point = tuple[Mean, Mean]
"""TVD of outputs and JSD of attention, each a mean over texts, over seeds."""


def part(models: Models, language: str) -> Markup | None:
    """JSD against TVD over lambda, with one-by-one adversaries and other seeds; a panel a model that has these."""
    texts = figure_texts(language)
    figures, lines = [], []
    for row in models.records:
        curve = curve_of(models, row)
        if not curve:
            continue
        marks = {name: point for name in ("adversary", "seeds") if (point := _beside(models, row, name)) is not None}
        paper = _published(models)
        figures.append(_figure(models, row, curve, marks, paper, texts))
        lines += [(f"{row}, λ = {strength:g}", _cells(*point)) for strength, point in curve.items()]
        lines += [(texts[f"explanation.trained.{name}"], _cells(*point)) for name, point in marks.items()]
        if paper is not None:
            lines.append((texts["explanation.trained.paper"], [f"{paper[0]:.3f}", f"{paper[1]:.3f}", "–"]))
    if not figures:
        return None
    heads = [texts["explanation.trained.which"], "TVD", "JSD", texts["explanation.seeds_count"]]
    return part_of("trained", language, figures, [Table(texts["as_table"], heads, lines)])


def curve_of(models: Models, row: str) -> dict[float, Point]:
    """Lambda -> where its adversaries are, rising in lambda."""
    by_strength: dict[float, tuple[dict[int, float], dict[int, float]]] = {}
    for seed, record in models.records[row].items():
        for point in entries(record.details.get("adversarial")):
            strength, tvd, jsd = (number(point.get(key)) for key in ("lambda", "tvd", "jsd"))
            if strength is not None and tvd is not None and jsd is not None:
                of_tvd, of_jsd = by_strength.setdefault(strength, ({}, {}))
                of_tvd[seed], of_jsd[seed] = tvd, jsd
    curve = {}
    for strength in sorted(by_strength):
        x, y = map(over_seeds, by_strength[strength])
        if x is not None and y is not None:
            curve[strength] = (x, y)
    return curve


def _beside(models: Models, row: str, name: str) -> Point | None:
    x, y = models.mean(row, f"{name}.tvd"), models.mean(row, f"{name}.jsd")
    return None if x is None or y is None else (x, y)


def _published(models: Models) -> tuple[float, float] | None:
    tvd, jsd = (published(TABLE, models.published_as or "", column) for column in ("tvd", "jsd"))
    return None if tvd is None or jsd is None else (HALVED * tvd[0], jsd[0])


def _cells(x: Mean, y: Mean) -> list[str]:
    return [shapes.told(x), shapes.told(y), str(y.n)]


def _figure(
    models: Models,
    row: str,
    curve: Mapping[float, Point],
    marks: Mapping[str, Point],
    paper: tuple[float, float] | None,
    texts: Mapping[str, str],
) -> Markup:
    caption = texts["explanation.trained.caption"].format(row=row, far=FAR)
    styles = {"curve": (0, "-", "o"), "adversary": (1, "", "*"), "seeds": (2, "", "s"), "paper": (7, "", "D")}

    def paint(axes: "Axes") -> None:
        line = drawing.SERIES[0]
        axes.plot([x.value for x, _ in curve.values()], [y.value for _, y in curve.values()], color=line, linewidth=1.2)
        for key, point in [*(("curve", point) for point in curve.values()), *marks.items()]:
            colour, marker = drawing.SERIES[styles[key][0]], styles[key][2]
            _cross(axes, point, colour)
            x, y = point
            axes.plot([x.value], [y.value], marker, color=colour, markersize=9 if marker == "*" else 5.5)
        if paper is not None:
            axes.plot(*paper, "D", color=drawing.SERIES[7], markersize=5.5)
        xs = [x.value for x, _ in (*curve.values(), *marks.values())] + ([paper[0]] if paper else [])
        axes.set_xlim(-0.03 * max(xs), max(1.25 * max(xs), 0.05))
        axes.set_ylim(0, 1.06 * shapes.LN2)
        name_points(axes, [(f"λ = {strength:g}", x.value, y.value) for strength, (x, y) in curve.items()])
        axes.axhline(shapes.LN2, color=drawing.INK, linewidth=1, linestyle=":")
        axes.text(0.99, shapes.LN2, "ln 2", transform=axes.get_yaxis_transform(), ha="right", va="bottom", fontsize=9)
        axes.axhline(FAR, color=drawing.MUTED, linewidth=1, linestyle="--")
        axes.set_xlabel(texts["explanation.trained.x"])
        axes.set_ylabel(texts["explanation.trained.y"])

    names = {"curve": texts["explanation.trained.curve"], "paper": texts["explanation.trained.paper"]}
    names |= {name: texts[f"explanation.trained.{name}"] for name in marks}
    shown = ["curve", *marks, *(["paper"] if paper else [])]
    keys = [(names[key], drawing.SERIES[styles[key][0]], "-", styles[key][2]) for key in shown]
    name = f"{models.id}-trained-{list(models.records).index(row)}"
    return drawing.panel(caption, drawing.draw(name, caption, paint), drawing.legend(keys))


def _cross(axes: "Axes", point: Point, colour: str) -> None:
    """Intervals of both coordinates."""
    x, y = point
    if x.low is not None and x.high is not None:
        axes.plot([x.low, x.high], [y.value, y.value], color=colour, linewidth=1, alpha=0.7)
    if y.low is not None and y.high is not None:
        axes.plot([x.value, x.value], [y.low, y.high], color=colour, linewidth=1, alpha=0.7)
