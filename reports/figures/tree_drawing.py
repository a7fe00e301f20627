"""A constituency tree as a drawing that lies on its side: words down the right, constituents to their left.

So a sentence of 20 words fits the width of a telephone. Constituents that the other tree lacks stand out.
"""

from collections.abc import Collection

from markupsafe import Markup

from reports.figures.drawing import plain
from repro.trees.tree import Constituent, Leaf, Node, depth, leaves

STEP, LINE, SIZE = 36, 18, 11
"""Pixels of a wide screen: from a constituent to those in it, from a word to the next, and of letters."""
SMALLEST = 0.8
"""Of its size a drawing keeps so much on a narrow screen, where it scrolls: letters of nine pixels can be read."""
LETTER = 0.7 * SIZE
"""Width of a letter, about."""

Span = tuple[str, int, int]
"""Label, first word, and the one after the last."""


def spans(tree: Constituent) -> set[Span]:
    """All constituents by their words, counted from 0."""
    found: set[Span] = set()

    def of(node: Node, first: int) -> int:
        if isinstance(node, Leaf):
            return first + 1
        last = first
        for child in node.children:
            last = of(child, last)
        found.add((node.label, first, last))
        return last

    of(tree, 0)
    return found


def draw_tree(name: str, label: str, tree: Constituent, other: Collection[Span] | None = None) -> Markup:
    """An SVG of a tree, in a box that scrolls where it is too narrow.

    Args:
        name: its id on the page.
        label: what it shows, for those who do not see it.
        tree: what is drawn.
        other: constituents that are as they should be; the rest stand out. None: none does.
    """
    words = list(leaves(tree))
    right = STEP * depth(tree) + STEP
    width = right + LETTER * max(len(leaf.word) for leaf in words) + 4
    height = LINE * len(words) + 4
    parts: list[Markup] = []

    def of(node: Node, first: int, level: int) -> tuple[int, float]:
        """Draw a node; the word after its last, and how far down it stands."""
        if isinstance(node, Leaf):
            y = LINE * (first + 0.5) + 2
            parts.append(_text(right, y, node.word, "var(--ink)"))
            return first + 1, y
        last, places = first, []
        for child in node.children:
            last, y = of(child, last, level + 1)
            places.append((child, y))
        middle = (places[0][1] + places[-1][1]) / 2
        wrong = other is not None and (node.label, first, last) not in other
        x = STEP * level + 2
        for child, y in places:
            begin, end = x + LETTER * len(node.label) + 3, right - 5 if isinstance(child, Leaf) else x + STEP - 3
            bend = min(begin + 6, end)
            parts.append(Markup('<path d="M{:.1f} {:.1f}H{:.1f}V{:.1f}H{:.1f}"/>').format(begin, middle, bend, y, end))
        parts.append(_text(x, middle, node.label, "var(--bad)" if wrong else "var(--c1)", bold=wrong))
        return last, middle

    of(tree, 0, 0)
    return Markup(
        '<div class="scroll"><svg class="drawing" id="{}" role="img" viewBox="0 0 {:.0f} {:.0f}" width="100%" '
        'style="max-width:{:.0f}px;min-width:{:.0f}px" aria-label="{}"><title>{}</title>'
        '<g fill="none" style="stroke:var(--muted)">{}</g></svg></div>'
    ).format(plain(name), width, height, width, SMALLEST * width, label, label, Markup("").join(parts))


def _text(x: float, y: float, text: str, colour: str, bold: bool = False) -> Markup:
    weight = Markup(' font-weight="bold"') if bold else ""
    return Markup('<text x="{:.1f}" y="{:.1f}" font-size="{}" style="fill:{};stroke:none"{}>{}</text>').format(
        x, y + SIZE / 3, SIZE, colour, weight, text
    )
