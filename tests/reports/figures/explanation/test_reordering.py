"""Texts in another order."""

from tests.reports.figures.explanation.drawn import drawn, rows_of_table
from tests.reports.figures.sections import markers


def test_reordered_reviews_have_the_control(found):
    sentences, clauses = rows_of_table(found, "average (control)")
    assert sentences[:4] == ["sentences", "1.000 [1.000, 1.000]", "1.000 [1.000, 1.000]", "0.000 [0.000, 0.000]"]
    assert clauses[4:] == ["0.950 [0.950, 0.950]", "–"]
    places = markers(drawn(found, "Mean Kendall&#39;s tau, word by word. Right: words keep their rank"))
    (one, top), (control, below) = sorted(places["--c1"], key=lambda at: at[1])
    assert (control > one, below > top) == (True, True)
