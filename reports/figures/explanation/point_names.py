"""Names beside points that may lie close together: none over another, nor over a point."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZE = 9
"""Points of a letter's height."""
WIDTH = 0.68 * SIZE
"""Points of a letter's width, about."""
STEPS = (-11.0, 4.0, -21.0, 14.0, -31.0, 24.0, -41.0, 34.0, -51.0, 44.0, -61.0, 54.0)
"""Heights of a name above its point that are tried, in order."""
ROOM = 3.5
"""Points around a point that its mark takes."""

Box = tuple[float, float, float, float]
"""Left, bottom, right and top, in points."""


def name_points(axes: "Axes", named: Sequence[tuple[str, float, float]]) -> None:
    """Write each name beside its point, right of it if there is room; limits of the axes must be set before.

    Args:
        axes: with linear scales.
        named: name, x and y.
    """
    to_points = 72 / axes.figure.dpi
    places = [tuple(to_points * part for part in axes.transData.transform((x, y))) for _, x, y in named]
    frame = [to_points * part for part in axes.bbox.extents]
    taken: list[Box] = [(x - ROOM, y - ROOM, x + ROOM, y + ROOM) for x, y in places]
    for (name, x, y), (left, bottom) in zip(named, places, strict=True):
        width = WIDTH * len(name)
        tried = [(dx, dy) for dy in STEPS for dx in (5.0, -5.0 - width)]
        boxes = {(dx, dy): (left + dx, bottom + dy, left + dx + width, bottom + dy + SIZE) for dx, dy in tried}
        free = [at for at, box in boxes.items() if _inside(box, frame) and not any(_meet(box, it) for it in taken)]
        chosen = (free or tried)[0]
        taken.append(boxes[chosen])
        axes.annotate(name, (x, y), chosen, textcoords="offset points", fontsize=SIZE)


def _inside(box: Box, frame: Sequence[float]) -> bool:
    return box[0] >= frame[0] and box[1] >= frame[1] and box[2] <= frame[2] and box[3] <= frame[3]


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
