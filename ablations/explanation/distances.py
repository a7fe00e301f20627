"""Distances between two outputs, and between two attentions.

Outputs are compared by total variation distance, attentions by Jensen-Shannon divergence, as in both papers. The last
dimension holds a distribution. Places where both have weight exactly 0, such as padding, never count and never cause a
gradient of NaN.
"""

import math
from typing import Any, Literal

import torch
from torch import Tensor

Form = Literal["whole", "half"]
"""Of the total variation distance: half the sum of differences, or half of that, as in Wiegreffe & Pinter's code."""

LARGEST_JSD = math.log(2)
"""Of two distributions that have no place in common."""

SMALLEST_WEIGHT = 1e-30
"""A weight below counts as 0: half of it may be no normal float32, and its part of any measure is under 1e-28."""


def tvd(p: Tensor, q: Tensor, form: Form = "whole") -> Tensor:
    """Total variation distance of two distributions: (..., C) and (..., C) -> (...), at most 1.

    Jain & Wallace, section 4, and Wiegreffe & Pinter, section 3.1: half the sum over classes of |p - q|. With two
    classes that is |p_1 - q_1|, which the first paper's code takes of its one sigmoid output. The second paper's code
    (common_code/metrics.py) takes 0.5 |p_1 - q_1| of it, and sums it over instances where the paper averages:
    `form="half"`, at most 0.5.
    """
    whole = (p - q).abs().sum(dim=-1) / 2
    return whole if form == "whole" else whole / 2


def kl(p: Tensor, q: Tensor) -> Tensor:
    """Kullback-Leibler divergence of p from q in nats: (..., n) and (..., n) -> (...); infinite if q misses some of p.

    Zeros are put aside before the logarithm, so that neither padding nor its gradient is NaN.
    """
    support = p >= SMALLEST_WEIGHT
    logs = torch.where(support, p, 1).log() - torch.where(support, q, 1).log()
    return (torch.where(support, p, 0) * logs).sum(dim=-1)


def jsd(p: Tensor, q: Tensor) -> Tensor:
    """Jensen-Shannon divergence in nats: (..., n) and (..., n) -> (...), from 0 to `LARGEST_JSD`.

    Jain & Wallace, section 4: the mean of KL(p, m) and KL(q, m), m being the mean of p and q.
    """
    m = (p + q) / 2
    return (kl(p, m) + kl(q, m)) / 2


def negentropy(p: Tensor) -> Tensor:
    """Sum of p log p: (..., n) -> (...). `jsd` is the mean of two distributions' less that of their mean."""
    total: Tensor = _Negentropy.apply(p)
    return total


class _Negentropy(torch.autograd.Function):
    """With its derivative, 1 + log p, written out: the logarithms are there already, and are finite at 0."""

    @staticmethod
    def forward(ctx: Any, p: Tensor) -> Tensor:
        logs = p.clamp_min(SMALLEST_WEIGHT).log()
        ctx.save_for_backward(logs)
        return (p * logs).sum(dim=-1)

    @staticmethod
    def backward(ctx: Any, along: Tensor) -> Tensor:
        (logs,) = ctx.saved_tensors
        return along[..., None] * (1 + logs)
