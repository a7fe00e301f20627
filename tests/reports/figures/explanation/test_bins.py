"""Texts in bins by their largest weight."""

import numpy as np
import pytest

from ablations.explanation.summaries import by_largest_weight
from reports.figures.explanation import bins
from tests.reports.figures.explanation.drawn import drawn, ink, interval, rows_of_table
from tests.reports.figures.sections import text_of


def test_texts_are_put_into_the_bins_that_the_experiments_use():
    torch = pytest.importorskip("torch")
    largest = np.array([0.0, 0.2, 0.25, 0.4999, 0.5, 0.74, 0.75, 1.0])
    values = np.arange(8.0)
    theirs = by_largest_weight(torch.tensor(values), torch.tensor(largest))
    for ours, each in zip(bins.split(values, largest), theirs, strict=True):
        assert ours.tolist() == each.values.tolist()


def test_bins_have_their_means_and_counts(found):
    permuted, apart = (row for row in rows_of_table(found, "bilstm-additive") if "(n = " in row[-1])
    assert permuted[0] == "0.250 [0.250, 0.250]"
    assert permuted[1:] == [f"{interval(mean + 0.03)} (n = 5)" for mean in (0.1, 0.2, 0.3, 0.4)]
    assert apart[0] == interval(0.53)
    [seeds] = rows_of_table(found, "bilstm-additive, other seeds")
    assert seeds[0] == interval(0.33)
    assert seeds[1] == "– (n = 5)"
    assert "75% of the texts have an adversary farther than the median seed, 50% one farther than every" in text_of(
        found
    )


def test_means_of_bins_are_marked_in_order(found):
    places = sorted(ink(drawn(found, "Median change of the output")), key=lambda at: at[1])
    assert len(places) == 8
    steps = np.diff([x for x, _ in places[:4]])
    np.testing.assert_allclose(steps, steps[0], rtol=1e-3)
    assert steps[0] > 0


def test_ln_2_is_marked(found):
    assert ">ln 2<" in drawn(found, "Divergence from the learned attention")
