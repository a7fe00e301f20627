"""Label smoothing and the cross entropy fused with the output layer (sections 3.4 and 5.4).

The smoothed target is (1 - eps_ls) on the right type plus eps_ls spread uniformly over all V types, as in
Szegedy et al. 2016, which the paper cites. tensor2tensor spreads it over the V - 1 others: `over="V-1"`.
Padding targets are ignored.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import torch
from torch import Tensor

from repro.models.masks import PAD

Smoothing = Literal["V", "V-1"]

CHUNK_ELEMENTS = {"cpu": 8_000_000, "cuda": 200_000_000}
"""Logits held at a time, in elements: the full (tokens, V) matrix never exists. On a CPU a chunk stays in the cache,
but each passes over W's gradient once more; a GPU needs large products to be busy, and this is under 2 GB there."""


def _max_rows(device: str, V: int) -> int:
    """Tokens whose logits are held at a time."""
    return max(1, CHUNK_ELEMENTS.get(device, CHUNK_ELEMENTS["cpu"]) // V)


def _chunk(logits: Tensor, y: Tensor, on: float, off: float, gradient: bool) -> tuple[Tensor, Tensor, Tensor | None]:
    """Smoothed loss, negative log likelihood and the loss's gradient by the logits, in place of float32 ones.

    Args:
        logits: (rows, V).
        y: (rows, 1) right types.
        on, off: what the right type gets of the target distribution, and every type.
        gradient: whether it is asked for.
    """
    kind, logits = logits.dtype, logits.float()
    counted = y != PAD
    right = logits.gather(1, y)
    total = logits.sum(dim=-1, keepdim=True) if off else None
    # One pass of exp serves the normaliser and the gradient, in the logits' own place.
    largest = logits.amax(dim=-1, keepdim=True)
    exp = logits.sub_(largest).exp_()
    Z = exp.sum(dim=-1, keepdim=True)
    log_Z = Z.log() + largest
    nll = ((log_Z - right) * counted).sum(dtype=torch.float64)
    # -sum_v q_v log p_v with q = off everywhere and on more at y; sum_v q_v = 1.
    smoothed = log_Z - on * right
    if total is not None:
        smoothed = smoothed - off * total
    loss = (smoothed * counted).sum(dtype=torch.float64)
    if not gradient:
        return loss, nll, None
    grad = exp.mul_(counted / Z)
    if off:
        grad.sub_(off * counted)
    return loss, nll, grad.scatter_add_(1, y, -on * counted).to(kind)


@cache
def _compiled_chunk() -> Callable[..., Any]:
    return torch.compile(_chunk)


class _FusedLoss(torch.autograd.Function):
    """Sum over tokens of the smoothed cross entropy of softmax(states W^T), chunk by chunk.

    The gradients are made on the way forward, since everything they need is at hand there; the
    backward pass multiplies them by the incoming gradient, which is a scalar.
    """

    @staticmethod
    def forward(ctx: Any, states: Tensor, W: Tensor, targets: Tensor, on: float, off: float, of_chunk: Any) -> Any:
        needs_gradient = ctx.needs_input_grad[0] or ctx.needs_input_grad[1]
        tokens, V = states.shape[0], W.shape[0]
        max_rows = _max_rows(states.device.type, V)
        rows = -(-tokens // -(-tokens // max_rows)) if tokens else 1  # all chunks about equally large
        output = W.to(states.dtype)  # bf16 under autocast
        loss = torch.zeros((), dtype=torch.float64, device=states.device)
        nll = torch.zeros((), dtype=torch.float64, device=states.device)
        grad_states = torch.empty_like(states) if needs_gradient else None
        grad_W = torch.zeros_like(W, dtype=torch.float32) if needs_gradient else None
        # One buffer serves all chunks: it stays in the cache, and its pages are touched for the first time once.
        buffer = torch.empty(rows, V, dtype=states.dtype, device=states.device)
        for first in range(0, tokens, rows):
            chunk = states[first : first + rows]
            logits = torch.mm(chunk, output.T, out=buffer[: len(chunk)])
            y = targets[first : first + rows, None]
            chunk_loss, chunk_nll, grad = of_chunk(logits, y, on, off, needs_gradient)
            loss, nll = loss + chunk_loss, nll + chunk_nll
            if grad_states is not None and grad_W is not None:
                torch.mm(grad, output, out=grad_states[first : first + rows])
                if grad.dtype == grad_W.dtype:
                    grad_W.addmm_(grad.T, chunk)
                else:
                    grad_W += grad.T @ chunk
        ctx.save_for_backward(grad_states, grad_W)
        nll = nll.float()
        ctx.mark_non_differentiable(nll)
        return loss.float(), nll

    @staticmethod
    def backward(ctx: Any, grad_loss: Tensor, _: Tensor) -> Any:
        grad_states, grad_W = ctx.saved_tensors
        scaled_states = grad_states * grad_loss.to(grad_states.dtype)
        return scaled_states, grad_W * grad_loss, None, None, None, None


def label_smoothed_loss(
    states: Tensor, W: Tensor, targets: Tensor, eps_ls: float, over: Smoothing = "V", compiled: bool = False
) -> tuple[Tensor, Tensor]:
    """Smoothed cross entropy and negative log likelihood, both summed over tokens, in nats.

    Args:
        states: (T, d_model) final decoder states.
        W: (V, d_model) output matrix.
        targets: (T,) right types; padding counts for nothing, but costs as much as other tokens do.
        eps_ls: label smoothing; 0.1 in the paper.
        over: the types that eps_ls is spread over: all "V", or the "V-1" that are not the target.
        compiled: whether what is not a matrix product is compiled by `torch.compile`.

    Returns:
        Two scalars: the loss to minimise, and the negative log likelihood (no gradient flows from it).
    """
    V = W.shape[0]
    if torch.is_autocast_enabled(states.device.type):
        states = states.to(torch.get_autocast_dtype(states.device.type))
    off = eps_ls / V if over == "V" else eps_ls / (V - 1)
    on = 1.0 - eps_ls if over == "V" else 1.0 - eps_ls - off
    if not torch.is_grad_enabled():
        # A Function is told what could have a gradient, not whether one is asked for, and would make it in vain.
        states, W = states.detach(), W.detach()
    loss, nll = _FusedLoss.apply(states, W, targets, on, off, _compiled_chunk() if compiled else _chunk)
    return loss, nll


def right_tokens(states: Tensor, W: Tensor, targets: Tensor) -> Tensor:
    """How many tokens have their right type's logit as the largest, chunk by chunk; a scalar.

    Args:
        states: (T, d_model) final decoder states.
        W: (V, d_model) output matrix.
        targets: (T,) right types, none of them padding.
    """
    right = torch.zeros((), dtype=torch.long, device=states.device)
    rows = _max_rows(states.device.type, len(W))
    output = W.to(states.dtype)
    for first in range(0, len(states), rows):
        best = (states[first : first + rows] @ output.T).argmax(dim=-1)
        right += (best == targets[first : first + rows]).sum()
    return right
