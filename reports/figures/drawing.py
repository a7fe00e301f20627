"""Vector graphics that follow the page: its colours in light and dark, its width, and ids of their own.

Matplotlib draws with stand-in colours, each of which becomes one of the page's CSS variables. The same input gives
the same bytes: ids are hashed with a fixed salt, and nothing says when or with what it was drawn.
"""

import io
import re
import textwrap
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from reports.figures.kept_drawings import kept_or_drawn

if TYPE_CHECKING:
    from matplotlib.text import Text

INK, MUTED, LINE, PAPER = "#010101", "#010102", "#010103", "#010104"
GOOD, BAD, UNSURE = "#010105", "#010106", "#010107"
SERIES = tuple(f"#0102{place:02d}" for place in range(1, 9))
"""Colours of lines, told apart by readers of any colour vision; a figure has at most as many lines."""
DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (6, 1.5)), (0, (1, 1)), (0, (4, 1, 1, 1, 1, 1)), (0, (8, 3)))
"""What tells lines apart where there is no colour at all, in the order of SERIES."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">")
VARIABLES = {
    INK: "--ink",
    MUTED: "--muted",
    LINE: "--line",
    PAPER: "--paper",
    GOOD: "--good",
    BAD: "--bad",
    UNSURE: "--unsure",
    **{colour: f"--c{place}" for place, colour in enumerate(SERIES, 1)},
}
STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "axes.labelsize": 10,
    "text.parse_math": False,  # names of rows are text, dollars and all
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 1.8,
    "lines.markersize": 4.5,
}
WIDTH, HEIGHT = 5.0, 3.3
"""Inches of a panel: at 72 units an inch its text stays readable on a screen of 390 px."""


def draw(
    name: str,
    label: str,
    paint: Callable[..., None],
    *,
    width: float = WIDTH,
    height: float = HEIGHT,
    ratios: Sequence[float] = (1,),
) -> Markup:
    """An SVG; one that is kept where there is one (see `kept_drawings.py`).

    Args:
        name: begins every id in it, as `plain` writes it, so that it must be the only one on the page.
        label: what it shows, for those who do not see it.
        paint: called with the axes, from left to right.
        width, height: in inches.
        ratios: of the axes' widths; several axes share the vertical one.
    """
    parts = name, label, paint, width, height, tuple(ratios)
    return Markup(kept_or_drawn(parts, lambda: _drawn(name, label, paint, width, height, ratios)))


def _drawn(
    name: str, label: str, paint: Callable[..., None], width: float, height: float, ratios: Sequence[float]
) -> Markup:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    name = plain(name)
    buffer = io.StringIO()
    style: Any = {**STYLE, "svg.hashsalt": name}  # newer versions of matplotlib list every key in their types
    with matplotlib.rc_context(style), warnings.catch_warnings():
        # The reader's fonts have the letters that the one which measures text has not.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        figure.patch.set_visible(False)
        axes = figure.subplots(1, len(ratios), sharey=len(ratios) > 1, squeeze=False, width_ratios=ratios)[0]
        for ax in axes:
            ax.patch.set_visible(False)
        paint(*axes)
        for ax, ratio in zip(axes, ratios, strict=True):
            _wrap(ax.xaxis.label, width * ratio / sum(ratios))
            _wrap(ax.yaxis.label, height)
        figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return _for_the_page(buffer.getvalue(), name, label, round(width * 96))


def _wrap(label: "Text", inches: float) -> None:
    """Breaks an axis's label into lines that are no longer than the axis, which is 0.7 inches shorter than its side."""
    text = label.get_text()
    if text:
        wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
        points = STYLE["axes.labelsize"] * (wide + 0.55 * (len(text) - wide)) / len(text)
        label.set_text(textwrap.fill(text, max(int((inches - 0.7) * 72 / points), 10)))


def style(place: int) -> tuple[str, Any, str]:
    """Colour, dashes and marker of the line at a place, from 0. From the ninth on colours come again."""
    return SERIES[place % len(SERIES)], DASHES[(place + place // len(DASHES)) % len(DASHES)], MARKERS[place]


def plain(text: str) -> str:
    """For an id: letters and digits alone."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text)


def legend(entries: Sequence[tuple[str, str, Any, str]]) -> Markup:
    """A list of lines with their names, in HTML, which wraps on a narrow screen.

    Args:
        entries: name, colour, dashes and marker of each line.
    """
    items = []
    for name, colour, dashes, marker in entries:
        pattern = {"-": "", "--": "6 3", "-.": "6 2 1 2", ":": "1.5 2"}.get(dashes) if isinstance(dashes, str) else None
        pattern = " ".join(f"{part * 1.5:g}" for part in dashes[1]) if pattern is None else pattern
        items.append(
            Markup(
                '<li><svg width="30" height="12" viewBox="0 0 30 12" aria-hidden="true" '
                'style="stroke:var({0});fill:var({0})"><path d="M1 6h28" stroke-width="2"{1}/>{2}</svg>{3}</li>'
            ).format(
                VARIABLES[colour],
                Markup(' stroke-dasharray="{}"').format(pattern) if pattern else "",
                SHAPES.get(marker, Markup("")),
                name,
            )
        )
    return Markup('<ul class="keys">{}</ul>').format(Markup("").join(items))


def legend_of_lines(lines: Iterable[tuple[str, Sequence[Any]]]) -> Markup:
    """The names of lines, each in the style of its place; one without points is not in the drawing, nor here."""
    return legend([(name, *style(place)) for place, (name, points) in enumerate(lines) if points])


SHAPES = {
    "<": Markup('<path d="M11 6l7-4v8z"/>'),
    ">": Markup('<path d="M19 6l-7-4v8z"/>'),
    "o": Markup('<circle cx="15" cy="6" r="3.5"/>'),
    "s": Markup('<path d="M12 3h6v6h-6z"/>'),
    "^": Markup('<path d="M15 2l4 7h-8z"/>'),
    "D": Markup('<path d="M15 2l4 4-4 4-4-4z"/>'),
    "v": Markup('<path d="M15 10l4-7h-8z"/>'),
    "P": Markup('<path d="M14 2h2v3h3v2h-3v3h-2v-3h-3v-2h3z"/>'),
    "X": Markup('<path d="M12 2l3 3 3-3 1 1-3 3 3 3-1 1-3-3-3 3-1-1 3-3-3-3z"/>'),
    "*": Markup('<path d="M15 1l1.5 3.5h3.5l-3 2.5 1 4-3-2.4-3 2.4 1-4-3-2.5h3.5z"/>'),
}


def panel(caption: str, svg: Markup, keys: Markup | str = "") -> Markup:
    """A figure with its caption and the names of its lines."""
    return Markup('<figure class="panel"><figcaption>{}</figcaption>{}{}</figure>').format(caption, svg, keys)


def panels(figures: Sequence[Markup]) -> Markup:
    """Figures side by side, as many as the screen has room for."""
    return Markup('<div class="panels">{}</div>').format(Markup("\n").join(figures))


def _for_the_page(svg: str, name: str, label: str, width: int) -> Markup:
    """Matplotlib's file as a part of a page."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", body, flags=re.DOTALL)  # it would style the whole page
    used = set(re.findall(r'(?:xlink:href="#|url\(#)([^")]+)', body))
    body = re.sub(r' id="([^"]*)"', lambda it: f' id="{name}-{it[1]}"' if it[1] in used else "", body)
    body = re.sub(r'xlink:href="#([^"]+)"', rf'href="#{name}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", body)
    body = re.sub(r"'?DejaVu Sans'?[^;\"]*", "sans-serif", body)
    body = re.sub(r"#0[01]\d{4}", lambda it: f"var({VARIABLES[it[0]]})" if it[0] in VARIABLES else it[0], body)
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.DOTALL)
    view = re.search(r'viewBox="([^"]+)"', body)
    assert view is not None
    start = (
        f'<svg class="drawing" role="img" viewBox="{view[1]}" width="100%" style="max-width:{width}px" '
        f'stroke-linejoin="round" aria-label="{escape(label)}"><title>{escape(label)}</title>'
    )
    return Markup(start + re.sub(r"\s*\n\s*", "\n", body[body.index(">") + 1 :].strip()))
