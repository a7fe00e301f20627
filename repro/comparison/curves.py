"""The learning curves of runs as one picture: loss on the training text and on the dev set, over updates and time."""

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from repro.cell_directory import CURVE
from repro.comparison.recorded_run import RecordedRun
from repro.learning_curve import number_in, readable_rows
from repro.streams import in_one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#7f7f7f")
"""Okabe and Ito's, told apart by readers of any colour vision."""
DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (6, 1.5)), (0, (1, 1)), (0, (4, 1, 1, 1, 1, 1)), (0, (8, 3)))
"""Marks that tell lines apart without colour, in the order of COLOURS."""


@dataclass(frozen=True)
class Panel:
    """One drawing: the nats a target token of a split, not smoothed, over a column of `metrics.csv`."""

    title: str
    split: str
    over: str
    unit: float
    label: str


PANELS = (
    Panel("training text", "train", "step", 1, "updates"),
    Panel("dev set", "dev", "step", 1, "updates"),
    Panel("dev set", "dev", "seconds", 60, "minutes of training"),
)

Points = Sequence[tuple[float, float]]


def points(directory: Path, panel: Panel) -> Points:
    """(x, nats) of one panel in order of x; none where an attempt has no curve that can be read."""
    curve = []
    for row in readable_rows(directory / CURVE):
        x, nats = number_in(row, panel.over), number_in(row, "nll")
        if row.get("split") == panel.split and x is not None and nats is not None:
            curve.append((x / panel.unit, nats))
    return sorted(curve)


def have_curves(runs: Sequence[RecordedRun]) -> bool:
    """Whether there is anything to draw."""
    return any(points(run.directory, panel) for run in runs for panel in PANELS)


def picture(runs: Sequence[RecordedRun], format: str) -> bytes:
    """The picture, in a format of Matplotlib's; the same input gives the same bytes."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = [panel for panel in PANELS if any(points(run.directory, panel) for run in runs)]
    # Names of folders are text, dollars and all.
    style: Any = {"svg.hashsalt": "comparison", "text.parse_math": False, "font.size": 9}
    buffer = io.BytesIO()
    with matplotlib.rc_context(style), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure = Figure(figsize=(4.2 * len(drawn), 3.6 + 0.15 * len(runs)), layout="constrained")
        FigureCanvasAgg(figure)
        for axes, panel in zip(figure.subplots(1, len(drawn), squeeze=False)[0], drawn, strict=True):
            _draw(axes, panel, runs)
        figure.suptitle("\n".join(f"{run.letter}  {in_one_line(run.directory)}" for run in runs), fontsize=8)
        metadata = dict.fromkeys(("Date", "Creator", "Format", "Type")) if format == "svg" else {"Software": None}
        figure.savefig(buffer, format=format, dpi=150, metadata=metadata)
    return buffer.getvalue()


def _draw(axes: "Axes", panel: Panel, runs: Sequence[RecordedRun]) -> None:
    for place, run in enumerate(runs):
        curve = points(run.directory, panel)
        if curve:
            x, y = zip(*curve, strict=True)
            line = {"color": COLOURS[place], "linestyle": DASHES[place], "marker": "."}
            axes.plot(x, y, linewidth=1.5, label=run.letter, **line)
    axes.set_title(panel.title)
    axes.set_xlabel(panel.label)
    axes.set_ylabel("nats per target token")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False)
