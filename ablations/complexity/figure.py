"""Time against length, one panel a width and mode, one row of panels a machine, as a vector graphic."""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro import files
from repro.errors import BadInput

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {
    "self-attention": "#0072B2",
    "restricted": "#56B4E9",
    "recurrent": "#D55E00",
    "lstm": "#E69F00",
    "gru": "#CC79A7",
    "convolution": "#009E73",
    "convolution-dilated": "#009E73",
    "convolution-separable": "#7F7F7F",
}
"""Of Okabe and Ito (2008), which people of any colour vision tell apart."""
DASHES = {"restricted": "--", "gru": "--", "convolution-dilated": "--", "convolution-separable": ":"}
SUFFIXES = ("svg", "pdf", "png")


@dataclass(frozen=True)
class Machine:
    """All points of time on one device.

    Attributes:
        name: of the device.
        points: as `timing.Point.as_record` gives them.
    """

    name: str
    points: Sequence[Mapping[str, Any]]

    def panels(self) -> list[tuple[int, str]]:
        """Widths and modes with points, decoding left out: its n is what went before."""
        return sorted({(p["d"], p["mode"]) for p in self.points if p["seconds"] and p["mode"] != "decoding"})

    def line(self, layer: str, d: int, mode: str) -> list[Mapping[str, Any]]:
        """A layer's measured points in order of n."""
        mine = [p for p in self.points if (p["layer"], p["d"], p["mode"]) == (layer, d, mode) and p["seconds"]]
        return sorted(mine, key=lambda point: point["n"])


def machines(records: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> list[Machine]:
    """One for each device that the records of time rows name, in their order.

    Args:
        records: details and hardware of each record.
    """
    points_of: dict[str, list[Mapping[str, Any]]] = {}
    for details, hardware in records:
        devices = details.get("devices")
        if not devices:
            continue
        kinds = list(dict.fromkeys(point["device"] for point in details["points"]))
        for kind, device in zip(kinds, devices, strict=True):
            threads = details["threads"]
            count = f"{threads} thread{'s' if threads > 1 else ''}"
            name = f"{hardware.get('cpu', 'CPU')}, {count}" if kind == "cpu" else str(device)
            points_of.setdefault(name, []).extend(point for point in details["points"] if point["device"] == kind)
    return [Machine(name, points) for name, points in points_of.items()]


def draw(devices: Sequence[Machine], path: Path) -> None:
    """Draw machines one below the other, on axes that all share.

    Raises:
        BadInput: nothing to draw, or a kind of file that cannot be drawn.
    """
    kind = path.suffix.removeprefix(".").lower()
    if kind not in SUFFIXES:
        raise BadInput(f"--figure {path}: give a name that ends with one of .{', .'.join(SUFFIXES)}")
    columns = sorted({panel for machine in devices for panel in machine.panels()})
    if not columns:
        raise BadInput("no record of a time row yet; `ablate run complexity --rows 'time-*'` makes them")
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": "complexity", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(3.4 * len(columns) + 0.6, 3.1 * len(devices) + 0.9), layout="constrained")
        FigureCanvasAgg(figure)
        grid = figure.subplots(len(devices), len(columns), sharex=True, sharey=True, squeeze=False)
        for row, machine in zip(grid, devices, strict=True):
            for axes, (d, mode) in zip(row, columns, strict=True):
                _panel(axes, machine, d, mode)
            row[0].set_ylabel(f"{machine.name}\nseconds a sentence")
        for axes in grid[-1]:
            axes.set_xlabel("length n")
        lines = [line for axes in grid.flat for line in axes.get_lines()]
        handles = {line.get_label(): line for line in lines if line.get_label()[0] != "_"}
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=5, frameon=False)
        buffer = io.BytesIO()
        figure.savefig(buffer, format=kind, dpi=160, metadata={"Date": None} if kind == "svg" else None)
    with files.written_atomically(path) as temporary:
        temporary.write_bytes(buffer.getvalue())


def _panel(axes: "Axes", machine: Machine, d: int, mode: str) -> None:
    """Medians with their middle halves; where attention and recurrence cross is marked, and n = d in grey."""
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    words = {"forward": "forward", "training": "forward and backward"}
    axes.set_title(f"d = {d}, {words.get(mode, mode)}")
    axes.grid(alpha=0.25, linewidth=0.5)
    axes.axvline(d, color="0.6", linewidth=0.8, linestyle=(0, (1, 2)), label="n = d")
    for layer, colour in COLOURS.items():
        line = machine.line(layer, d, mode)
        if not line:
            continue
        n = [point["n"] for point in line]
        axes.fill_between(n, [p["low"] for p in line], [p["high"] for p in line], color=colour, alpha=0.2, linewidth=0)
        thick = 2.2 if layer in ("self-attention", "recurrent") else 1.1
        style = DASHES.get(layer, "-")
        axes.plot(n, [p["median"] for p in line], color=colour, linestyle=style, linewidth=thick, label=layer)
    for crossed, seconds in _crossings(machine, d, mode):
        axes.plot([crossed], [seconds], marker="o", color="black", markersize=5, fillstyle="none", linestyle="none")
        label = f"n = {crossed:.0f}"
        axes.annotate(label, (crossed, seconds), (0, 7), textcoords="offset points", ha="center", fontsize=8)


def _crossings(machine: Machine, d: int, mode: str) -> Iterator[tuple[float, float]]:
    """Where self-attention and the plain recurrent layer cross: n and seconds, none or one."""
    import numpy as np

    from ablations.complexity.timing import crossing

    own, its = ({p["n"]: p["median"] for p in machine.line(name, d, mode)} for name in ("self-attention", "recurrent"))
    intersection = crossing(own, its)
    if intersection.n is not None:
        lengths = sorted(its)
        seconds = np.interp(np.log(intersection.n), np.log(lengths), np.log([its[n] for n in lengths]))
        yield intersection.n, float(np.exp(seconds))
