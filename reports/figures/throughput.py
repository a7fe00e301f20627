"""Speed: training and decoding beside other libraries, preparing data, and how soon commands answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from reports.catalogue import grid_at, scales_of_grid
from reports.figures import drawing
from reports.figures.measurements import done, mapping, positive, rows_of, scales_of, threads_text
from reports.figures.rendering import figure_texts, render
from reports.section import Section
from reports.verdicts.records import gpus_of
from reports.verdicts.report import Report
from repro.ledger.records.metric_values import value_of
from repro.ledger.records.record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GRID = "throughput"
OTHERS = ("preparation", "startup")
SETTINGS = "+settings"
RATE = "tokens_per_second."


@dataclass(frozen=True)
class Peer:
    """What one library did in one row.

    Attributes:
        label: its name, with `SETTINGS` where it had this project's process settings.
        rate: target tokens a second; None if it is lost.
        times: how many times as long as the first peer it takes: quartiles and median; None of the first itself.
        memory: most bytes of its process.
        share: of the rate of one large matrix product.
        lost: why there is no rate.
    """

    label: str
    rate: float | None
    times: tuple[float, float, float] | None
    memory: float | None
    share: float | None
    lost: str


@dataclass(frozen=True)
class Row:
    """One row of the grid."""

    name: str
    task: str
    peers: Sequence[Peer]


def section(report: Report, language: str) -> Section | None:
    """A drawing of each task and a table of all peers for each scale, and what the other two grids measured."""
    texts = figure_texts(language)
    scales = [scale for scale in scales_of(report.records, GRID) if scale in scales_of_grid(GRID)]
    parts = []
    for scale in scales:
        records = [record for _, record in _records(report, GRID, scale)]
        rows = [_row(record) for record in records]
        tasks = list(dict.fromkeys(row.task for row in rows))
        styles = {library: _style(place) for place, library in enumerate(_libraries(rows))}
        figures = [_panel(f"throughput-{scale}-{task}", task, rows, styles, texts) for task in tasks]
        parts.append((scale, _machine(records), drawing.panels(figures), rows))
    others = [
        (
            f"{grid}: {name}",
            _machine([record]),
            [metric for metric in record.metrics.values() if isinstance(metric, Mapping)],
        )
        for grid in OTHERS
        for scale in scales_of(report.records, grid)
        if scale in scales_of_grid(grid)
        for name, record in _records(report, grid, scale)
    ]
    if not parts and not others:
        return None
    body = render("throughput", language, parts=parts, others=others)
    return Section("throughput", texts["throughput"], body, texts["throughput.note"])


def _records(report: Report, grid: str, scale: str) -> list[tuple[str, Record]]:
    """The first seed of each row, in the grid's order: seeds change no speed."""
    by_row = {row: done(runs) for row, runs in rows_of(report.records, grid, scale).items()}
    rows = [row.name for row in grid_at(grid, scale).rows]
    return [(row, next(iter(by_row[row].values()))) for row in rows if by_row.get(row)]


def _row(record: Record) -> Row:
    labels = [name.removeprefix(RATE) for name in record.metrics if name.startswith(RATE)]
    return Row(record.row, str(record.config.get("task", "?")), [_peer(record, label) for label in labels])


def _peer(record: Record, label: str) -> Peer:
    details = mapping(mapping(record.metrics.get(f"speedup.{label}")).get("details"))
    quartiles = [positive(details.get(name)) for name in ("quartile_1", "median", "quartile_3")]
    low, middle, high = quartiles
    lost = mapping(mapping(record.metrics.get(RATE + label)).get("details")).get("reason")
    return Peer(
        label,
        value_of(record, RATE + label),
        (low, middle, high) if low is not None and middle is not None and high is not None else None,
        value_of(record, f"peak_memory.{label}"),
        value_of(record, f"share_of_peak.{label}"),
        str(lost) if lost is not None else "",
    )


def _machine(records: Sequence[Record]) -> str:
    """The machine of the first record, and the numbers of threads of all of them."""
    where = ", ".join(gpus_of(records[0]) or [str(records[0].hardware.get("cpu", ""))])
    return where + threads_text(records)


def _libraries(rows: Sequence[Row]) -> list[str]:
    """Those with a time in any of the rows, in the order in which they first come."""
    libraries = (it.label.removesuffix(SETTINGS) for row in rows for it in row.peers if it.times is not None)
    return list(dict.fromkeys(libraries))


def _style(place: int) -> tuple[str, str]:
    return drawing.SERIES[place % len(drawing.SERIES)], drawing.MARKERS[place % len(drawing.MARKERS)]


def _panel(
    name: str, task: str, rows: Sequence[Row], styles: Mapping[str, tuple[str, str]], texts: Mapping[str, str]
) -> Markup:
    """One task's rows; a library has the same colour and marker in all drawings of a scale."""
    shown = [row for row in rows if row.task == task]
    libraries = _libraries(shown)

    def paint(axes: "Axes") -> None:
        axes.set_xscale("log", base=2)
        axes.axvline(1, color=drawing.INK, linewidth=1)
        for y, row in enumerate(shown):
            for peer in row.peers:
                if peer.times is None:
                    continue
                library = peer.label.removesuffix(SETTINGS)
                colour, marker = styles[library]
                low, middle, high = peer.times
                place = y + 0.6 * (libraries.index(library) + 0.5) / len(libraries) - 0.3
                hollow = peer.label.endswith(SETTINGS)
                axes.plot([low, high], [place, place], color=colour, linewidth=1.2)
                axes.plot([middle], [place], color=colour, marker=marker, markerfacecolor="none" if hollow else colour)
        axes.set_yticks(range(len(shown)), [row.name.removeprefix(f"{task}-") for row in shown])
        axes.set_ylim(len(shown) - 0.5, -0.5)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set_xlabel(texts["throughput.x"])

    label = texts["throughput.label"].format(task=texts.get(f"throughput.{task}", task))
    svg = drawing.draw(name, label, paint, height=1.2 + 0.55 * len(shown))
    keys = [(library, colour, "-", marker) for library in libraries for colour, marker in [styles[library]]]
    return drawing.panel(label, svg, drawing.legend(keys))
