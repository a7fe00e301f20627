"""Additive attention (Bahdanau, Cho and Bengio 2015, appendix A.1.2), which section 3.2.1 compares with dot products.

Its compatibility function is a feed-forward network with a single hidden layer, v_a^T tanh(W q + U k), here for each
head: W and U are the head's rows of W^Q and W^K. The hidden layer of all pairs would take d_k times the memory of the
scores. So it is computed for some queries at a time, and once more in the backward pass.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from repro.models.dot_product_attention import weighted_values
from repro.models.masks import may_attend

BLOCK = 1 << 20
"""Numbers of the hidden layer that are computed at once, or those of a single query, which are as many as the keys'."""


def additive_scores(Q: Tensor, K: Tensor, v_a: Tensor) -> Tensor:
    """v_a^T tanh(q + k) of every query and every key.

    Args:
        Q: (B, h, m, d_k) projected queries.
        K: (B, h, n, d_k) projected keys.
        v_a: (h, d_k), of each head.

    Returns:
        (B, h, m, n).
    """
    scores: Tensor = _Scores.apply(Q, K, v_a.to(Q.dtype))
    return scores


class _Scores(torch.autograd.Function):
    """Block by block. A score's gradient g adds v_a g (1 - tanh^2) to those of q and k, g tanh to that of v_a."""

    @staticmethod
    def forward(ctx: Any, Q: Tensor, K: Tensor, v_a: Tensor) -> Tensor:
        ctx.save_for_backward(Q, K, v_a)
        scores = Q.new_empty(*Q.shape[:-1], K.shape[-2])
        for block, hidden in _hidden(Q, K):
            scores[:, :, block] = (hidden @ v_a[:, None, :, None]).squeeze(-1)
        return scores

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Any:
        Q, K, v_a = ctx.saved_tensors
        exact = torch.promote_types(Q.dtype, torch.float32)  # blocks add up, which 16 bits would round each time
        dQ, dK, dv_a = torch.empty_like(Q), torch.zeros_like(K, dtype=exact), torch.zeros_like(v_a, dtype=exact)
        for block, hidden in _hidden(Q, K):
            g = gradient[:, :, block].to(Q.dtype)
            dv_a += (g.unsqueeze(-2) @ hidden).sum(dim=(0, 2, 3), dtype=exact)
            s = hidden.square_().neg_().add_(1).mul_(g.unsqueeze(-1))
            dQ[:, :, block] = s.sum(dim=3) * v_a[:, None]
            dK += s.sum(dim=2, dtype=exact)
        return dQ, (dK * v_a[:, None]).to(K.dtype), dv_a.to(v_a.dtype)


def _hidden(Q: Tensor, K: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Some queries at a time: which, and tanh(q + k) of them and all keys, (B, h, queries, n, d_k)."""
    queries = max(1, BLOCK // max(1, K.numel()))
    for first in range(0, Q.shape[2], queries):
        block = slice(first, first + queries)
        yield block, (Q[:, :, block].unsqueeze(-2) + K.unsqueeze(-3)).tanh_()


def additive_attention(
    Q: Tensor, K: Tensor, V: Tensor, v_a: Tensor, mask: Tensor | None, dropout: float = 0.0
) -> tuple[Tensor, Tensor]:
    """softmax(`additive_scores`) V, with its weights.

    Args:
        Q, K, v_a: as of `additive_scores`.
        V: (B, h, n, d_v) values.
        mask: broadcastable to (B, h, m, n), boolean or its `mask_bias`; `True` = may attend. None: everything may.
        dropout: probability of dropping a weight.

    Returns:
        (B, h, m, d_v) outputs and (B, h, m, n) weights, both zero for a query that may attend to nothing.
    """
    if mask is not None and mask.is_floating_point():
        mask = may_attend(mask)
    return weighted_values(additive_scores(Q, K, v_a), V, mask, dropout)
