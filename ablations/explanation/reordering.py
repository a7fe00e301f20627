"""The same review, its sentences or clauses in another order: does the verdict stay, and weights with their words?

Neither paper has this. An average encoder reads each word by itself and cannot notice; it is the control, whose output
may differ by rounding only.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ablations.explanation.data.dataset import Batch
from ablations.explanation.distances import jsd, tvd
from ablations.explanation.kendall import kendall
from ablations.explanation.models.protocol import Explained, distribution
from ablations.explanation.summaries import Summary, summarise


@dataclass(frozen=True)
class OrderComparison:
    """The effects of another order.

    Attributes:
        stays: (B) boolean, whether the same class is predicted.
        tvd: (B) of the outputs.
        tau, p: (B) Kendall's of the weights, matched by word; NaN where undefined.
        jsd: (B) of the weights, matched by word.
        own: (B, n) weights before.
        moved: (B, n) weights after, each at its word's place before.
    """

    stays: Tensor
    tvd: Tensor
    tau: Tensor
    p: Tensor
    jsd: Tensor
    own: Tensor
    moved: Tensor

    @property
    def share_that_stays(self) -> float:
        """Of instances whose verdict stays."""
        return float(self.stays.double().mean())

    def summaries(self) -> dict[str, Summary]:
        """Of each measure over the instances."""
        return {name: summarise(getattr(self, name)) for name in ("tvd", "tau", "jsd")}


@torch.no_grad()
def compare_orders(model: Explained, batch: Batch, reordered: Batch, places: Tensor) -> OrderComparison:
    """Read both orders of the same texts.

    Args:
        model: in evaluation mode.
        batch: of B instances.
        reordered: the same instances in the same order, each with the same words in another order.
        places: (B, n) where in `reordered` the word of each place of `batch` is; any number where attention may not go.

    Raises:
        ValueError: a word and the one at its place in the other order are not the same.
    """
    went = places.masked_fill(~batch.attendable, 0)
    same = (reordered.tokens.gather(1, went) == batch.tokens) & reordered.attendable.gather(1, went)
    if not same[batch.attendable].all():
        raise ValueError("places do not lead to the same words")
    (before, own), (after, other) = model(batch), model(reordered)
    moved = other.gather(1, went) * batch.attendable
    ranks = kendall(own, moved, batch.attendable)
    outputs, changed = distribution(before), distribution(after)
    return OrderComparison(
        stays=outputs.argmax(dim=1) == changed.argmax(dim=1),
        tvd=tvd(outputs, changed),
        tau=ranks.tau,
        p=ranks.p,
        jsd=jsd(own, moved),
        own=own,
        moved=moved,
    )
