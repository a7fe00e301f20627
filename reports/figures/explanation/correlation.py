"""Section 4.1 of the first paper: does attention rank words as other measures of importance do?"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from reports.figures import drawing
from reports.figures.explanation import shapes
from reports.figures.explanation.models import BASE, CONTROL, Models, published
from reports.figures.explanation.tables import Table, part_of
from reports.figures.rendering import figure_texts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PAIRS = ("tau.gradient", "tau.leave_one_out", "tau.measures")
VERSIONS = {"jain2019-table2": "test", "jain2019-table2-dev": "dev"}
"""Published table -> the split by which its models' epoch was chosen."""
WHOLE = "jain2019-section4.1"
"""Means over all texts, from the later version's models."""
COLUMNS: Mapping[str, Mapping[str, tuple[str | None, str | None]]] = {
    BASE: {
        "tau.gradient": ("gradient_bilstm", "attention_gradient"),
        "tau.leave_one_out": ("loo_bilstm", "attention_loo"),
        "tau.measures": (None, "gradient_loo"),
    },
    CONTROL: {"tau.gradient": ("gradient_average", None)},
}
"""Row -> metric -> columns of the two versions, by class, and of the table over all texts."""
BINS = np.linspace(-1, 1, 41)


def part(models: Models, language: str) -> Markup | None:
    """Histograms of Kendall's tau over texts, and Table 2 with the paper's."""
    texts = figure_texts(language)
    figures = [figure for pair in PAIRS if (figure := _figure(models, pair, texts)) is not None]
    if not figures:
        return None
    return part_of("tau", language, figures, [_table(models, pair, texts) for pair in PAIRS])


def _figure(models: Models, pair: str, texts: Mapping[str, str]) -> Markup | None:
    taus = {row: models.texts(row, "tau", pair) for row in models.records}
    taus = {row: values for row, values in taus.items() if not np.isnan(values).all()}
    if not taus:
        return None

    def paint(axes: "Axes") -> None:
        shapes.rows(axes, list(taus))
        axes.axvline(0, color=drawing.MUTED, linewidth=1)
        axes.set_ylim(len(taus) - 0.7, -0.95)
        drawn = [
            shapes.Distribution(place, values, models.mean(row, pair), *models.style(row)[::2])
            for place, (row, values) in enumerate(taus.items())
        ]
        shapes.distributions(axes, drawn, BINS, 0.85, both_ways=False)
        axes.set_xlim(-1, 1)
        axes.set_xticks([-1, -0.5, 0, 0.5, 1])
        axes.set_xlabel(texts["explanation.tau.axis"])

    name = texts[f"explanation.{pair}"]
    caption = f"{name}. {texts[f'explanation.{pair}.caption']}"
    svg = drawing.draw(f"{models.id}-{pair.replace('.', '-')}", name, paint, height=0.7 + 0.4 * len(taus))
    return drawing.panel(caption, svg)


def _table(models: Models, pair: str, texts: Mapping[str, str]) -> Table:
    """Measured over all texts and by predicted class, beside both versions of the paper's Table 2."""
    heads = [texts["explanation.model"], texts["explanation.texts_predicted"], texts["explanation.tau.mean"]]
    heads += [texts["explanation.significant"], texts["explanation.undefined"]]
    if models.published_as is not None:
        heads += [texts["explanation.tau.paper"].format(split=split) for split in VERSIONS.values()]
    groups = [("", texts["explanation.all_texts"])]
    groups += [(f"class_{number}", name) for number, name in enumerate(models.classes) if _occurs(models, pair, number)]
    lines = [
        (row, [name, *_measured(models, row, pair, group), *_published(models, row, pair, group)])
        for row in models.having(pair)
        for group, name in groups
    ]
    title = texts["explanation.tau.table"].format(pair=texts[f"explanation.{pair}"])
    return Table(title, heads, lines, texts["explanation.tau.how"])


def _occurs(models: Models, pair: str, number: int) -> bool:
    """Whether a class is worth a line: of two both are, of the many answers to questions those that were given."""
    return len(models.classes) <= 2 or bool(models.having(f"{pair}.class_{number}"))


def _measured(models: Models, row: str, pair: str, group: str) -> list[str]:
    key = f"{pair}.{group}" if group else pair
    deviation, share = models.mean(row, f"{key}.deviation"), models.mean(row, f"{key}.significant")
    mean = shapes.told(models.mean(row, key), 2)
    if deviation is not None:
        mean += f" ± {deviation.value:.2f}"
    every = models.texts(row, "tau", pair)
    undefined = f"{np.isnan(every).sum()} / {len(every)}" if len(every) and not group else "–"
    return [mean, shapes.told(share, 2), undefined]


def _published(models: Models, row: str, pair: str, group: str) -> list[str]:
    """A cell of each version; none where the data are not the paper's."""
    if models.published_as is None:
        return []
    by_class, over_all = COLUMNS.get(row, {}).get(pair, (None, None))
    if not group:
        of_table2 = _of_table2(models.published_as, by_class)
        whole = published(WHOLE, models.published_as, over_all or "")
        return of_table2 if of_table2 != ["–", "–"] or whole is None else ["–", f"{whole[0]:.2f}"]
    return _of_table2(f"{models.published_as}-{group.removeprefix('class_')}", by_class)


def _of_table2(data: str, by_class: str | None) -> list[str]:
    """A cell of each version, where its Table 2 has such a row: a class, or the whole of bAbI."""
    cells = []
    for name in VERSIONS:
        printed = [published(name, data, f"{by_class}{suffix}") for suffix in ("", "_deviation", "_significant")]
        mean, deviation, share = (None if entry is None else f"{entry[0]:.2f}" for entry in printed)
        cells.append("–" if mean is None else f"{mean} ± {deviation}, {share}")
    return cells
