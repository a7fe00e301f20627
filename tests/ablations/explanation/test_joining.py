"""Results of batches, put together."""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from ablations.explanation.joining import in_order, joined


@dataclass(frozen=True)
class Found:
    value: Tensor
    weights: Tensor
    every: Tensor
    name: str = "it"


def a_part(rows: int, n: int, at: int) -> Found:
    return Found(torch.arange(rows) + at, torch.ones(rows, n), torch.ones(rows, 2, n))


def test_shorter_rows_are_padded() -> None:
    whole = joined([a_part(2, 3, at=0), a_part(1, 5, at=2)])
    assert whole.value.tolist() == [0, 1, 2]
    assert whole.weights.tolist() == [[1, 1, 1, 0, 0]] * 2 + [[1] * 5]
    assert whole.every.shape == (3, 2, 5)
    assert whole.name == "it"


def test_instances_in_the_order_of_their_numbers() -> None:
    parts = [a_part(2, 3, at=0), a_part(1, 5, at=2)]
    assert in_order(parts, [torch.tensor([2, 0]), torch.tensor([1])]).value.tolist() == [1, 2, 0]


def test_what_cannot_be_joined() -> None:
    with pytest.raises(ValueError, match="nothing"):
        joined([])
    with pytest.raises(ValueError, match="name"):
        joined([a_part(1, 1, 0), Found(torch.ones(1), torch.ones(1, 1), torch.ones(1, 2, 1), "other")])
