"""Does attention rank words as importance measures do? Jain & Wallace, section 4.1, Table 2.

Each instance has one Kendall's tau, over the words that attention may reach. The summary has mean, standard deviation
and the significant share, over all instances and for each predicted class. The measures are also correlated with each
other, to show how well two measures of the same thing agree. A constant ranking, such as that of uniform attention, has
no tau; such instances are counted.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from torch import Tensor

from ablations.explanation.kendall import kendall
from ablations.explanation.summaries import of_classes, summarise

SIGNIFICANT_P = 0.05
"""A p value up to this one counts, as in the first paper's code; it depends on a text's length as much as on tau."""


@dataclass(frozen=True)
class Agreement:
    """A cell of Table 2.

    Attributes:
        mean, deviation: of tau over the instances that have one.
        significant: share of those whose p value is at most 0.05.
        count: how many have a tau.
        undefined: how many have none.
    """

    mean: float
    deviation: float
    significant: float
    count: int
    undefined: int

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Correlation:
    """Of two rankings, instance by instance.

    Attributes:
        tau, p: (B), NaN where undefined.
        predicted: (B) numbers of classes.
    """

    tau: Tensor
    p: Tensor
    predicted: Tensor

    def agreement(self, which: Tensor) -> Agreement:
        """Over some instances, (B) boolean."""
        tau, p = summarise(self.tau[which]), self.p[which]
        significant = summarise((p <= SIGNIFICANT_P).double().masked_fill(p.isnan(), float("nan")))
        return Agreement(tau.mean, tau.deviation, significant.mean, tau.count, tau.undefined)

    def table(self, classes: int) -> dict[str, Agreement]:
        """ "all" and each predicted class, by its number."""
        return {name: self.agreement(which) for name, which in of_classes(self.predicted, classes).items()}


def correlations(
    rankings: Mapping[str, Tensor], where: Tensor, predicted: Tensor
) -> dict[tuple[str, str], Correlation]:
    """Each pair of rankings, in their order.

    Args:
        rankings: name -> (B, n) values: attention, gradient, leave-one-out.
        where: (B, n) boolean, the words that are ranked.
        predicted: (B) classes.
    """
    by_pair = {}
    for one, other in combinations(rankings, 2):
        tau = kendall(rankings[one], rankings[other], where)
        by_pair[one, other] = Correlation(tau.tau, tau.p, predicted)
    return by_pair
