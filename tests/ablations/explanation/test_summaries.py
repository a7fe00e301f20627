"""Summaries against NumPy; what is undefined is counted and left out."""

import math

import numpy as np
import pytest
import torch

from ablations.explanation.summaries import by_largest_weight, median, of_classes, summarise


def test_undefined_values_are_counted_and_not_averaged() -> None:
    found = summarise(torch.tensor([0.5, math.nan, 1.5, 4.0, math.nan]))
    assert (found.mean, found.median, found.count, found.undefined) == (2.0, 1.5, 3, 2)
    assert found.deviation == pytest.approx(np.std([0.5, 1.5, 4.0]))
    nothing = summarise(torch.tensor([math.nan]))
    assert math.isnan(nothing.mean)
    assert (nothing.count, nothing.undefined) == (0, 1)


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_the_median_is_numpys(count: int) -> None:
    values = np.random.default_rng(count).random((3, count))
    assert median(torch.from_numpy(values), dim=1).numpy() == pytest.approx(np.median(values, axis=1))


def test_every_instance_is_in_one_bin() -> None:
    largest = torch.tensor([0.0, 0.24, 0.25, 0.5, 0.74, 0.75, 1.0, 1.0 + 1e-7])
    bins = by_largest_weight(torch.arange(8.0), largest)
    assert [each.values.tolist() for each in bins] == [[0, 1], [2], [3, 4], [5, 6, 7]]
    assert [(each.low, each.high) for each in bins] == [(0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1)]
    assert bins[2].as_record()["median"] == 3.5


def test_classes_are_those_predicted() -> None:
    which = of_classes(torch.tensor([1, 0, 1]), classes=3)
    assert {name: each.tolist() for name, each in which.items()} == {
        "all": [True] * 3,
        "0": [False, True, False],
        "1": [True, False, True],
        "2": [False] * 3,
    }
