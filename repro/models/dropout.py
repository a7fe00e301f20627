"""Dropout with masks that are cheap to draw on a CPU.

torch draws one random number an element on a single thread there, which costs a small model an eighth of
its time. Four elements share one 64-bit draw here, 16 bits each: the probability is rounded to a multiple
of 2^-16, and kept elements are scaled by the inverse of exactly the probability they are kept with.
"""

from numbers import Real

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.errors import BadInput

STEPS = 1 << 16


def check_probability(name: str, p: float) -> None:
    """Refuse values that are no dropout probability; a negative one would silently scale activations.

    Raises:
        BadInput: not a number from 0 to less than 1.
    """
    if not isinstance(p, Real) or not 0 <= p < 1:
        raise BadInput(f"{name} is {p!r}; it must be at least 0 and less than 1")


def dropout_mask(like: Tensor, p: float) -> Tensor:
    """0 with probability p, else 1 / (1 - p), independently for each element of a tensor like `like`."""
    dropped = round(p * STEPS)
    draws = torch.empty((like.numel() + 3) // 4, dtype=torch.int64).random_(-(1 << 63), None)
    sixteen_bits = draws.view(torch.int16)[: like.numel()].view(like.shape)
    kept = sixteen_bits >= dropped - STEPS // 2
    return kept.to(like.dtype).mul_(STEPS / (STEPS - dropped))


def dropout(x: Tensor, p: float, training: bool) -> Tensor:
    """Each element dropped with probability p while training, and the others scaled to keep the mean."""
    if not training or p == 0.0:
        return x
    if x.device.type != "cpu" or round(p * STEPS) >= STEPS:
        return F.dropout(x, p)
    return x * dropout_mask(x, p)


class Dropout(nn.Module):
    """`dropout` as a module.

    Args:
        p: probability of dropping an element.

    Raises:
        BadInput: it is not at least 0 and less than 1.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        check_probability("p", p)
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Any shape, kept."""
        return dropout(x, self.p, self.training)
