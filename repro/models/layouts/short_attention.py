"""Attention over packed sentences that are shorter than a flash kernel's tile, on a GPU.

A flash kernel works in tiles of 128 queries by 128 keys, and the mean sentence of translation corpora has 15 to 30
tokens: most of each tile is thrown away, and at base size attention takes half of an update. Here one program does
one head of one sentence in a tile just large enough, so that the gradients need no second program's results either.
"""

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor


@triton.jit
def _scores(Q, K, rows, columns, m, n, scale, CAUSAL: tl.constexpr):  # type: ignore[no-untyped-def]
    """Weights of one tile, float32; a query that sees no key has weights of zero."""
    S = tl.dot(Q, tl.trans(K), input_precision="ieee") * scale
    seen = (columns < n)[None, :] & (rows < m)[:, None]
    if CAUSAL:
        seen = seen & (columns[None, :] <= rows[:, None])
    S = tl.where(seen, S, float("-inf"))
    largest = tl.max(S, 1)
    largest = tl.where(largest == float("-inf"), 0.0, largest)
    P = tl.exp(S - largest[:, None])
    Z = tl.sum(P, 1)
    return P / tl.where(Z == 0.0, 1.0, Z)[:, None]


@triton.jit
def _forward_tile(  # type: ignore[no-untyped-def]
    Q, K, V, out, q_offsets, k_offsets, q_stride, k_stride, out_stride, scale,
    CAUSAL: tl.constexpr, TILE: tl.constexpr, D: tl.constexpr,
):  # fmt: skip
    b, head = tl.program_id(0), tl.program_id(1)
    q_first, k_first = tl.load(q_offsets + b), tl.load(k_offsets + b)
    m, n = tl.load(q_offsets + b + 1) - q_first, tl.load(k_offsets + b + 1) - k_first
    if m > 0:
        at, d = tl.arange(0, TILE), tl.arange(0, D) + head * D
        q_at = (q_first + at).to(tl.int64)[:, None]
        k_at = (k_first + at).to(tl.int64)[:, None] * k_stride + d[None, :]
        q = tl.load(Q + q_at * q_stride + d[None, :], (at < m)[:, None], 0.0)
        k = tl.load(K + k_at, (at < n)[:, None], 0.0)
        v = tl.load(V + k_at, (at < n)[:, None], 0.0)
        P = _scores(q, k, at, at, m, n, scale, CAUSAL)
        heads = tl.dot(P.to(v.dtype), v, input_precision="ieee")
        tl.store(out + q_at * out_stride + d[None, :], heads.to(v.dtype), (at < m)[:, None])


@triton.jit
def _backward_tile(  # type: ignore[no-untyped-def]
    Q, K, V, dO, dQ, dK, dV, q_offsets, k_offsets, q_stride, k_stride, out_stride, scale,
    CAUSAL: tl.constexpr, TILE: tl.constexpr, D: tl.constexpr,
):  # fmt: skip
    b, head = tl.program_id(0), tl.program_id(1)
    q_first, k_first = tl.load(q_offsets + b), tl.load(k_offsets + b)
    m, n = tl.load(q_offsets + b + 1) - q_first, tl.load(k_offsets + b + 1) - k_first
    if m + n > 0:
        at, d = tl.arange(0, TILE), tl.arange(0, D) + head * D
        q_row = (q_first + at).to(tl.int64)[:, None]
        q_at = q_row * q_stride + d[None, :]
        k_at = (k_first + at).to(tl.int64)[:, None] * k_stride + d[None, :]
        q = tl.load(Q + q_at, (at < m)[:, None], 0.0)
        k = tl.load(K + k_at, (at < n)[:, None], 0.0)
        v = tl.load(V + k_at, (at < n)[:, None], 0.0)
        do = tl.load(dO + q_row * out_stride + d[None, :], (at < m)[:, None], 0.0)
        P = _scores(q, k, at, at, m, n, scale, CAUSAL)
        dP = tl.dot(do, tl.trans(v), input_precision="ieee")
        dS = (P * (dP - tl.sum(P * dP, 1)[:, None]) * scale).to(q.dtype)
        tl.store(dQ + q_at, tl.dot(dS, k, input_precision="ieee").to(q.dtype), (at < m)[:, None])
        tl.store(dK + k_at, tl.dot(tl.trans(dS), q, input_precision="ieee").to(q.dtype), (at < n)[:, None])
        tl.store(dV + k_at, tl.dot(tl.trans(P.to(q.dtype)), do, input_precision="ieee").to(q.dtype), (at < n)[:, None])


def _parts(Q: Tensor, KV: Tensor | None, h: int) -> tuple[int, Tensor, Tensor, Tensor]:
    """Width of all heads together, and views of queries, keys and values."""
    hd = Q.shape[1] // (3 if KV is None else 1)
    if KV is None:
        return hd, Q[:, :hd], Q[:, hd : 2 * hd], Q[:, 2 * hd :]
    return hd, Q, KV[:, :hd], KV[:, hd:]


def _launch(kernel: Any, tensors: list[Tensor], offsets: tuple[Tensor, Tensor], h: int, **tile: Any) -> None:
    warps = {16: 1, 32: 1, 64: 4}.get(tile["TILE"], 8)
    kernel[(len(offsets[0]) - 1, h)](*tensors, *offsets, num_warps=warps, **tile)


@torch.library.custom_op("repro::short_attention", mutates_args=())
def _attend(
    Q: Tensor, KV: Tensor | None, q_offsets: Tensor, k_offsets: Tensor, h: int, tile: int, causal: bool, scale: float
) -> Tensor:
    hd, q, k, v = _parts(Q, KV, h)
    out = Q.new_empty(Q.shape[0], hd)
    strides = {"q_stride": q.stride(0), "k_stride": k.stride(0), "out_stride": hd}
    form = {"CAUSAL": causal, "TILE": tile, "D": hd // h}
    _launch(_forward_tile, [q, k, v, out], (q_offsets, k_offsets), h, **strides, scale=scale, **form)
    return out


@_attend.register_fake
def _(Q: Tensor, KV: Tensor | None, *form: Any) -> Tensor:
    return Q.new_empty(Q.shape[0], Q.shape[1] // (3 if KV is None else 1))


@torch.library.custom_op("repro::short_attention_gradients", mutates_args=())
def _gradients(
    dO: Tensor,
    Q: Tensor,
    KV: Tensor | None,
    q_offsets: Tensor,
    k_offsets: Tensor,
    h: int,
    tile: int,
    causal: bool,
    scale: float,
) -> tuple[Tensor, Tensor]:
    hd, q, k, v = _parts(Q, KV, h)
    dQ = Q.new_empty(Q.shape)
    dKV = Q.new_empty(0) if KV is None else KV.new_empty(KV.shape)
    _, dq, dk, dv = _parts(dQ, None if KV is None else dKV, h)
    strides = {"q_stride": q.stride(0), "k_stride": k.stride(0), "out_stride": hd}
    form = {"CAUSAL": causal, "TILE": tile, "D": hd // h}
    tensors = [q, k, v, dO.contiguous(), dq, dk, dv]
    _launch(_backward_tile, tensors, (q_offsets, k_offsets), h, **strides, scale=scale, **form)
    return dQ, dKV


@_gradients.register_fake
def _(dO: Tensor, Q: Tensor, KV: Tensor | None, *form: Any) -> tuple[Tensor, Tensor]:
    return Q.new_empty(Q.shape), Q.new_empty(0) if KV is None else KV.new_empty(KV.shape)


def _keep(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    Q, KV, q_offsets, k_offsets, *ctx.form = inputs
    ctx.save_for_backward(Q, KV, q_offsets, k_offsets)


def _backward(ctx: Any, dO: Tensor) -> Any:
    Q, KV, q_offsets, k_offsets = ctx.saved_tensors
    dQ, dKV = _gradients(dO, Q, KV, q_offsets, k_offsets, *ctx.form)
    return dQ, None if KV is None else dKV, None, None, None, None, None, None


_attend.register_autograd(_backward, setup_context=_keep)


def short_attention(
    Q: Tensor, KV: Tensor | None, q_offsets: Tensor, k_offsets: Tensor, h: int, tile: int, causal: bool, scale: float
) -> Tensor:
    """softmax(scale * Q K^T) V within each sentence (eq. 1), for h heads of width d, a power of two and at least 16.

    Args:
        Q: (T, h d) queries, head by head; where there is no `KV`, (T, 3 h d) with keys and values behind them.
        KV: (T', 2 h d) keys and values.
        q_offsets, k_offsets: (B + 1,) int32: where the queries and keys of each sentence begin; all rows are some
            sentence's.
        h: heads.
        tile: no sentence is longer; a power of two from 16, under which Triton has no products, to 128.
        causal: whether query j sees keys 0 to j only (section 3.2.3).
        scale: factor of the scores.

    Returns:
        (T, h d); zero where there is nothing to see.
    """
    out: Tensor = _attend(Q, KV, q_offsets, k_offsets, h, tile, causal, scale)
    return out
