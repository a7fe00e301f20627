"""A measured number as a drawing the height of a line: its interval, and what it is held against."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.claims.claim import Question
from reports.verdicts.rules import Measured

WIDTH, HEIGHT, EDGE = 132, 20, 6
"""Of the drawing, and what is left free at its left and right; in user units."""


@dataclass(frozen=True)
class Mark:
    """What a measurement is held against.

    Attributes:
        at: its place: no difference, or the number expected.
        margin: how far around it counts as the same; None where nothing does.
        stated: whether it is a number of the paper, not the place of no difference.
    """

    at: float
    margin: float | None
    stated: bool


def mark_of(question: Question, measured: Measured) -> Mark | None:
    """What is drawn beside the number: zero for differences and tau, what is expected for numbers."""
    if measured.kind in ("difference", "tau"):
        return Mark(0.0, question.margin if measured.kind == "difference" else None, stated=False)
    if question.expected is not None:
        return Mark(question.expected, question.margin, stated=True)
    if measured.base is not None:
        return Mark(measured.base, question.margin, stated=False)
    return None


def interval_svg(measured: Measured, mark: Mark | None, label: str) -> Markup:
    """The drawing; empty where there is neither an interval nor a mark.

    Args:
        measured: with a value, or with those of several runs, each of which is a point.
        mark: what it is held against.
        label: the drawing in words, for those who do not see it.
    """
    values = measured.runs if measured.value is None else (measured.value,)
    if not values or (measured.low is None and mark is None and len(values) < 2):
        return Markup("")
    low = min(values) if measured.low is None else measured.low
    high = max(values) if measured.high is None else measured.high
    left, right = _span([low, high, *values], mark)

    def x(number: float) -> str:
        share = 0.5 if right == left else (min(max(number, left), right) - left) / (right - left)
        return f"{EDGE + share * (WIDTH - 2 * EDGE):.1f}"

    middle = HEIGHT / 2
    parts = []
    if mark is not None:
        if mark.margin:
            first, last = float(x(mark.at - mark.margin)), float(x(mark.at + mark.margin))
            box = Markup('<rect class="margin" x="{:.1f}" y="3" width="{:.1f}" height="{}"/>')
            parts.append(box.format(first, max(last - first, 0.5), HEIGHT - 6))
        kind = "stated" if mark.stated else "zero"
        line = Markup('<line class="{}" x1="{x}" x2="{x}" y1="1" y2="{}"/>')
        parts.append(line.format(kind, HEIGHT - 1, x=x(mark.at)))
    if high > low:
        line = Markup('<path class="interval" d="M{0} {2}H{1}M{0} {3}V{4}M{1} {3}V{4}"/>')
        parts.append(line.format(x(low), x(high), middle, middle - 4, middle + 4))
    for value in values:
        parts.append(Markup('<circle class="point" cx="{}" cy="{}" r="3"/>').format(x(value), middle))
    head = Markup('<svg class="drawn" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">')
    return head.format(WIDTH, HEIGHT, WIDTH, HEIGHT, label) + Markup("").join(parts) + Markup("</svg>")


def _span(numbers: Sequence[float], mark: Mark | None) -> tuple[float, float]:
    """From where to where it is drawn: all of the interval, and its mark; a wide margin is cut off."""
    points = [*numbers, *([] if mark is None else [mark.at])]
    left, right = min(points), max(points)
    if mark is not None and mark.margin:
        spread = right - left
        reach = 1.2 * (min(mark.margin, 1.5 * spread) if spread else mark.margin)
        left, right = min(left, mark.at - reach), max(right, mark.at + reach)
    return left, right
