"""Throughput of this project's model and of other libraries', with equal weights and batches, in turns; other timings.

    workload.py       fixed seeded batches of realistic lengths, sizes of models, initial weights
    peers/           one file a peer: how its library builds the model, trains and decodes it
    worker.py        the process of one peer, which works on request
    turns.py          starts the processes and visits them in turns, so that drift hits all alike
    environment.py    makes the virtual environment that holds the other libraries
    measurements.py   the cells of the grid `throughput`
    preparation.py    those of `preparation`: a corpus of millions of pairs, made by text.py
    start_up.py       those of `startup`: commands that compute nothing
    step_profile.py   those of `profile`: where the time of an update goes
    learning.py       those of `learning`: the learning curve beside that of torch's own layers

Grids call the functions below, which are imported on demand: planning needs no torch.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ablations.throughput.configuration import Learning, Preparation, StartUp, StepProfile, Throughput
from ablations.throughput.environment import check_folder, interpreter, note_if_missing
from ablations.throughput.metric_declarations import (
    metrics_measure,
    metrics_measure_learning,
    metrics_measure_preparation,
    metrics_measure_start_up,
    metrics_measure_step_profile,
)
from repro.data.selection import select_corpus
from repro.dataclass_config import from_mapping
from repro.lazy_attributes import lazy_attributes

if TYPE_CHECKING:
    from ablations.throughput.learning import measure_learning
    from ablations.throughput.measurements import measure
    from ablations.throughput.preparation import measure_preparation
    from ablations.throughput.start_up import measure_start_up
    from ablations.throughput.step_profile import measure_step_profile
else:
    __getattr__ = lazy_attributes(
        __name__,
        {
            "measure": "ablations.throughput.measurements",
            "measure_learning": "ablations.throughput.learning",
            "measure_preparation": "ablations.throughput.preparation",
            "measure_start_up": "ablations.throughput.start_up",
            "measure_step_profile": "ablations.throughput.step_profile",
        },
    )

__all__ = [
    "check_measure",
    "check_measure_learning",
    "check_measure_preparation",
    "check_measure_start_up",
    "check_measure_step_profile",
    "measure",
    "measure_learning",
    "measure_preparation",
    "measure_start_up",
    "measure_step_profile",
    "metrics_measure",
    "metrics_measure_learning",
    "metrics_measure_preparation",
    "metrics_measure_start_up",
    "metrics_measure_step_profile",
]


def check_measure(config: Mapping[str, Any]) -> None:
    """Check a whole configuration, and for the other libraries where they are said to be; note those not found.

    Raises:
        BadInput: one sentence that names the key and what to do.
    """
    peers = from_mapping(Throughput, config).peers
    check_folder(peers)
    for name in peers:
        note_if_missing(name, interpreter(name))


def check_measure_preparation(config: Mapping[str, Any]) -> None:
    """Check a configuration of `measure_preparation`.

    Raises:
        BadInput: as `check_measure`.
    """
    from_mapping(Preparation, config)


def check_measure_start_up(config: Mapping[str, Any]) -> None:
    """Check a configuration of `measure_start_up`.

    Raises:
        BadInput: as `check_measure`.
    """
    from_mapping(StartUp, config)


def check_measure_step_profile(config: Mapping[str, Any]) -> None:
    """Check a configuration of `measure_step_profile`.

    Raises:
        BadInput: as `check_measure`.
    """
    from_mapping(StepProfile, config)


def check_measure_learning(config: Mapping[str, Any]) -> None:
    """Check a configuration of `measure_learning`, and for its corpus, so that not every cell fails without it.

    Raises:
        BadInput: as `check_measure`; also where the corpus's files are missing.
    """
    select_corpus(from_mapping(Learning, config).corpus)
