"""Decoding in fewer bits: the same network with its weights in bfloat16 or int8.

bf16: weights and activations; scores are normalised in float32 all the same.

int8: the weights of linear layers, and the embeddings; those of recurrent and convolutional layers stay float32. Each
row of a weight has its own scale, and so has each token's vector, which is rounded on arrival (W8A8, dynamic). Their
integer products are exact in 32 bits. Everything between the products stays float32. Layers need no second definition:
a weight is replaced by a tensor that computes its own product.

Torch's own quantised layers (torch.ao) are deprecated and scale a whole batch alike; torchao's, their successors, are
made for compiled models and are slower than float32 here without that (LOG.md).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from repro.errors import BadInput
from repro.models.embedding import SharedEmbedding

Precision = Literal["fp32", "bf16", "int8"]

COLUMNS = 4096
"""Columns of a product made at a time: so its integers are still in the cache when they are scaled."""


def in_precision(network: Any, precision: Precision, device: torch.device | str = "cpu") -> Any:
    """The network for decoding in this precision; its own weights are replaced, once if it is asked again.

    Args:
        network: any `nn.Module` that is a `Seq2Seq`, with float32 weights.
        precision: "fp32" leaves it as it is.
        device: where it will decode.

    Raises:
        BadInput: int8 elsewhere than on a CPU.
    """
    if precision == "bf16":
        return network.bfloat16()
    if precision == "int8":
        if torch.device(device).type != "cpu":
            raise BadInput(f"int8 is for CPUs, but the device is {device}; use bf16 there, or --device cpu")
        for part in list(network.modules()):
            if isinstance(part, nn.Linear | SharedEmbedding) and not isinstance(part.weight, Int8Weight):
                weight = part.weight.detach()
                del part.weight
                part.weight = Int8Weight.of(weight)
    return network


class Int8Weight(Tensor):
    """(N, K) of float32 as (N, K) of int8, `rows`, times (N,) float32, `scales`; products and lookups know of it."""

    rows: Tensor
    scales: Tensor

    @staticmethod
    def __new__(cls, rows: Tensor, scales: Tensor) -> "Int8Weight":
        weight: Int8Weight = Tensor._make_wrapper_subclass(
            cls, rows.shape, dtype=scales.dtype, device=rows.device, requires_grad=False
        )
        weight.rows, weight.scales = rows, scales
        return weight

    @classmethod
    def of(cls, weight: Tensor) -> "Int8Weight":
        """The nearest to a (N, K) float32 weight whose largest element in each row is 127 steps."""
        rows, scales = _rounded(weight)
        return cls(rows, scales[:, 0])

    def __repr__(self, **_: Any) -> str:  # type: ignore[override]
        return f"Int8Weight{tuple(self.shape)}"

    @classmethod
    def __torch_function__(
        cls, function: Any, types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        if function in FUNCTIONS:
            return FUNCTIONS[function](*args, **(kwargs or {}))
        return super().__torch_function__(function, types, tuple(args), dict(kwargs or {}))

    @classmethod
    def __torch_dispatch__(  # type: ignore[override]
        cls, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        raise NotImplementedError(f"{function} of weights in int8: only products, lookups and joining are made")


def _rounded(x: Tensor) -> tuple[Tensor, Tensor]:
    """(M, K) float32 -> (M, K) int8 and (M, 1) scales."""
    scales = x.abs().amax(dim=1, keepdim=True).clamp_(min=torch.finfo(x.dtype).tiny * 127).mul_(1 / 127)
    return (x / scales).round_().to(torch.int8), scales


def _linear(x: Tensor, weight: Int8Weight, bias: Tensor | None = None) -> Tensor:
    """(..., K) -> (..., N), as `F.linear`."""
    ids, scales = _rounded(x.reshape(-1, x.shape[-1]))
    M, N = len(ids), weight.shape[0]
    output = torch.empty(M, N, dtype=x.dtype, device=x.device)
    for first in range(0, N, COLUMNS):
        columns = slice(first, first + COLUMNS)
        part = output[:, columns]
        torch.mul(torch._int_mm(ids, weight.rows[columns].t()), scales, out=part)
        part.mul_(weight.scales[columns])
        if bias is not None:
            part.add_(bias[columns])
    return output.view(*x.shape[:-1], N)


def _cat(weights: Sequence[Int8Weight], dim: int = 0) -> Int8Weight:
    """Weights one under another: their rows keep their scales."""
    if dim != 0:
        raise NotImplementedError("int8 weights are joined by rows only")
    return Int8Weight(torch.cat([weight.rows for weight in weights]), torch.cat([weight.scales for weight in weights]))


def _embedding(ids: Tensor, weight: Int8Weight, **_: Any) -> Tensor:
    """(B, n) ids -> (B, n, K), as `F.embedding` without its options, which torch passes on at their defaults."""
    return F.embedding(ids, weight.rows).to(weight.scales.dtype) * weight.scales[ids][..., None]


FUNCTIONS: Mapping[Any, Callable[..., Any]] = {F.linear: _linear, torch.cat: _cat, F.embedding: _embedding}
"""The operations that models apply to weights; any other one on an int8 weight is an error."""
