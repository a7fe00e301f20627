"""Throughput of this project's model beside others, on equal weights and equal batches, in turns; and of the rest.

    workload.py       fixed seeded batches of realistic lengths, sizes of models, initial weights
    peers/           one file a peer: how its library builds the model, trains and decodes it
    worker.py        the process of one peer, which works when it is told to
    turns.py          starts the processes and visits them in turns, so that drift hits all alike
    environment.py    makes the virtual environment that holds the other libraries
    measurements.py   the cells of the grid `throughput`
    preparation.py    those of `preparation`: a corpus of millions of pairs, made by text.py
    start_up.py       those of `startup`: commands that compute nothing
    learning.py       those of `learning`: the learning curve beside that of torch's own layers

Grids call the functions below, which are imported on demand: planning needs no torch.
"""

import importlib
from typing import TYPE_CHECKING, Any

from ablations.throughput.checking import check as check_measure
from ablations.throughput.checking import check_learning as check_measure_learning
from ablations.throughput.checking import check_preparation as check_measure_preparation
from ablations.throughput.checking import check_start_up as check_measure_start_up
from ablations.throughput.metric_declarations import (
    metrics_measure,
    metrics_measure_learning,
    metrics_measure_preparation,
    metrics_measure_start_up,
)

if TYPE_CHECKING:
    from ablations.throughput.learning import measure_learning
    from ablations.throughput.measurements import measure
    from ablations.throughput.preparation import measure_preparation
    from ablations.throughput.start_up import measure_start_up

__all__ = [
    "check_measure",
    "check_measure_learning",
    "check_measure_preparation",
    "check_measure_start_up",
    "measure",
    "measure_learning",
    "measure_preparation",
    "measure_start_up",
    "metrics_measure",
    "metrics_measure_learning",
    "metrics_measure_preparation",
    "metrics_measure_start_up",
]

PLACES = {
    "measure": "measurements",
    "measure_learning": "learning",
    "measure_preparation": "preparation",
    "measure_start_up": "start_up",
}


def __getattr__(name: str) -> Any:
    if name in PLACES:
        return getattr(importlib.import_module(f"{__name__}.{PLACES[name]}"), name)
    raise AttributeError(f"module {__name__} has no attribute {name}")
