"""Section 4.1 of the first paper: does attention rank words as other measures of importance do?"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from reports.figures import drawing
from reports.figures.explanation import shapes
from reports.figures.explanation.models import CONTROL, Models, published
from reports.figures.explanation.tables import Table, part_of
from reports.figures.words import FIGURES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PAIRS = ("tau.gradient", "tau.leave_one_out", "tau.measures")
VERSIONS = {"jain2019-table2": "test", "jain2019-table2-dev": "dev"}
"""Published table -> the split by which its models' epoch was chosen."""
COLUMNS = {
    "bilstm-additive": {"tau.gradient": "gradient_bilstm", "tau.leave_one_out": "loo_bilstm"},
    CONTROL: {"tau.gradient": "gradient_average"},
}
"""Row -> metric -> column of the published tables."""
BINS = np.linspace(-1, 1, 41)


def part(models: Models, language: str) -> Markup | None:
    """Histograms of Kendall's tau over texts, and Table 2 with the paper's."""
    texts = FIGURES[language]
    figures = [figure for pair in PAIRS if (figure := _figure(models, pair, texts)) is not None]
    if not figures:
        return None
    heads = [texts["explanation.model"], texts["explanation.texts_predicted"]]
    for pair in PAIRS:
        heads += [texts[f"explanation.{pair}"], texts["explanation.significant"], texts["explanation.undefined"]]
    table = Table(texts["explanation.tau.table"], heads, list(_lines(models, texts)), texts["explanation.tau.how"])
    return part_of("tau", models, language, figures, [table])


def _figure(models: Models, pair: str, texts: Mapping[str, str]) -> Markup | None:
    found = {row: models.texts(row, "tau", pair) for row in models.records}
    found = {row: values for row, values in found.items() if not np.isnan(values).all()}
    if not found:
        return None

    def paint(axes: "Axes") -> None:
        shapes.rows(axes, list(found))
        axes.axvline(0, color=drawing.MUTED, linewidth=1)
        axes.set_ylim(len(found) - 0.7, -0.95)
        drawn = [
            shapes.Distribution(place, values, models.mean(row, pair), *models.style(row)[::2])
            for place, (row, values) in enumerate(found.items())
        ]
        shapes.distributions(axes, drawn, BINS, 0.85, both_ways=False)
        axes.set_xlim(-1, 1)
        axes.set_xticks([-1, -0.5, 0, 0.5, 1])
        axes.set_xlabel(texts["explanation.tau.axis"])

    name = texts[f"explanation.{pair}"]
    caption = f"{name}. {texts[f'explanation.{pair}.caption']}"
    svg = drawing.draw(f"{models.id}-{pair.replace('.', '-')}", name, paint, height=0.7 + 0.4 * len(found))
    return drawing.panel(caption, svg)


def _lines(models: Models, texts: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Measured rows over all texts and by predicted class, each followed by what the paper prints for it."""
    groups = [("", texts["explanation.all_texts"])]
    groups += [(f".class_{number}", name) for number, name in enumerate(models.classes)]
    for row in models.having(PAIRS[0]):
        for suffix, name in groups:
            yield row, [name, *(cell for pair in PAIRS for cell in _measured(models, row, pair, suffix))]
            number = suffix.removeprefix(".class_")
            if models.published_as is not None and row in COLUMNS:
                yield from _published(f"{models.published_as}{f'-{number}' if number else ''}", row, name, texts)


def _measured(models: Models, row: str, pair: str, suffix: str) -> list[str]:
    key = f"{pair}{suffix}"
    deviation, share = models.mean(row, f"{key}.deviation"), models.mean(row, f"{key}.significant")
    mean = shapes.told(models.mean(row, key), 2)
    if deviation is not None:
        mean += f" ± {deviation.value:.2f}"
    every = models.texts(row, "tau", pair)
    undefined = f"{np.isnan(every).sum()} / {len(every)}" if len(every) and not suffix else "–"
    return [mean, shapes.told(share, 2), undefined]


def _published(data: str, row: str, group: str, texts: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Both versions of Table 2; section 4.1 has the measures with each other, over all texts."""
    for name, split in VERSIONS.items():
        cells = [group]
        for pair in PAIRS:
            column = COLUMNS[row].get(pair, "")
            mean, deviation, share = (
                published(name, data, f"{column}{suffix}") for suffix in ("", "_deviation", "_significant")
            )
            told = "–" if mean is None else f"{mean[0]:.2f}"
            told += "" if deviation is None else f" ± {deviation[0]:.2f}"
            cells += [told, "–" if share is None else f"{share[0]:.2f}", "–"]
        if set(cells[1:]) != {"–"}:
            yield texts["explanation.tau.paper"].format(row=row, split=split), cells
    together = published("jain2019-section4.1", data, "gradient_loo")
    if together is not None and row != CONTROL:
        means = [published("jain2019-section4.1", data, f"attention_{each}") for each in ("gradient", "loo")]
        taus = ["–" if each is None else f"{each[0]:.2f}" for each in (*means, together)]
        yield (
            texts["explanation.tau.paper_all"].format(row=row),
            [group, *(c for each in taus for c in (each, "–", "–"))],
        )
