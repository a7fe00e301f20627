"""What a training reached is a matter of the machine only where the clock ended it."""

import pytest

from repro.ledger.records.declarations import declared_of_records
from repro.metric_declaration import declaration_of
from tests.reports.records import metric, planted

FIT = "repro.training:fit"


def training(updates, max_steps=500, max_time="00:01:00:00"):
    config = {"trainer": {"max_steps": max_steps, "max_time": max_time}}
    return planted("main", "transformer", 1, {"train.updates": metric(updates)}, config=config)


@pytest.mark.parametrize(
    ("records", "timed"),
    [
        ([training(500)], False),
        ([training(500), training(500)], False),
        ([training(499)], True),
        ([training(500), training(499)], True),
        ([training(500, max_steps=-1)], True),
        ([training(None)], True),
        ([training(499, max_time=None)], False),
    ],
)
def test_a_limit_of_time_counts_where_it_ended_a_training(records, timed):
    declared = declared_of_records(FIT, records)
    assert declaration_of(declared, "dev.nll").timed is timed
    assert declaration_of(declared, "train.seconds").timed


@pytest.mark.parametrize("config", [{}, {"trainer": "fast"}, {"trainer": {"max_steps": "many"}}])
def test_a_configuration_that_nobody_here_made(config):
    record = planted("main", "transformer", 1, {"train.updates": metric(3)}, config=config)
    declared_of_records(FIT, [record])
    assert declared_of_records("no.such:function", [record]) is None
