"""Random numbers of an instance that depend neither on its batch, nor on padding, nor on earlier draws."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ablations.explanation.data.dataset import Batch

Draw = Callable[[np.random.Generator, tuple[int, int]], NDArray[np.float64]]


def normals(batch: Batch, times: int, seed: int) -> Tensor:
    """(B, times, n) standard normal numbers at attendable places, 0 elsewhere."""
    return _draw(batch, times, seed, lambda generator, shape: generator.standard_normal(shape))


def permutations(batch: Batch, times: int, seed: int) -> Tensor:
    """(B, times, n) permutations of places: attendable ones change places with each other, all others stay."""
    keys = _draw(batch, times, seed, lambda generator, shape: generator.random(shape))
    away = ~batch.attendable[:, None]
    # Places that attention may take come first, in random order in one list and in their own order in the other.
    shuffled = keys.masked_fill(away, torch.inf).argsort(dim=-1, stable=True)
    own = away.long().argsort(dim=-1, stable=True).expand_as(shuffled)
    return torch.empty_like(shuffled).scatter_(-1, own, shuffled)


def _draw(batch: Batch, times: int, seed: int, draw: Draw) -> Tensor:
    draws = np.zeros((len(batch), times, batch.tokens.shape[1]), dtype=np.float32)
    attendable = batch.attendable.cpu().numpy()
    for row, (index, places) in enumerate(zip(batch.index.tolist(), attendable, strict=True)):
        generator = np.random.default_rng([seed, index])
        draws[row][:, places] = draw(generator, (times, int(places.sum())))
    return torch.from_numpy(draws).to(batch.tokens.device)
