"""Table 1 with what was measured beneath the paper's O(.), and time against length."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from reports.figures import drawing
from reports.figures.measurements import entries, positive
from reports.figures.rendering import figure_texts, render
from reports.section import Section
from reports.verdicts.records import Records
from reports.verdicts.report import Report
from repro.ledger.records.metric_values import value_of
from repro.ledger.records.record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GRID = "complexity"
LAYERS = ("self-attention", "recurrent", "lstm", "gru", "convolution", "convolution-dilated", "convolution-separable")
"""In the order of the table, whose last line is the restricted self-attention; others come after it."""
COLUMNS = ("operations", "sequential", "path")
SELF_ATTENTION = "self-attention"
DRAWN = (SELF_ATTENTION, "recurrent", "lstm", "gru")
MAX_PANELS = 8


@dataclass(frozen=True)
class Entry:
    """One entry of Table 1.

    Attributes:
        paper: what is stated.
        measured: exponents or the law, with intervals.
        agrees: whether it is what is stated; None if that cannot be told.
        note: what else there is to say.
    """

    paper: Markup
    measured: Markup
    agrees: bool | None
    note: str


@dataclass(frozen=True)
class Times:
    """What was timed at one width, in one mode, on one device.

    Attributes:
        device, mode, d: which.
        lines: layer -> (n, median, low, high) in seconds, in order of n.
        crossing: n from which self-attention takes longer than the plain recurrent layer; None if at none measured.
        machine: in a phrase.
    """

    device: str
    mode: str
    d: int
    lines: Mapping[str, Sequence[tuple[float, float, float, float]]]
    crossing: float | None
    machine: str


def section(report: Report, language: str) -> Section | None:
    """The table, the crossings and a drawing for each width and mode."""
    records = list(_records(report.records))
    table = _table(records)
    times = [timed for record in records for timed in _times(record)][:MAX_PANELS]
    if not table and not times:
        return None
    texts = figure_texts(language)
    figures = [
        drawing.panel(
            texts["complexity.caption"].format(d=timed.d, mode=_mode(timed, texts), machine=timed.machine),
            _drawn(f"complexity-{place}", timed, texts),
            drawing.legend([(layer, *drawing.style(DRAWN.index(layer))) for layer in DRAWN if layer in timed.lines]),
        )
        for place, timed in enumerate(times)
    ]
    body = render(
        "complexity",
        language,
        columns=COLUMNS,
        table=table,
        crossings=_crossings(records, times, texts),
        figures=drawing.panels(figures) if figures else "",
    )
    return Section("complexity", texts["complexity"], body, texts["complexity.note"])


def _records(records: Records) -> Iterator[Record]:
    """Those of the grid that are done: one of each row, since no seed changes a count."""
    rows = set()
    for stored in records.counted:
        record = stored.record
        if record.grid == GRID and record.status == "done" and record.row not in rows:
            rows.add(record.row)
            yield record


def _table(records: Sequence[Record]) -> list[tuple[str, list[Entry | None]]]:
    by_layer: dict[str, dict[str, Entry]] = {}
    for record in records:
        for line in entries(record.details.get("table")):
            layer, column = str(line.get("layer")), line.get("column")
            if column not in COLUMNS:
                continue
            agrees = line.get("agrees")
            by_layer.setdefault(layer, {})[column] = Entry(
                formula(line.get("paper", "")),
                # The law comes first, such as "n: 2 + 3 [3, 3] n"; it says itself again.
                formula(str(line.get("measured", "")).split(": ", 1)[-1]),
                agrees if isinstance(agrees, bool) else None,
                str(line.get("note") or ""),
            )
    order = {layer: place for place, layer in enumerate((*LAYERS, "restricted"))}
    layers = sorted(by_layer, key=lambda layer: (order.get(layer, len(order)), layer))
    return [(layer, [by_layer[layer].get(column) for column in COLUMNS]) for layer in layers]


def formula(text: Any) -> Markup:
    """Powers and indices raised and lowered: n^2 and log_k(n)."""
    escaped = str(escape(str(text)))
    raised = re.sub(r"\^(-?[\d.]+)", r"<sup>\1</sup>", escaped)
    return Markup(re.sub(r"\b(log|d)_([a-z])\b", r"\1<sub>\2</sub>", raised))


def _times(record: Record) -> Iterator[Times]:
    """One for each device, mode and width at which self-attention and recurrence were timed.

    Decoding is left out, since its n is what went before. So is what has no recurrence, such as additive attention
    timed against dot products.
    """
    by_panel: dict[tuple[str, str, int], dict[str, list[tuple[float, float, float, float]]]] = {}
    for point in entries(record.details.get("points")):
        n, d, median = (positive(point.get(key)) for key in ("n", "d", "median"))
        mode, device, layer = point.get("mode"), point.get("device"), point.get("layer")
        if n is None or d is None or median is None or mode == "decoding" or layer not in DRAWN:
            continue
        low, high = positive(point.get("low")) or median, positive(point.get("high")) or median
        lines = by_panel.setdefault((str(device), str(mode), round(d)), {})
        lines.setdefault(str(layer), []).append((n, median, low, high))
    for (device, mode, d), lines in sorted(by_panel.items()):
        if SELF_ATTENTION not in lines or len(lines) == 1:
            continue
        crossing = value_of(record, f"time.{device}.{mode}.crossing.recurrent.d{d}")
        ordered = {layer: sorted(lines[layer]) for layer in DRAWN if layer in lines}
        yield Times(device, mode, d, ordered, crossing, _machine(record, device))


def _machine(record: Record, device: str) -> str:
    if device != "cpu":
        names = record.details.get("devices")
        others = [str(name) for name in names if name != "cpu"] if isinstance(names, list) else []
        return others[0] if others else device
    threads = record.details.get("threads", "?")
    return f"{record.hardware.get('cpu', 'CPU')}, {threads} thread{'' if threads == 1 else 's'}"


def _mode(times: Times, texts: Mapping[str, str]) -> str:
    """What was timed, in words."""
    return texts.get(f"mode.{times.mode}", times.mode)


def _crossings(
    records: Sequence[Record], times: Sequence[Times], texts: Mapping[str, str]
) -> list[tuple[int, str, float | None]]:
    """Width, what was counted or timed, and the n from which self-attention costs more than recurrence."""
    crossings: list[tuple[int, str, float | None]] = []
    for record in records:
        for name in sorted(record.metrics):
            matched = re.fullmatch(r"operations\.crossing\.d(\d+)", name)
            if matched:
                crossings.append((int(matched[1]), "operations", value_of(record, name)))
    for timed in times:
        if {"self-attention", "recurrent"} <= timed.lines.keys():
            crossings.append((timed.d, f"{_mode(timed, texts)}, {timed.device}", timed.crossing))
    return sorted(crossings, key=lambda it: it[0])


def _drawn(name: str, times: Times, texts: Mapping[str, str]) -> Markup:
    def paint(axes: "Axes") -> None:
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.axvline(times.d, color=drawing.MUTED, linewidth=1, linestyle=":")
        axes.annotate(
            f"n = d = {times.d}",
            (times.d, 0.02),
            (3, 0),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            fontsize=8.5,
            color=drawing.MUTED,
        )
        for layer, line in times.lines.items():
            n, median, low, high = zip(*line, strict=True)
            colour, dashes, marker = drawing.style(DRAWN.index(layer))
            axes.fill_between(n, low, high, color=colour, alpha=0.25, linewidth=0)
            axes.plot(n, median, color=colour, linestyle=dashes, marker=marker)
        if times.crossing is not None:
            axes.axvline(times.crossing, color=drawing.INK, linewidth=1)
            axes.annotate(
                f"n = {times.crossing:.0f}",
                (times.crossing, 0.95),
                (-3, 0),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha="right",
                va="top",
                fontsize=8.5,
            )
        sizes = sorted({point[0] for line in times.lines.values() for point in line})
        axes.set_xticks(sizes[:: -(-len(sizes) // 5)])
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.minorticks_off()
        axes.set_xlabel(texts["complexity.n"])
        axes.set_ylabel(texts["complexity.seconds"])

    return drawing.draw(name, texts["complexity.label"].format(d=times.d, mode=_mode(times, texts)), paint)
