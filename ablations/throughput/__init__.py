"""Throughput of this project's model beside others, on equal weights and equal batches, in turns.

    workload.py       fixed seeded batches of realistic lengths, sizes of models, initial weights
    contenders/       one file a contender: how its library builds the model, trains and decodes it
    contender.py      the process of one contender, which works when it is told to
    turns.py          starts the processes and visits them in turns, so that drift hits all alike
    environment.py    makes the virtual environment that holds the other libraries
    measurements.py   the cells of the grid

A grid calls `measure`, which is imported on demand: planning needs no torch.
"""

from typing import TYPE_CHECKING, Any

from ablations.throughput.checking import check as check_measure

if TYPE_CHECKING:
    from ablations.throughput.measurements import measure

__all__ = ["check_measure", "measure"]


def __getattr__(name: str) -> Any:
    if name == "measure":
        from ablations.throughput.measurements import measure

        return measure
    raise AttributeError(f"module {__name__} has no attribute {name}")
