"""Sections 4.2.1 and 4.2.2 of the first paper and 3.3 of the second: by how peaked the learned attention is.

For each model four distributions over texts, by the largest weight that the model gives to any word of a text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from reports.figures import drawing
from reports.figures.explanation import shapes
from reports.figures.explanation.models import Models
from reports.figures.explanation.tables import Table, part_of
from reports.figures.rendering import figure_texts
from reports.numbers import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EDGES = (0.25, 0.5, 0.75)
"""Between the bins of largest weights, as in both papers' figures."""
NAMES = {"under_0.25": "0 – 0.25", "under_0.5": "0.25 – 0.5", "under_0.75": "0.5 – 0.75", "above_0.75": "0.75 – 1"}
"""How metrics call the bins -> how they are shown."""
STYLES = list(zip((drawing.SERIES[5], drawing.SERIES[0], drawing.SERIES[4], drawing.SERIES[1]), "os^D", strict=True))


@dataclass(frozen=True)
class Group:
    """A model's values, or what they are held beside.

    Attributes:
        name: as the axis has it.
        row: the model.
        details: key of the details under which the texts' values are.
        value: key of the values there; their largest weights are beside them.
        metric: the mean over texts; of a bin with the bin's name at its end.
    """

    name: str
    row: str
    details: str
    value: str
    metric: str


def part(models: Models, language: str) -> Markup | None:
    """Permuted attention, then adversarial attention beside that of other seeds."""
    texts = figure_texts(language)
    permuted = [Group(row, row, "permutation", "change", "permutation.change") for row in models.records]
    apart = []
    for row in models.records:
        apart.append(Group(row, row, "adversary", "jsd", "adversary.jsd"))
        apart.append(Group(texts["explanation.seeds.of"].format(row=row), row, "seeds", "jsd", "seeds.jsd"))
    parts = [
        markup
        for key, groups, largest in (("permutation", permuted, 1.0), ("adversary", apart, shapes.LN2))
        if (markup := _part(key, models, groups, largest, language)) is not None
    ]
    return Markup("\n").join(parts) if parts else None


def split(values: "np.ndarray", largest: "np.ndarray") -> list["np.ndarray"]:
    """Values of texts by their largest weight, a bin each; the last bin holds a weight of 1, too."""
    bins = np.searchsorted(EDGES, largest, side="right")
    return [values[bins == number] for number in range(len(EDGES) + 1)]


def _part(key: str, models: Models, groups: Sequence[Group], largest: float, language: str) -> Markup | None:
    texts = figure_texts(language)
    binned: dict[Group, list[np.ndarray]] = {}
    for group in groups:
        columns = models.columns(group.row, [(group.details, group.value), (group.details, "largest")])
        if columns and not np.isnan(columns[0]).all():
            binned[group] = split(*columns)
    if not binned:
        return None
    svg = _drawn(f"{models.id}-{key}", key, models, binned, largest, texts)
    bins = list(zip(NAMES.values(), STYLES, strict=True))
    legend = drawing.legend([(f"{name}", colour, "-", marker) for name, (colour, marker) in bins])
    keys = Markup('<p class="source muted">{}</p>{}').format(texts["explanation.bins"], legend)
    figure = drawing.panel(texts[f"explanation.{key}.caption"], svg, keys)
    heads = [texts["explanation.model"], texts["explanation.all_texts"], *NAMES.values()]
    lines = [(group.name, _cells(models, group, values)) for group, values in binned.items()]
    tables = [Table(texts[f"explanation.{key}.table"], heads, lines, texts["explanation.bins.counts"])]
    return part_of(key, language, [figure], tables, _said(key, models, texts))


def _drawn(
    name: str,
    key: str,
    models: Models,
    binned: Mapping[Group, Sequence["np.ndarray"]],
    largest: float,
    texts: Mapping[str, str],
) -> Markup:
    size = len(NAMES) + 0.6
    places = [group * size + (len(NAMES) - 1) / 2 for group in range(len(binned))]

    def paint(axes: "Axes") -> None:
        shapes.rows(axes, [group.name for group in binned], places, size)
        drawn = [
            shapes.Distribution(at * size + number, values, models.mean(group.row, f"{group.metric}.{bin_}"), *style)
            for at, (group, bins) in enumerate(binned.items())
            for number, (bin_, values, style) in enumerate(zip(NAMES, bins, STYLES, strict=True))
        ]
        shapes.distributions(axes, drawn, np.linspace(0, largest, 31), 0.95, both_ways=True)
        axes.set_xlim(-0.01 * largest, 1.03 * largest)
        if largest == shapes.LN2:
            shapes.most(axes, shapes.LN2, "ln 2")
        axes.set_xlabel(texts[f"explanation.{key}.axis"])

    return drawing.draw(name, texts[f"explanation.{key}.caption"], paint, height=0.8 + 0.8 * len(binned))


def _cells(models: Models, group: Group, bins: Sequence["np.ndarray"]) -> list[str]:
    cells = [shapes.told(models.mean(group.row, group.metric))]
    for bin_, values in zip(NAMES, bins, strict=True):
        cells.append(f"{shapes.told(models.mean(group.row, f'{group.metric}.{bin_}'))} (n = {len(values)})")
    return cells


def _said(key: str, models: Models, texts: Mapping[str, str]) -> str:
    """Of each model with other seeds, how many adversaries are farther than those."""
    if key != "adversary":
        return ""
    says = []
    for row in models.having("seeds.beyond_median"):
        share = models.mean(row, "seeds.beyond_median")
        farther = models.mean(row, "seeds.beyond_all")
        if share is not None and farther is not None:
            told = {"median": percent(share.value), "all": percent(farther.value)}
            says.append(texts["explanation.seeds.beyond"].format(row=row, **told))
    return " ".join(says)
