"""Concatenates the results of batches into one result for all instances."""

from collections.abc import Sequence
from dataclasses import fields
from typing import TypeVar

import torch
from torch import Tensor

T = TypeVar("T")


def concatenate(parts: Sequence[T]) -> T:
    """One result of many of its kind: a dataclass whose fields are tensors of B instances, or of other values.

    Tensors are put one after the other; where they differ in length, 0 (False) is put behind the shorter ones, as
    padding is. Of any other field the parts must agree.

    Raises:
        ValueError: no part at all, or parts that differ where they must not.
    """
    if not parts:
        raise ValueError("nothing to concatenate")
    values = {}
    for field in fields(parts[0]):  # type: ignore[arg-type]
        of_parts = [getattr(part, field.name) for part in parts]
        if isinstance(of_parts[0], Tensor):
            values[field.name] = concatenate_tensors(of_parts)
        elif all(value == of_parts[0] for value in of_parts):
            values[field.name] = of_parts[0]
        else:
            raise ValueError(f"parts differ in {field.name}")
    return type(parts[0])(**values)


def concatenate_tensors(tensors: Sequence[Tensor]) -> Tensor:
    """(B_1, ..., n_1), (B_2, ..., n_2), ... -> (B_1 + B_2 + ..., ..., largest n); of (B_1), (B_2), ... one row."""
    if tensors[0].dim() == 1:
        return torch.cat(list(tensors))
    longest = max(tensor.shape[-1] for tensor in tensors)
    return torch.cat([torch.nn.functional.pad(tensor, (0, longest - tensor.shape[-1])) for tensor in tensors])
