"""Names of points that lie close together."""

from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from reports.figures.explanation.point_names import name_points


def test_names_of_close_points_neither_meet_nor_leave_the_axes():
    figure = Figure(figsize=(5.0, 3.3))
    axes = figure.subplots()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    named = [(f"λ = {k / 1000:g}", 0.98 - k / 2000, 0.02 + k / 1500) for k in (0, 1, 2, 5, 10)]
    name_points(axes, named)
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [text.get_window_extent(renderer) for text in axes.texts]
    assert [text.get_text() for text in axes.texts] == [name for name, _, _ in named]
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert all(box.x0 >= axes.bbox.x0 and box.x1 <= axes.bbox.x1 + 1 for box in boxes)
