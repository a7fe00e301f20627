"""What the section on explanation shows, read back: its drawings, rows and intervals."""

import math
import re

import numpy as np

from reports.section import Section
from tests.reports.figures.sections import drawings

HALF = 2.7764451 * np.std([0.01, 0.02, 0.03, 0.04, 0.05], ddof=1) / math.sqrt(5)
"""Of Student's t interval over the planted shifts of 5 seeds."""


def drawn(found: Section | None, name: str) -> str:
    """The drawing whose label begins so."""
    [svg] = [svg for svg in drawings(found) if f'aria-label="{name}' in svg]
    return svg


def ink(svg: str) -> list[tuple[float, float]]:
    """Places of marks in the colour of text."""
    closed = {name for name, d in re.findall(r'<path id="([^"]+)" d="([^"]+)"', svg) if d.rstrip().lower()[-1] == "z"}
    uses = re.findall(r'<use href="#([^"]+)" x="([-\d.]+)" y="([-\d.]+)" style="([^"]+)"', svg)
    return [(float(x), float(y)) for name, x, y, style in uses if name in closed and "var(--ink)" in style]


def interval(mean: float, half: float = HALF, digits: int = 3) -> str:
    return f"{mean:.{digits}f} [{mean - half:.{digits}f}, {mean + half:.{digits}f}]"


def rows_of_table(found: Section | None, head: str) -> list[list[str]]:
    assert found is not None
    rows = re.findall(rf'<tr><th scope="row">{re.escape(head)}</th>(.*?)</tr>', found.html, re.DOTALL)
    return [[re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td>(.*?)</td>", row, re.DOTALL)] for row in rows]
