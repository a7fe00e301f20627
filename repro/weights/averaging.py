"""The average of the last checkpoints (section 6.1: the last 5 for base, 20 for big)."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor


def average(states: Iterable[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of several states of one model, parameter by parameter, in float64.

    Tensors that share memory under several names are one parameter: they are averaged once and
    stay shared in the result.

    Args:
        states: state dictionaries with the same keys; read one at a time.

    Raises:
        ValueError: no state, or keys that differ.
    """
    sums: dict[str, Tensor] = {}
    dtypes: dict[str, torch.dtype] = {}
    first_names: dict[str, str] = {}
    count = 0
    for state in states:
        if not count:
            seen: dict[tuple[int, tuple[int, ...], tuple[int, ...]], str] = {}
            for name, tensor in state.items():
                place = (tensor.data_ptr(), tuple(tensor.shape), tensor.stride())
                first_names[name] = seen.setdefault(place, name)
                dtypes[name] = tensor.dtype
        elif state.keys() != first_names.keys():
            raise ValueError("the checkpoints to average hold different parameters")
        for name in set(first_names.values()):
            value = state[name].to(torch.float64)
            sums[name] = sums[name] + value if name in sums else value.clone()
        count += 1
    if not count:
        raise ValueError("no checkpoint to average")
    means = {name: (total / count).to(dtypes[name]) for name, total in sums.items()}
    return {name: means[first] for name, first in first_names.items()}
