"""The seconds of a cell, from records that left out a part of them, too."""

import pytest

from repro.ledger.records.time_spent import time_spent
from tests.reports.records import metric, planted


@pytest.mark.parametrize(
    ("metrics", "seconds"),
    [
        ({}, 100.0),
        ({"train.seconds": metric(90.0)}, 100.0),
        ({"train.seconds": metric(977.0)}, 977.0),
        ({"train.seconds": metric(None)}, 100.0),
    ],
)
def test_a_cell_took_at_least_as_long_as_its_training(metrics, seconds):
    assert time_spent(planted("heads", "one", 1, metrics, seconds=100.0)) == seconds
