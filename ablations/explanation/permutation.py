"""Attention shuffled: Jain & Wallace, section 4.2.1. Does it matter which word has which weight?

Each instance's weights are permuted at random among the words that attention may reach. Hidden states stay the same, so
an instance is encoded once. The median change of the output over permutations is compared with the largest weight:
where one word has nearly all of it, shuffling should matter.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ablations.explanation import random_draws
from ablations.explanation.data.dataset import Batch
from ablations.explanation.distances import tvd
from ablations.explanation.linear_decision import decision_of
from ablations.explanation.models.protocol import Explained, distribution
from ablations.explanation.summaries import Bin, by_largest_weight, median, of_classes


@dataclass(frozen=True)
class PermutationEffect:
    """The effects of shuffling.

    Attributes:
        change: (B) median over permutations of the total variation distance of the outputs.
        kept: (B) share of permutations under which the same class is predicted.
        largest: (B) the largest weight before.
        predicted: (B) class before.
        example: (B, n) weights under the first permutation, to be looked at.
    """

    change: Tensor
    kept: Tensor
    largest: Tensor
    predicted: Tensor
    example: Tensor

    def bins(self, classes: int) -> dict[str, list[Bin]]:
        """Changes by largest weight: "all", and of each predicted class, by its number."""
        return {
            name: by_largest_weight(self.change[which], self.largest[which])
            for name, which in of_classes(self.predicted, classes).items()
        }


@torch.no_grad()
def permute(model: Explained, batch: Batch, permutations: int = 100, seed: int = 1) -> PermutationEffect:
    """Shuffle the attention of each instance.

    Args:
        model: whose; in evaluation mode.
        batch: of B instances.
        permutations: of each; the paper has 100.
        seed: of the permutations; those of an instance depend on its number and this only.
    """
    hidden = model.encode(model.embed(batch.tokens), batch)
    alpha = model.attend(hidden, batch)
    before = distribution(model.decide(hidden, alpha, batch))
    shuffled = (
        alpha[:, None].expand(-1, permutations, -1).gather(-1, random_draws.permutations(batch, permutations, seed))
    )
    after = decision_of(model, hidden, batch)(shuffled)
    return PermutationEffect(
        change=median(tvd(after, before[:, None]), dim=1),
        kept=(after.argmax(dim=-1) == before.argmax(dim=-1)[:, None]).to(alpha.dtype).mean(dim=1),
        largest=alpha.max(dim=1).values,
        predicted=before.argmax(dim=-1),
        example=shuffled[:, 0],
    )
