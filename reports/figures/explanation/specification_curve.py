"""One claim under every combination of choices: a dot each, its verdict, and below it what was chosen."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.claims.claim_file import shipped_claims
from reports.figures import drawing
from reports.figures.explanation import shapes
from reports.figures.explanation.bins import NAMES
from reports.figures.explanation.models import Models
from reports.figures.explanation.specifications import ALL, MODEL, TEXTS, Curve, most_disagreeing
from reports.figures.explanation.tables import Table, part_of
from reports.figures.rendering import figure_texts
from repro.statistics.statements import Answer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOOKS: Mapping[Answer, tuple[str, str]] = {
    "holds": (drawing.GOOD, "o"),
    "false": (drawing.BAD, "X"),
    "open": (drawing.UNSURE, "D"),
}
"""Answer -> colour and marker."""
ROW = 0.17
"""Inches of a line of the matrix."""
TOP = 1.9
"""Inches of the dots above it."""


def part(models: Models, language: str) -> Markup | None:
    """The curve of the claim whose answers differ most; None where the data are not the papers', or nothing was run."""
    curves = most_disagreeing(models) if models.published_as is not None else ()
    if not curves or len(curves[0].specifications) < 2:
        return None
    texts, curve = figure_texts(language), curves[0]
    lines = list(_options(curve, models, texts))
    height = TOP + ROW * (len(lines) + len(curve.choices)) + 0.2
    counts = ", ".join(f"{texts[f'explanation.specification.{answer}']} {curve.counts()[answer]}" for answer in LOOKS)
    caption = texts["explanation.specification.caption"].format(claim=_says(curve.claim), counts=counts)
    svg = drawing.draw(
        f"{models.id}-specification", caption, lambda axes: _paint(axes, curve, lines, texts), height=height
    )
    keys = [(texts[f"explanation.specification.{answer}"], *_key(answer)) for answer in LOOKS if curve.counts()[answer]]
    figure = drawing.panel(caption, svg, drawing.legend(keys))
    tables = [_numbers(curve, models, texts), _candidates(curves, texts)]
    return part_of("specification", language, [figure], tables, _missing(curve, models, texts))


def _says(claim: str) -> str:
    return next((shipped.says for shipped in shipped_claims() if shipped.id == claim), claim)


def _key(answer: Answer) -> tuple[str, str, str]:
    colour, marker = LOOKS[answer]
    return colour, "-", marker


def _options(curve: Curve, models: Models, texts: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Choice, option and the option's name, in the order of the matrix."""
    for choice, options in curve.choices.items():
        for option in options:
            yield choice, option, _name(choice, option, models, texts)


def _name(choice: str, option: str, models: Models, texts: Mapping[str, str]) -> str:
    if choice == MODEL:
        return option
    if choice == TEXTS and option in NAMES:
        return texts["explanation.specification.texts.peaked"].format(bin=NAMES[option])
    if choice == TEXTS and option != ALL:
        name = models.classes[int(option.removeprefix("class_"))]
        return texts["explanation.specification.texts.class"].format(name=name)
    return texts[f"explanation.specification.{choice}.{option}"]


def _paint(axes: "Axes", curve: Curve, lines: list[tuple[str, str, str]], texts: Mapping[str, str]) -> None:
    """The dots in the upper part, the matrix in the lower one, under the same places."""
    axes.set_axis_off()
    below = ROW * (len(lines) + len(curve.choices))
    share = TOP / (TOP + below)
    upper = axes.inset_axes((0.0, 1 - share + 0.02, 1.0, share - 0.02))
    lower = axes.inset_axes((0.0, 0.0, 1.0, 1 - share))
    for panel in (upper, lower):
        panel.patch.set_visible(False)
        panel.set_xlim(-1, len(curve.specifications))
        panel.set_xticks([])
        panel.grid(visible=False, axis="x")
    _dots(upper, curve, texts)
    _matrix(lower, curve, lines)


def _dots(axes: "Axes", curve: Curve, texts: Mapping[str, str]) -> None:
    axes.axhline(0, color=drawing.INK, linewidth=0.9, linestyle="--")
    for place, specification in enumerate(curve.specifications):
        colour, marker = LOOKS[specification.answer]
        if specification.mean.low is not None and specification.mean.high is not None:
            ends = [specification.mean.low - specification.limit, specification.mean.high - specification.limit]
            axes.plot([place, place], ends, color=colour, linewidth=0.8, alpha=shapes.PALE)
        axes.plot([place], [specification.distance], marker, color=colour, markersize=3.2, markeredgewidth=0)
        if specification.own:
            axes.plot([place], [specification.distance], "o", markersize=9, markerfacecolor="none", color=drawing.INK)
    values = [specification.distance for specification in curve.specifications]
    room = 0.25 * (max(values) - min(values) or 1.0)
    axes.set_ylim(min(values) - room, max(values) + room)
    axes.set_ylabel(texts["explanation.specification.axis"])


def _matrix(axes: "Axes", curve: Curve, lines: list[tuple[str, str, str]]) -> None:
    places: list[float] = []
    for number, (choice, option, _) in enumerate(lines):
        group = list(curve.choices).index(choice)
        row = number + group  # one line stays free between choices
        places.append(row)
        for answer, (colour, _) in LOOKS.items():
            chosen = [
                place
                for place, specification in enumerate(curve.specifications)
                if specification.options[choice] == option and specification.answer == answer
            ]
            axes.plot(chosen, [row] * len(chosen), "|", color=colour, markersize=5, markeredgewidth=1.6)
    axes.set_yticks(places, [name for _, _, name in lines])
    axes.set_ylim(max(places) + 0.7, -0.9)
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)


def _numbers(curve: Curve, models: Models, texts: Mapping[str, str]) -> Table:
    """A line for each dot, from left to right."""
    heads = [
        texts[f"explanation.specification.{key}"] for key in ("number", *curve.choices, "measured", "limit", "answer")
    ]
    lines = []
    for number, specification in enumerate(curve.specifications, 1):
        names = [_name(choice, specification.options[choice], models, texts) for choice in curve.choices]
        answer = texts[f"explanation.specification.{specification.answer}"]
        own = f" ({texts['explanation.specification.own']})" if specification.own else ""
        seeds = "" if specification.mean.low is not None else f" (n = {specification.mean.n})"
        lines.append(
            (f"{number}{own}", [*names, shapes.told(specification.mean) + seeds, f"{specification.limit:.3g}", answer])
        )
    return Table(texts["explanation.specification.table"], heads, lines)


def _candidates(curves: tuple[Curve, ...], texts: Mapping[str, str]) -> Table:
    """How the claim was chosen."""
    keys = ("claim", "combinations", *LOOKS, "disagreement")
    lines = [
        (
            _says(curve.claim),
            [
                str(len(curve.specifications)),
                *(str(curve.counts()[answer]) for answer in LOOKS),
                f"{curve.disagreement:.2f}",
            ],
        )
        for curve in curves
    ]
    heads = [texts[f"explanation.specification.{key}"] for key in keys]
    return Table(texts["explanation.specification.chosen"], heads, lines, texts["explanation.specification.chosen.how"])


def _missing(curve: Curve, models: Models, texts: Mapping[str, str]) -> str:
    """What would be a choice, too, and is not in the records."""
    configs = [record.config for runs in models.records.values() for record in runs.values()]
    parts = [texts["explanation.specification.absent"].format(count=curve.absent)] if curve.absent else []
    if len({str(config.get("vectors")) for config in configs}) == 1:
        parts.append(texts["explanation.specification.absent.vectors"])
    return " ".join([*parts, texts["explanation.specification.absent.epochs"]])
