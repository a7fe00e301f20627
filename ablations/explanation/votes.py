"""What a model says under many attentions at once, its hidden states being what they are.

The models of both papers decide by a linear layer on the weighted mean of their hidden states. As the weights sum to 1,
the logits then are the weighted mean of what each word alone would say, its vote: a few numbers a word in place of
its whole hidden state, worked out once. Whether a decision is of that kind is tried on the batch at hand; if it is
not, as in a Transformer, `decide` is called for every attention.
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
    votes = votes_of(model, hidden, batch, rows)
    if votes is not None:
        return lambda weights: distribution(weights @ votes)

    def decide(weights: Tensor) -> Tensor:
        every, times = weights.shape[0], weights.shape[1]
        which = torch.arange(every, device=weights.device).repeat_interleave(times)
        return distribution(_decide(model, hidden, weights.flatten(0, 1), which, batch, rows)).unflatten(0, (-1, times))

    return decide


def votes_of(model: Explained, hidden: Tensor, batch: Batch, rows: int = 4096) -> Tensor | None:
    """(B, n, classes) logits of each word alone, 0 where attention may not go; None if logits are no mean of them."""
    with torch.no_grad():
        own = model.attend(hidden, batch)
        slope = batch.attendable * torch.arange(1, 1 + own.shape[1], device=own.device, dtype=own.dtype)
        other = slope / slope.sum(dim=1, keepdim=True)
        ends, middle = [model.decide(hidden, alpha, batch) for alpha in (own, other)], (own + other) / 2
        if not _alike((ends[0] + ends[1]) / 2, model.decide(hidden, middle, batch)):
            return None
        which, place = batch.attendable.nonzero(as_tuple=True)
        alone = torch.nn.functional.one_hot(place, own.shape[1]).to(own.dtype)
        logits = _decide(model, hidden, alone, which, batch, rows)
        votes = logits.new_zeros(*own.shape, logits.shape[-1])
        votes[which, place] = logits
        for alpha, end in zip((own, other), ends, strict=True):
            if not _alike((alpha[:, None] @ votes)[:, 0], end):
                return None
        return votes


def _decide(model: Explained, hidden: Tensor, alpha: Tensor, which: Tensor, batch: Batch, rows: int) -> Tensor:
    """Logits of (R, n) weights, of which each belongs to an instance, `which` (R)."""
    parts = zip(alpha.split(rows), which.split(rows), strict=True)
    return torch.cat([model.decide(hidden[part], weights, batch.rows(part)) for weights, part in parts])


def _alike(one: Tensor, other: Tensor) -> bool:
    return bool((one - other).abs().max() <= TOLERANCE * one.abs().max().clamp_min(1))
