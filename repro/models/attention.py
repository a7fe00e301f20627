"""Multi-head attention (section 3.2.2).

Deviations from the paper, off by default: d_k and d_v that are not d_model / h, additive attention in the place of dot
products, and those of `dot_product_attention.py`. No projection has a bias, as in tensor2tensor; the paper's equations
have none either.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.errors import BadInput
from repro.models.additive_attention import additive_attention, additive_scores
from repro.models.dot_product_attention import Scale, fast_attention, scale_factor, scaled_dot_product_attention
from repro.models.dropout import check_probability
from repro.models.layouts.pairing import Mask, Pairing
from repro.models.masks import may_attend

Compatibility = Literal["dot-product", "additive"]


@dataclass
class AttentionRecord:
    """Every intermediate of one call of multi-head attention; shapes as in `MultiHeadAttention`."""

    Q: Tensor  # (B, h, m, d_k)
    K: Tensor  # (B, h, n, d_k)
    V: Tensor  # (B, h, n, d_v)
    scale: float | None  # None: additive attention has none
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
        compatibility: of a query with a key: their "dot-product", or "additive" (section 3.2.1), which has no scale.

    Raises:
        BadInput: an unknown scale, or one of what is additive; a dropout that is not at least 0 and less than 1.
    """

    def __init__(
        self,
        d_model: int,
        h: int,
        d_k: int,
        d_v: int,
        scale: Scale = "1/sqrt(d_k)",
        dropout: float = 0.0,
        compatibility: Compatibility = "dot-product",
    ) -> None:
        super().__init__()
        if compatibility == "additive" and scale != "1/sqrt(d_k)":
            raise BadInput(
                f"scale is {scale}, but compatibility is additive and has no dot products to scale; "
                "leave scale at 1/sqrt(d_k)"
            )
        check_probability("dropout", dropout)
        self.h, self.d_k, self.d_v = h, d_k, d_v
        self.scale = scale_factor(scale, d_k)
        self.dropout = dropout
        self.W_Q = nn.Linear(d_model, h * d_k, bias=False)
        self.W_K = nn.Linear(d_model, h * d_k, bias=False)
        self.W_V = nn.Linear(d_model, h * d_v, bias=False)
        self.W_O = nn.Linear(h * d_v, d_model, bias=False)
        self.v_a = nn.Parameter(torch.empty(h, d_k)) if compatibility == "additive" else None
        if self.v_a is not None:
            self.start_v_a()
        self.records: list[AttentionRecord] | None = None

    def start_v_a(self, generator: torch.Generator | None = None) -> None:
        """Draw v_a of additive attention: Xavier uniform, each head a matrix from d_k numbers to one."""
        assert self.v_a is not None
        bound = math.sqrt(6 / (self.d_k + 1))
        nn.init.uniform_(self.v_a, -bound, bound, generator=generator)

    def queries(self, x: Tensor) -> Tensor:
        """(B, m, d_model) -> (B, h, m, d_k)."""
        return self._heads(self.W_Q(x), self.d_k)

    def keys_values(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """(B, n, d_model) -> keys (B, h, n, d_k) and values (B, h, n, d_v)."""
        K, V = self._keys_values(memory).split([self.h * self.d_k, self.h * self.d_v], dim=-1)
        return self._heads(K, self.d_k), self._heads(V, self.d_v)

    def _keys_values(self, memory: Tensor) -> Tensor:
        """(..., d_model) -> (..., h (d_k + d_v))."""
        return F.linear(memory, torch.cat([self.W_K.weight, self.W_V.weight]))

    def fused_weight(self) -> Tensor:
        """W^Q, W^K and W^V one under another, for `project`: (h * (2 d_k + d_v), d_model)."""
        return torch.cat([self.W_Q.weight, self.W_K.weight, self.W_V.weight])

    def project(self, x: Tensor, fused: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values of one input by a single product.

        Args:
            x: (B, m, d_model).
            fused: the `fused_weight`, where it was made before.

        Returns:
            (B, h, m, d_k) queries, (B, h, m, d_k) keys and (B, h, m, d_v) values.
        """
        weight = self.fused_weight() if fused is None else fused
        Q, K, V = F.linear(x, weight).split([self.h * self.d_k, self.h * self.d_k, self.h * self.d_v], -1)
        return self._heads(Q, self.d_k), self._heads(K, self.d_k), self._heads(V, self.d_v)

    def _heads(self, x: Tensor, width: int) -> Tensor:
        return x.unflatten(-1, (self.h, width)).transpose(1, 2)

    def attend(self, Q: Tensor, K: Tensor, V: Tensor, mask: Tensor | None) -> Tensor:
        """Attention of every head over given projections, concatenated and projected by W^O.

        Args:
            Q, K, V: (B, h, m, d_k), (B, h, n, d_k), (B, h, n, d_v).
            mask: broadcastable to (B, h, m, n); boolean, `True` = may attend, or the `mask_bias` of such a mask if
                every query may attend to something. None: everything may.

        Returns:
            (B, m, d_model).
        """
        dropout = self.dropout if self.training else 0.0
        if self.records is None and self.v_a is None:
            heads = fast_attention(Q, K, V, mask, self.scale, dropout)  # (B, h, m, d_v)
            return self.W_O(heads.transpose(1, 2).flatten(2))
        if mask is not None and mask.is_floating_point():
            mask = may_attend(mask)
        if self.v_a is None:
            heads, weights = scaled_dot_product_attention(Q, K, V, mask, self.scale, dropout)
        else:
            heads, weights = additive_attention(Q, K, V, self.v_a, mask, dropout)
        output: Tensor = self.W_O(heads.transpose(1, 2).flatten(2))
        if self.records is not None:
            scale = self.scale if self.v_a is None else None
            self.records.append(AttentionRecord(Q, K, V, scale, mask, weights, heads, output))
        return output

    def scores(self, Q: Tensor, K: Tensor) -> Tensor:
        """Compatibility of each query (B, h, m, d_k) with each key (B, h, n, d_k), before any scale: (B, h, m, n)."""
        return Q @ K.transpose(-2, -1) if self.v_a is None else additive_scores(Q, K, self.v_a)

    def forward(self, x: Tensor, memory: Tensor | None = None, mask: Mask | None = None) -> Tensor:
        """Attend from `x` to `memory`, or to `x` itself where no memory is given.

        Args:
            x: (B, m, d_model) inputs of the queries, or packed (T, d_model).
            memory: (B, n, d_model) inputs of keys and values, or packed; None for self-attention.
            mask: broadcastable to (B, h, m, n), as of `attend`. For packed inputs their pairing.

        Returns:
            As `x`.
        """
        if isinstance(mask, Pairing):
            return self._forward_packed(x, memory, mask)
        if memory is None:
            return self.attend(*self.project(x), mask)
        return self.attend(self.queries(x), *self.keys_values(memory), mask)

    def _forward_packed(self, x: Tensor, memory: Tensor | None, pairing: Pairing) -> Tensor:
        dropout = self.dropout if self.training else 0.0
        Q = F.linear(x, self.fused_weight()) if memory is None else self.W_Q(x)
        KV = None if memory is None else self._keys_values(memory)
        output: Tensor = self.W_O(pairing.attend(Q, KV, self.h, self.scale, dropout, self.v_a))
        return output


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
