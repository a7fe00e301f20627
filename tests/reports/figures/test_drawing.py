"""What sets lines apart."""

from reports.figures import drawing


def test_as_many_lines_as_there_are_markers_can_be_told_apart():
    styles = [drawing.style(place) for place in range(len(drawing.MARKERS))]
    assert len({marker for *_, marker in styles}) == len(styles)
    assert len({(colour, str(dashes)) for colour, dashes, _ in styles}) == len(styles)
    assert set(drawing.MARKERS) <= drawing.SHAPES.keys()
