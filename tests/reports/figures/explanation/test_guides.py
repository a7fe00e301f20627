"""F1 under each kind of weights."""

from tests.reports.figures.explanation.drawn import interval
from tests.reports.figures.sections import cells_of


def test_f1_stands_beside_the_papers_which_is_marked_as_from_memory(found, sst):
    cells = cells_of(found)
    assert cells["bilstm-additive: model: learned"] == [interval(0.93), "5"]
    assert cells["bilstm-additive: words alone: the base's"] == [interval(0.83), "5"]
    papers = cells_of(sst)
    assert papers["bilstm-additive: model: uniform"] == ["0.850 [0.850, 0.850]", "5", "0.822 *"]
    assert papers["bilstm-additive: words alone: adversary's"] == ["–", "0", "0.592 *"]
