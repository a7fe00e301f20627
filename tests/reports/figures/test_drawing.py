"""What sets lines apart, and labels that stay within the drawing."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from reports.figures import drawing


def test_as_many_lines_as_there_are_markers_can_be_told_apart():
    styles = [drawing.style(place) for place in range(len(drawing.MARKERS))]
    assert len({marker for *_, marker in styles}) == len(styles)
    assert len({(colour, str(dashes)) for colour, dashes, _ in styles}) == len(styles)
    assert set(drawing.MARKERS) <= drawing.SHAPES.keys()


def labelled(label, ratios):
    painted = []

    def paint(*axes):
        painted.extend(axes)
        for ax in axes:
            ax.set_xlabel(label)
            ax.set_ylabel(label)

    drawing.draw("name", "label", paint, ratios=ratios)
    return painted


@pytest.mark.parametrize("ratios", [(1,), (1, 1.5)], ids=["one", "two"])
@pytest.mark.parametrize("label", ["BLEU", "negative log-likelihood on the dev set, averaged checkpoints"])
def test_a_label_stays_within_the_drawing(label, ratios):
    axes = labelled(label, ratios)
    figure = axes[0].figure
    renderer = FigureCanvasAgg(figure).get_renderer()
    for ax, ratio in zip(axes, ratios, strict=True):
        assert ax.xaxis.label.get_window_extent(renderer).width < figure.bbox.width * ratio / sum(ratios)
        assert ax.yaxis.label.get_window_extent(renderer).height < figure.bbox.height


def test_a_letter_of_an_east_asian_script_is_as_wide_as_it_is_high():
    (ax,) = labelled("검증 집합의 음의 로그 가능도, 평균한 체크포인트, 검증 집합의 음의 로그 가능도", (1,))
    lines = ax.yaxis.label.get_text().splitlines()
    assert max(map(len, lines)) * 10 < drawing.HEIGHT * 72


def test_a_line_without_points_is_not_in_the_legend_and_the_others_keep_their_styles():
    names = drawing.legend_of_lines([("first", []), ("second", [(1, 2)])])
    assert "first" not in names
    assert names == drawing.legend([("second", *drawing.style(1))])
