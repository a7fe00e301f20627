"""Heads of packed tokens laid out as padded rows, which is how a CPU attends best, and back.

Batched products want the vectors of one head and one sentence side by side, so padded heads are copied once
anyway. Here the same copy takes packed ones to their places in padded rows: packing costs no pass of its own.
"""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


class HeadRows:
    """A table of places: which row of the one layout lies where in the other.

    Args:
        places: (T,) of packed tokens in B padded rows of n; only the first R count, the others fill up.
        R: number of real tokens, under T.
        shape: B, n.
        parts: vectors of each head that lie side by side: 3 for queries, keys and values.
        h: heads.
    """

    def __init__(self, places: Tensor, R: int, shape: tuple[int, int], parts: int, h: int) -> None:
        (B, n), T = shape, len(places)
        self.R, self.packed, self.padded = R, (T, parts * h), (parts, B, h, n)
        # Padding has to read something: the row after the last real token, whose result is never used.
        token = places.new_full((B * n,), R).index_copy_(0, places[:R], torch.arange(R)).view(B, 1, n)
        part, head = torch.arange(parts), torch.arange(h)
        self._to_padded = ((token * parts + part[:, None, None, None]) * h + head[:, None]).flatten()
        b, i = places[:, None, None] // n, places[:, None, None] % n
        self._to_packed = (((part[:, None] * B + b) * h + head) * n + i).flatten()

    def spread(self, x: Tensor) -> Tensor:
        """(T, parts h d) -> (parts, B, h, n, d), with anything finite for padding.

        Its gradient is gathered by `collect`, so values at padding have no influence.
        """
        spread: Tensor = _Moved.apply(x, self._spread, self._collect)
        return spread

    def collect(self, y: Tensor) -> Tensor:
        """The inverse, with zeros after the real tokens.

        The rows after them must stay unused: padding's gradient is read from theirs, which has to be zero.
        """
        collected: Tensor = _Moved.apply(y, self._collect, self._spread)
        return collected

    def _spread(self, x: Tensor) -> Tensor:
        d = x.shape[1] // self.packed[1]
        # An embedding copies short rows in two thirds of the time that `index_select` takes.
        return F.embedding(self._to_padded, x.reshape(-1, d)).view(*self.padded, d)

    def _collect(self, y: Tensor) -> Tensor:
        d = y.shape[-1]
        x = F.embedding(self._to_packed, y.reshape(-1, d)).view(self.packed[0], -1)
        x[self.R :] = 0
        return x


class _Moved(torch.autograd.Function):
    """Rows gathered one way, and their gradient the other: adding it up row by row would be slower."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, gather: Callable[[Tensor], Tensor], gather_back: Callable[[Tensor], Tensor]
    ) -> Tensor:
        ctx.gather_back = gather_back
        return gather(x)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        return ctx.gather_back(gradient), None, None
