"""How well attention and each importance measure find the planted evidence for a label.

Neither paper has this: it needs reviews whose evidence is known because it was planted. Words are ranked by absolute
importance. Ties count as half, or by the chance of being drawn first, so that uniform attention and chance are defined:
precision at k is the share of evidence among the words, the area under the curve one half.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ablations.explanation.data.dataset import Batch
from ablations.explanation.importance import gradient, gradient_norm, integrated_gradients, leave_one_out
from ablations.explanation.models.protocol import Explained
from ablations.explanation.summaries import Summary, summarise


@dataclass(frozen=True)
class RankingScores:
    """Of one ranking, instance by instance.

    Attributes:
        precision: (B) expected share of evidence among the first k words, k being how many evidence words there are;
            NaN where there is none.
        auc: (B) the probability that a word of evidence ranks above another; NaN where either kind is missing.
    """

    precision: Tensor
    auc: Tensor

    def summaries(self) -> dict[str, Summary]:
        """Of each measure over the instances."""
        return {"precision": summarise(self.precision), "auc": summarise(self.auc)}


def rankings(model: Explained, batch: Batch, attention: Tensor | None = None) -> dict[str, Tensor]:
    """(B, n) of each way to say how much a word matters, all at least 0.

    Args:
        model: in evaluation mode.
        batch: of B instances.
        attention: (B, n), another one to look at; by default the model's own.
    """
    if attention is None:
        with torch.no_grad():
            attention = model(batch)[1]
    return {
        "attention": attention,
        "gradient": gradient(model, batch),
        "gradient-norm": gradient_norm(model, batch),
        "gradient-x-input": gradient(model, batch, through_attention=True),
        "integrated-gradients": integrated_gradients(model, batch).abs(),
        "leave-one-out": leave_one_out(model, batch),
        "chance": torch.zeros_like(attention),
    }


def score_ranking(ranking: Tensor, evidence: Tensor, where: Tensor) -> RankingScores:
    """Score a ranking against the evidence.

    Args:
        ranking: (B, n), high: matters much.
        evidence: (B, n) boolean.
        where: (B, n) boolean, the words that are ranked; evidence elsewhere does not count.
    """
    planted, other = evidence & where, ~evidence & where
    k = planted.sum(dim=1)
    above, equal = _above_and_equal(ranking, where)
    # Of a group of equals that the k-th place cuts through, each has the same chance of being inside.
    inside = ((k[:, None] - above) / equal.clamp_min(1)).clamp(0, 1)
    precision = (inside * planted).sum(dim=1) / k
    above, equal = _above_and_equal(ranking, other)
    others = other.sum(dim=1)
    won = (others[:, None] - above - equal.double() / 2) * planted
    return RankingScores(precision.double(), won.sum(dim=1) / (k * others))


def _above_and_equal(ranking: Tensor, among: Tensor) -> tuple[Tensor, Tensor]:
    """(B, n) each: how many of the words `among` (B, n) rank above a word, and how many as high.

    By sorting, since comparing all pairs of words of long texts takes gigabytes.
    """
    ordered = ranking.masked_fill(~among, -torch.inf).sort(dim=1).values
    not_above = torch.searchsorted(ordered, ranking.contiguous(), right=True)
    below = torch.searchsorted(ordered, ranking.contiguous())
    return ranking.shape[1] - not_above, not_above - below


def coverage(attention: Tensor, evidence: Tensor) -> Tensor:
    """Share of attention on the evidence: (B, n) and (B, n) boolean -> (B)."""
    return (attention * evidence).sum(dim=1)
