"""Section 3.2.1's footnote: what the width d_k does to q . k and to the softmax, to try and as measured.

The slider's products are drawn when the page is built. If q and the components of all k are standard normal, then
given q the products with all k are independent and normal with variance |q|^2, and |q|^2 follows chi-squared with
d_k degrees of freedom. So sqrt(chi2(d_k)) * z has exactly the distribution of q . k; drawing z once for all d_k lets
the bars move only because d_k does. For the same reason chi2 is taken at its mean d_k: products are sqrt(d_k) * z.
"""

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from reports.catalogue import grid_at, scales_of_grid
from reports.figures import drawing
from reports.figures.mean_lines import Points, mean_lines_panel, numbers_of
from reports.figures.measurements import Mean, called, done, entries, mapping, number, over_seeds, rows_of, scales_of
from reports.figures.rendering import figure_texts, render
from reports.section import Section
from reports.verdicts.records import Records
from reports.verdicts.report import Report
from repro.ledger.records.metric_values import metric_values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GRID = "scaling"
KEYS, SEED = 32, 7
STATIC = (1, 64, 1024)
"""What is shown without JavaScript."""
QUANTITIES = ("variance", "entropy", "largest", "jacobian")
MODES = ("scaled", "unscaled")


def section(report: Report, language: str) -> Section | None:
    """The slider, and what was measured of the footnote and of models with and without the scale; None unmeasured."""
    texts = figure_texts(language)
    footnote = _footnote(report.records)
    figures = [_quantity(name, footnote, texts) for name in QUANTITIES if footnote]
    figures += [
        figure for scale in scales_of(report.records, GRID) for figure in _trained(report.records, scale, texts)
    ]
    if not figures:
        return None
    z = draws()
    body = render(
        "scaling",
        language,
        states=[_state(z, d_k) for d_k in STATIC],
        z=Markup(json.dumps([round(float(product), 4) for product in z])),
        keys=KEYS,
        uniform=math.log(KEYS),
        figures=drawing.panels(figures),
    )
    return Section("scaling", texts["scaling"], body, texts["scaling.note"])


def draws() -> "np.ndarray":
    """The standard normal numbers z of all keys, to four digits, as the page has them; shape (KEYS,)."""
    return np.round(np.random.default_rng(SEED).standard_normal(KEYS), 4)


def weights(z: "np.ndarray", d_k: int, scaled: bool) -> "np.ndarray":
    """The softmax of sqrt(d_k) * z, over sqrt(d_k) if scaled.

    Args:
        z: standard normal, shape (keys,).
    """
    products = z if scaled else z * math.sqrt(d_k)
    exponentials = np.exp(products - products.max())
    return np.asarray(exponentials / exponentials.sum())


def entropy(p: "np.ndarray") -> float:
    """Of a distribution, in nats."""
    kept = p[p > 0]
    return float(-(kept * np.log(kept)).sum())


def _state(z: "np.ndarray", d_k: int) -> dict[str, object]:
    sides = {}
    for mode in MODES:
        p = weights(z, d_k, mode == "scaled")
        sides[mode] = {"weights": [float(weight) for weight in p], "entropy": entropy(p), "largest": float(p.max())}
    return {"d_k": d_k, "sides": sides}


def _footnote(records: Records) -> dict[str, dict[str, list[tuple[float, Mean]]]]:
    """Quantity -> mode -> (d_k, mean with its interval), of the grid `complexity`."""
    for stored in records.counted:
        record = stored.record
        if (record.grid, record.row, record.status) != ("complexity", "footnote", "done"):
            continue
        by_quantity: dict[str, dict[str, list[tuple[float, Mean]]]] = {}
        for point in entries(record.details.get("points")):
            d_k = number(point.get("d_k"))
            for name in QUANTITIES:
                mean = mapping(point.get(name))
                value, error = number(mean.get("value")), number(mean.get("error"))
                if d_k is not None and d_k > 0 and value is not None:
                    half = 1.96 * (error or 0.0)
                    mode = "scaled" if point.get("scaled") is True else "unscaled"
                    modes = by_quantity.setdefault(name, {key: [] for key in MODES})
                    modes[mode].append((d_k, Mean(value, value - half, value + half, 1)))
        if by_quantity:
            return by_quantity
    return {}


def _quantity(name: str, footnote: Mapping[str, Mapping[str, Points]], texts: Mapping[str, str]) -> Markup:
    lines = {texts[f"scaling.{mode}"]: footnote.get(name, {}).get(mode, ()) for mode in MODES}
    caption, axis = texts[f"scaling.{name}"], texts[f"scaling.{name}.axis"]
    return _panel(f"scaling-{name}", caption, axis, lines, texts, logarithmic=name == "variance")


def _trained(records: Records, scale: str, texts: Mapping[str, str]) -> list[Markup]:
    """Score over d_k of trained models, for each way to initialise: a line for each scale of the products."""
    by_start: dict[str, dict[str, list[tuple[float, Mean]]]] = {}
    metric, unit = _metric(records, scale)
    for row, runs in rows_of(records, GRID, scale).items():
        parts = row.split("+")
        widths = [part[4:] for part in parts if part.startswith("d_k=") and part[4:].isdecimal()]
        if len(parts) != 3 or not widths:
            continue
        mean = over_seeds(metric_values(done(runs), metric))
        if mean is not None:
            by_start.setdefault(parts[0], {}).setdefault(parts[2], []).append((float(widths[0]), mean))
    figures = []
    for start, by_mode in by_start.items():
        order = sorted(by_mode, key=lambda mode: (mode not in MODES, mode))[: len(drawing.SERIES)]
        lines = {
            texts.get(f"scaling.{mode}", mode): sorted(by_mode[mode], key=lambda point: point[0]) for mode in order
        }
        caption = texts["scaling.score"].format(metric=called(metric, texts["language"]), scale=scale, start=start)
        figures.append(_panel(f"scaling-{scale}-{start}", caption, unit, lines, texts, logarithmic=False))
    return figures


def _metric(records: Records, scale: str) -> tuple[str, str]:
    """What the grid compares its rows by at this scale, and its unit."""
    metric = grid_at(GRID, scale).metric if scale in scales_of_grid(GRID) else "test.bleu"
    of_scale = [
        stored.record for stored in records.counted if (stored.record.grid, stored.record.scale) == (GRID, scale)
    ]
    units = (record.metrics.get(metric, {}).get("unit") for record in of_scale)
    return metric, next((str(unit) for unit in units if unit is not None), "BLEU")


def _panel(
    name: str, caption: str, unit: str, lines: Mapping[str, Points], texts: Mapping[str, str], logarithmic: bool
) -> Markup:
    """Lines over d_k, whose axis doubles; `logarithmic` is the vertical one."""

    def finish(axes: "Axes") -> None:
        axes.set_xscale("log", base=2)
        if logarithmic:
            axes.set_yscale("log", base=2)
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        sizes = numbers_of(lines)
        axes.set_xticks(sizes[:: -(-len(sizes) // 6)] if sizes else [])
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.minorticks_off()

    return mean_lines_panel(name, caption, lines, "d_k", unit, texts["language"], finish)
