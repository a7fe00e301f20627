"""How far attention differs between seeds: Wiegreffe & Pinter, section 3.3.

Models trained from other seeds give the scale for an adversary's distance. For each instance, the median over seeds of
the divergence from the base model's attention is compared with the divergence that an adversary reaches. Where training
alone moves attention as far, the adversary shows nothing.

Where the paper draws graphs, this counts. The adversary is the farthest one within 0.01 of the output (their graphs
have the median of two), and farther means farther by any amount. The change of output over seeds is its median (theirs:
the mean). Built-in reviews have two other seeds, whose median is their mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ablations.explanation.distances import jsd, tvd
from ablations.explanation.predictions import Predictions
from ablations.explanation.summaries import Bin, Summary, by_largest_weight, median, of_classes, summarise


@dataclass(frozen=True)
class SeedVariance:
    """Of S models against a base model, over N instances.

    Attributes:
        jsd: (S, N) of attentions.
        tvd: (S, N) of outputs.
        largest: (N) the base model's largest weight.
        predicted: (N) its class.
    """

    jsd: Tensor
    tvd: Tensor
    largest: Tensor
    predicted: Tensor

    @property
    def median_jsd(self) -> Tensor:
        """(N) over seeds."""
        return median(self.jsd, dim=0)

    @property
    def median_tvd(self) -> Tensor:
        """(N) over seeds."""
        return median(self.tvd, dim=0)

    def bins(self, classes: int) -> dict[str, list[Bin]]:
        """Median divergences by largest weight: "all", and of each predicted class, by its number."""
        return {
            name: by_largest_weight(self.median_jsd[which], self.largest[which])
            for name, which in of_classes(self.predicted, classes).items()
        }

    def compare_with(self, adversaries: Tensor) -> "SeedsAndAdversaries":
        """Compare with (N) divergences that adversaries reach on the same instances."""
        return SeedsAndAdversaries(
            seeds=summarise(self.median_jsd),
            adversaries=summarise(adversaries),
            beyond_median=float((adversaries > self.median_jsd).double().mean()),
            beyond_all=float((adversaries > self.jsd.max(dim=0).values).double().mean()),
        )


@dataclass(frozen=True)
class SeedsAndAdversaries:
    """Seeds and adversaries side by side.

    Attributes:
        seeds: of the instances' median divergences over seeds.
        adversaries: of the divergences that adversaries reach.
        beyond_median, beyond_all: share of instances whose adversary is farther than the median seed, than every seed.
    """

    seeds: Summary
    adversaries: Summary
    beyond_median: float
    beyond_all: float


def seed_variance(base: Predictions, others: Sequence[Predictions]) -> SeedVariance:
    """Compare models of other seeds with one of them.

    Args:
        base: of N instances.
        others: S models, of the same instances.
    """
    return SeedVariance(
        jsd=torch.stack([jsd(other.alpha, base.alpha) for other in others]),
        tvd=torch.stack([tvd(other.probabilities, base.probabilities) for other in others]),
        largest=base.alpha.max(dim=1).values,
        predicted=base.probabilities.argmax(dim=1),
    )
