"""Results of batches, put together."""

from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from ablations.explanation.concatenation import concatenate


@dataclass(frozen=True)
class Result:
    value: Tensor
    weights: Tensor
    every: Tensor
    name: str = "it"


def a_part(rows: int, n: int, at: int) -> Result:
    return Result(torch.arange(rows) + at, torch.ones(rows, n), torch.ones(rows, 2, n))


def test_shorter_rows_are_padded() -> None:
    whole = concatenate([a_part(2, 3, at=0), a_part(1, 5, at=2)])
    assert whole.value.tolist() == [0, 1, 2]
    assert whole.weights.tolist() == [[1, 1, 1, 0, 0]] * 2 + [[1] * 5]
    assert whole.every.shape == (3, 2, 5)
    assert whole.name == "it"


def test_what_cannot_be_concatenated() -> None:
    with pytest.raises(ValueError, match="nothing"):
        concatenate([])
    with pytest.raises(ValueError, match="name"):
        concatenate([a_part(1, 1, 0), Result(torch.ones(1), torch.ones(1, 1), torch.ones(1, 2, 1), "other")])
