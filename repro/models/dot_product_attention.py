"""Scaled dot-product attention (section 3.2.1), written out and by the quickest kernel.

Deviations from the paper, all off by default: a scale other than 1/sqrt(d_k), and dropout on the attention weights
(tensor2tensor's later settings have it).
"""

import math
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from repro.errors import BadInput
from repro.models.dropout import dropout as drop
from repro.models.masks import mask_bias

Scale = float | Literal["1/sqrt(d_k)", "none"]

MAX_KEYS_WRITTEN_OUT = 256
"""Up to so many keys, two batched products and a softmax beat the fused kernel on a CPU, whose
backward pass is slow for short rows."""

MAX_QUERIES_WRITTEN_OUT = 16
"""Up to so many queries they do so for any number of keys: the beams of a search."""

VECTOR = 16
"""float32 numbers in a register of AVX-512."""


def scale_factor(scale: Scale, d_k: int) -> float:
    """The number that multiplies QK^T: 1/sqrt(d_k) as in eq. 1, 1 for "none", or any number given.

    Raises:
        BadInput: neither of these names, nor a finite number.
    """
    if scale == "1/sqrt(d_k)":
        return 1.0 / math.sqrt(d_k)
    try:
        factor = 1.0 if scale == "none" else float(scale)
    except (TypeError, ValueError):
        factor = math.nan
    if not math.isfinite(factor):
        raise BadInput(f"scale is {scale!r}; it must be 1/sqrt(d_k), none, or a number")
    return factor


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
        (..., m, d_v) outputs and (..., m, n) weights, which are those before dropout. A query that may attend to
        nothing gets weights and output of zero, not NaN.
    """
    return weighted_values(Q @ K.transpose(-2, -1) * scale, V, mask, dropout)


def weighted_values(scores: Tensor, V: Tensor, mask: Tensor | None, dropout: float = 0.0) -> tuple[Tensor, Tensor]:
    """softmax(scores) V, for scores (..., m, n) of any kind, with its weights.

    Other arguments and what is returned as of `scaled_dot_product_attention`.
    """
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
    q, k, v = Q.reshape(B * h, m, d_k), K.reshape(B * h, n, d_k), V.reshape(B * h, n, V.shape[-1])
    if mask is None:
        scores = torch.bmm(q * scale, k.transpose(1, 2))
    else:
        bias = mask if mask.is_floating_point() else mask_bias(mask, q.dtype)
        # The products are added where a copy of the bias lies, which nobody needs afterwards.
        scores = bias.to(q.dtype).expand(B, h, m, n).clone(memory_format=torch.contiguous_format).view(B * h, m, n)
        scores = scores.baddbmm_(q, k.transpose(1, 2), alpha=scale)
    weights = drop(_softmax(scores), dropout, training=True)
    output = torch.bmm(weights, v).view(B, h, m, V.shape[-1])
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
    few = Q.shape[2] <= MAX_QUERIES_WRITTEN_OUT
    if Q.device.type != "cpu" or (K.shape[2] > MAX_KEYS_WRITTEN_OUT and not few):
        return F.scaled_dot_product_attention(Q, K, V, attn_mask=mask, dropout_p=dropout, scale=scale)
    if few and Q.dtype == torch.float32 and not torch.is_grad_enabled():
        # A step of a search: oneDNN copies keys and values that lie in a larger cache, MKL does not.
        # (`mkldnn.flags` would also forget the precision that products of float32 were set to.)
        mkldnn: Any = torch.backends.mkldnn
        before, mkldnn.enabled = mkldnn.enabled, False
        try:
            return _written_out(Q, K, V, mask, scale, dropout)
        finally:
            mkldnn.enabled = before
    return _written_out(Q, K, V, mask, scale, dropout)
