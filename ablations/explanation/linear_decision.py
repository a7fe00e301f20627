"""A model's output under many attentions at once, with the hidden states fixed.

The models of both papers apply a linear layer to the weighted mean of their hidden states. As the weights sum to 1, the
logits are the weighted mean of each word's vote, the logits of that word alone. Votes are a few numbers a word in place
of a whole hidden state. They are computed once, as the derivative of the logits by the weights. Whether a decision is
linear is tested on the batch; if it is not, as in a Transformer, `decide` is called for every attention.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ablations.explanation.data.dataset import Batch
from ablations.explanation.models.protocol import Explained, distribution

Decision = Callable[[Tensor], Tensor]
"""Weights (B, K, n) -> probabilities (B, K, classes); can be differentiated."""

TOLERANCE = 1e-4
"""Of logits, relative to the largest of them: float32 rounding is far below, a curved decision far above."""


def decision_of(model: Explained, hidden: Tensor, batch: Batch, rows: int = 4096) -> Decision:
    """The model's outputs as a function of attention alone.

    Args:
        model: whose.
        hidden: (B, n, m) hidden states.
        batch: of B instances.
        rows: that go through `decide` at once.
    """
    votes = votes_of(model, hidden, batch)
    if votes is not None:
        return lambda weights: distribution(weights @ votes)

    def decide(weights: Tensor) -> Tensor:
        every, times = weights.shape[0], weights.shape[1]
        which = torch.arange(every, device=weights.device).repeat_interleave(times)
        parts = zip(weights.flatten(0, 1).split(rows), which.split(rows), strict=True)
        logits = torch.cat([model.decide(hidden[part], alpha, batch.rows(part)) for alpha, part in parts])
        return distribution(logits).unflatten(0, (-1, times))

    return decide


def votes_of(model: Explained, hidden: Tensor, batch: Batch) -> Tensor | None:
    """(B, n, classes) logits of each word alone, 0 where attention may not go; None if logits are no mean of them."""
    with torch.enable_grad():
        own = model.attend(hidden, batch).detach().requires_grad_()
        logits = model.decide(hidden.detach(), own, batch)
        slopes = torch.stack([_slope(logits[:, label], own) for label in range(logits.shape[1])], dim=-1)
    with torch.no_grad():
        rest = logits - (own[:, None] @ slopes)[:, 0]
        votes = (slopes + rest[:, None]) * batch.attendable[..., None]
        # An attention that has nothing to do with the own one, and all weight on each instance's last word.
        ramp = batch.attendable * torch.arange(1, 1 + own.shape[1], device=own.device, dtype=own.dtype)
        for tried in (ramp / ramp.sum(dim=1, keepdim=True), _one_word(ramp.argmax(dim=1), own)):
            said = model.decide(hidden, tried, batch)
            if (said - (tried[:, None] @ votes)[:, 0]).abs().max() > TOLERANCE * said.abs().max().clamp_min(1):
                return None
        return votes


def _slope(logit: Tensor, alpha: Tensor) -> Tensor:
    """(B) by (B, n) -> (B, n); 0 if attention is not read at all."""
    if not logit.requires_grad:
        return torch.zeros_like(alpha)
    (slope,) = torch.autograd.grad(logit.sum(), alpha, retain_graph=True, allow_unused=True)
    return torch.zeros_like(alpha) if slope is None else slope


def _one_word(places: Tensor, alpha: Tensor) -> Tensor:
    return torch.zeros_like(alpha).scatter_(1, places[:, None], 1)
