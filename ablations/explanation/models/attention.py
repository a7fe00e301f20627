"""Sources of attention weights: learned as in the papers, uniform, or given.

Each module takes hidden states, the batch and the state of the question (None without one), and returns the weights.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ablations.explanation.data.dataset import Batch, Split


def masked_softmax(scores: Tensor, attendable: Tensor) -> Tensor:
    """Softmax over the last axis where `attendable` (boolean, broadcastable) is True, exactly 0 elsewhere.

    A row with nothing to attend to is 0 throughout.
    """
    lowest = torch.finfo(scores.dtype).min
    return scores.masked_fill(~attendable, lowest).softmax(dim=-1) * attendable


class Additive(nn.Module):
    """softmax(v . tanh(W h_t + b)), with W_q q added inside for a question (Jain & Wallace, section 2).

    Args:
        m: width of hidden states; the inner width is m / 2, as in their code.
        has_questions: whether there are questions.
    """

    def __init__(self, m: int, has_questions: bool = False) -> None:
        super().__init__()
        self.W = nn.Linear(m, m // 2)
        self.W_q = nn.Linear(m, m // 2, bias=False) if has_questions else None
        self.v = nn.Linear(m // 2, 1, bias=False)

    def forward(self, hidden: Tensor, batch: Batch, query: Tensor | None) -> Tensor:
        """(B, n, m), question (B, m) -> (B, n)."""
        inner = self.W(hidden)
        if self.W_q is not None and query is not None:
            inner = inner + self.W_q(query)[:, None]
        return masked_softmax(self.v(inner.tanh()).squeeze(-1), batch.attendable)


class ScaledDot(nn.Module):
    """softmax(h_t . q / sqrt(m)), with a learned vector in place of q where there is no question (section 2).

    Args:
        m: width of hidden states.
        has_questions: whether there are questions.
    """

    def __init__(self, m: int, has_questions: bool = False) -> None:
        super().__init__()
        self.w = None if has_questions else nn.Linear(m, 1, bias=False)

    def forward(self, hidden: Tensor, batch: Batch, query: Tensor | None) -> Tensor:
        """(B, n, m), question (B, m) -> (B, n)."""
        if self.w is None:
            assert query is not None, "a model for questions was given none"
            products = (hidden * query[:, None]).sum(dim=-1)
        else:
            products = self.w(hidden).squeeze(-1)
        return masked_softmax(products / math.sqrt(hidden.shape[-1]), batch.attendable)


class Uniform(nn.Module):
    """1 / n over the n words that may be attended to (Wiegreffe & Pinter, section 3.2)."""

    def forward(self, hidden: Tensor, batch: Batch, query: Tensor | None) -> Tensor:
        """(B, n, m) -> (B, n), without a gradient."""
        attendable = batch.attendable.to(hidden.dtype)
        return attendable / attendable.sum(dim=1, keepdim=True).clamp(min=1)


class Given(nn.Module):
    """Weights that come from elsewhere, such as another model's (section 3.4: guides).

    Args:
        weights: for each split, (instances, n) with n at least that of the longest, as `predict` returns them.
    """

    def __init__(self, weights: Mapping[Split, Tensor]) -> None:
        super().__init__()
        self.weights = dict(weights)

    def forward(self, hidden: Tensor, batch: Batch, query: Tensor | None) -> Tensor:
        """(B, n, m) -> (B, n), looked up by instance; without a gradient."""
        return self.weights[batch.split][batch.index, : hidden.shape[1]].to(hidden.dtype)
