"""Scaled dot-product attention and multi-head attention (sections 3.2.1 and 3.2.2).

Deviations from the paper, all off by default: a scale other than 1/sqrt(d_k), dropout on the
attention weights (tensor2tensor's later settings have it), d_k and d_v that are not d_model / h.
No projection has a bias, as in tensor2tensor; the paper's equations have none either.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.models.dropout import dropout as drop
from repro.models.masks import mask_bias, may_attend
from repro.models.packing import Pairing

Scale = float | Literal["1/sqrt(d_k)", "none"]

SHORT_ROW = 256
"""Up to so many keys, two batched products and a softmax beat the fused kernel on a CPU, whose
backward pass is slow for short rows."""

FEW_QUERIES = 16
"""Up to so many queries they do so for any number of keys: the beams of a search."""

VECTOR = 16
"""float32 numbers in a register of AVX-512."""


def scale_factor(scale: Scale, d_k: int) -> float:
    """The number that multiplies QK^T: 1/sqrt(d_k) as in eq. 1, 1 for "none", or any number given."""
    if scale == "1/sqrt(d_k)":
        return 1.0 / math.sqrt(d_k)
    return 1.0 if scale == "none" else float(scale)


def scaled_dot_product_attention(
    Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None, scale: float, dropout: float = 0.0
) -> tuple[Tensor, Tensor]:
    """softmax(scale * Q K^T) V, written out (section 3.2.1, eq. 1), with its weights.

    Args:
        Q: (..., m, d_k) queries.
        K: (..., n, d_k) keys.
        V: (..., n, d_v) values.
        mask: boolean, broadcastable to (..., m, n); `True` = may attend. None: everything may.
        scale: factor of the scores; eq. 1 has 1/sqrt(d_k).
        dropout: probability of dropping a weight; the paper drops none.

    Returns:
        (..., m, d_v) outputs and (..., m, n) weights. A query that may attend to nothing gets
        weights and output of zero, not NaN.
    """
    scores = Q @ K.transpose(-2, -1) * scale  # (..., m, n)
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(dim=-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)
    return drop(weights, dropout, training=True) @ V, weights


def _softmax(scores: Tensor) -> Tensor:
    """Over the last dimension; torch works on a row of fewer than 16 float32 numbers one by one, ten times as slow."""
    n = scores.shape[-1]
    if n >= VECTOR or scores.device.type != "cpu":
        return scores.softmax(dim=-1)
    low = torch.finfo(scores.dtype).min / 2
    return F.pad(scores, (0, VECTOR - n), value=low).softmax(dim=-1)[..., :n].contiguous()


def _written_out(Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None, scale: float, dropout: float) -> Tensor:
    """The same output by two batched products and one softmax, with the mask as a bias of the first."""
    B, h, m, d_k = Q.shape
    n = K.shape[2]
    q, k, v = Q.reshape(B * h, m, d_k), K.reshape(B * h, n, d_k), V.reshape(B * h, n, -1)
    if mask is None:
        scores = torch.bmm(q * scale, k.transpose(1, 2))
    else:
        bias = mask if mask.is_floating_point() else mask_bias(mask, q.dtype)
        # The products are added where a copy of the bias lies, which nobody needs afterwards.
        scores = bias.to(q.dtype).expand(B, h, m, n).clone(memory_format=torch.contiguous_format).view(B * h, m, n)
        scores = scores.baddbmm_(q, k.transpose(1, 2), alpha=scale)
    weights = drop(_softmax(scores), dropout, training=True)
    output = torch.bmm(weights, v).view(B, h, m, -1)
    if mask is not None and not mask.is_floating_point():
        attends = mask.any(dim=-1, keepdim=True)  # (B or 1, 1, m or 1, 1)
        if not attends.all():
            output = output * attends
    return output


def fast_attention(Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None, scale: float, dropout: float = 0.0) -> Tensor:
    """`scaled_dot_product_attention` without the weights, by the quickest kernel for the place and size.

    Args and returned output as there, with (B, h) as the leading dimensions. A mask may also be given as its
    `mask_bias`, if every query may attend to something.
    """
    few = Q.shape[2] <= FEW_QUERIES
    if Q.device.type != "cpu" or (K.shape[2] > SHORT_ROW and not few):
        return F.scaled_dot_product_attention(Q, K, V, attn_mask=mask, dropout_p=dropout, scale=scale)
    if few and Q.dtype == torch.float32 and not torch.is_grad_enabled():
        # A step of a search: oneDNN copies keys and values that lie in a larger room, MKL does not.
        # (`mkldnn.flags` would also forget the precision that products of float32 were set to.)
        mkldnn: Any = torch.backends.mkldnn
        before, mkldnn.enabled = mkldnn.enabled, False
        try:
            return _written_out(Q, K, V, mask, scale, dropout)
        finally:
            mkldnn.enabled = before
    return _written_out(Q, K, V, mask, scale, dropout)


@dataclass
class AttentionRecord:
    """Every intermediate of one call of multi-head attention; shapes as in `MultiHeadAttention`."""

    Q: Tensor  # (B, h, m, d_k)
    K: Tensor  # (B, h, n, d_k)
    V: Tensor  # (B, h, n, d_v)
    scale: float
    mask: Tensor | None  # broadcastable to (B, h, m, n)
    weights: Tensor  # (B, h, m, n)
    heads: Tensor  # (B, h, m, d_v)
    output: Tensor  # (B, m, d_model)


class MultiHeadAttention(nn.Module):
    """MultiHead(Q, K, V) = Concat(head_1, ..., head_h) W^O (section 3.2.2).

    Args:
        d_model: width of inputs and output.
        h: number of heads.
        d_k: width of one head's queries and keys; any number, d_model / h in the paper.
        d_v: width of one head's values.
        scale: "1/sqrt(d_k)" as in eq. 1, "none", or a number.
        dropout: on the attention weights; the paper has none.
    """

    def __init__(
        self, d_model: int, h: int, d_k: int, d_v: int, scale: Scale = "1/sqrt(d_k)", dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.h, self.d_k, self.d_v = h, d_k, d_v
        self.scale = scale_factor(scale, d_k)
        self.dropout = dropout
        self.W_Q = nn.Linear(d_model, h * d_k, bias=False)
        self.W_K = nn.Linear(d_model, h * d_k, bias=False)
        self.W_V = nn.Linear(d_model, h * d_v, bias=False)
        self.W_O = nn.Linear(h * d_v, d_model, bias=False)
        self.records: list[AttentionRecord] | None = None

    def queries(self, x: Tensor) -> Tensor:
        """(B, m, d_model) -> (B, h, m, d_k); packed (T, d_model) -> (T, h, d_k)."""
        return self._heads(self.W_Q(x), self.d_k)

    def keys_values(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """(B, n, d_model) -> keys (B, h, n, d_k) and values (B, h, n, d_v); packed as `queries`."""
        K, V = F.linear(memory, torch.cat([self.W_K.weight, self.W_V.weight])).split(
            [self.h * self.d_k, self.h * self.d_v], dim=-1
        )
        return self._heads(K, self.d_k), self._heads(V, self.d_v)

    def fused_weight(self) -> Tensor:
        """W^Q, W^K and W^V one under another, for `project`: (h * (2 d_k + d_v), d_model)."""
        return torch.cat([self.W_Q.weight, self.W_K.weight, self.W_V.weight])

    def project(self, x: Tensor, fused: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of one input by a single product; `fused` is the `fused_weight` made before."""
        weight = self.fused_weight() if fused is None else fused
        Q, K, V = F.linear(x, weight).split([self.h * self.d_k, self.h * self.d_k, self.h * self.d_v], -1)
        return self._heads(Q, self.d_k), self._heads(K, self.d_k), self._heads(V, self.d_v)

    def _heads(self, x: Tensor, width: int) -> Tensor:
        heads = x.unflatten(-1, (self.h, width))
        return heads if x.dim() == 2 else heads.transpose(1, 2)  # packed: (T, h, width)

    def attend(self, Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | Pairing | None) -> Tensor:
        """Attention of every head over given projections, concatenated and projected by W^O.

        Args:
            Q, K, V: (B, h, m, d_k), (B, h, n, d_k), (B, h, n, d_v); packed (T, h, d_k), (T', h, d_k), (T', h, d_v).
            mask: broadcastable to (B, h, m, n); `True` = may attend. For packed ones their pairing.

        Returns:
            (B, m, d_model), or packed (T, d_model).
        """
        if isinstance(mask, Pairing):
            packed: Tensor = self.W_O(mask.attend(Q, K, V, self.scale).flatten(1))
            return packed
        dropout = self.dropout if self.training else 0.0
        if self.records is None:
            heads = fast_attention(Q, K, V, mask, self.scale, dropout)  # (B, h, m, d_v)
            return self.W_O(heads.transpose(1, 2).flatten(2))
        if mask is not None and mask.is_floating_point():
            mask = may_attend(mask)
        heads, weights = scaled_dot_product_attention(Q, K, V, mask, self.scale, dropout)
        output: Tensor = self.W_O(heads.transpose(1, 2).flatten(2))
        self.records.append(AttentionRecord(Q, K, V, self.scale, mask, weights, heads, output))
        return output

    def forward(self, x: Tensor, memory: Tensor | None = None, mask: Tensor | Pairing | None = None) -> Tensor:
        """Attend from `x` to `memory`, or to `x` itself where no memory is given.

        Args:
            x: (B, m, d_model) inputs of the queries, or packed (T, d_model).
            memory: (B, n, d_model) inputs of keys and values, or packed; None for self-attention.
            mask: broadcastable to (B, h, m, n); `True` = may attend. For packed ones their pairing.

        Returns:
            As `x`.
        """
        if memory is None:
            return self.attend(*self.project(x), mask)
        return self.attend(self.queries(x), *self.keys_values(memory), mask)


@contextmanager
def recorded_attention(model: nn.Module) -> Iterator[dict[str, list[AttentionRecord]]]:
    """Within the block every attention of `model` is computed written out and kept.

    Yields:
        For each `MultiHeadAttention`, by its name in the model, the records of its calls in order.
    """
    layers = {name: part for name, part in model.named_modules() if isinstance(part, MultiHeadAttention)}
    records: dict[str, list[AttentionRecord]] = {name: [] for name in layers}
    for name, layer in layers.items():
        layer.records = records[name]
    try:
        yield records
    finally:
        for layer in layers.values():
            layer.records = None
