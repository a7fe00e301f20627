"""A whole model as the adversary: Wiegreffe & Pinter, section 4.

A second model is trained to give the base model's output with different attention, consistently over all instances:

    L = TVD(its output, the base's output) - lambda KL(its attention || the base's attention)

over a range of lambda. Labels are not used. The epoch with the lowest training objective is kept, and training stops
after `PATIENCE` epochs without a lower one, as in their code (`training.lowest_objective`). Lambda 0, which only
imitates outputs, is not in the paper: it shows the cost of imitation alone. Two differences from the code: the loss is
the mean over a batch instead of its sum, which hardly matters to Adam, and it is not multiplied by the sum of the class
weights in the batch, which is an error in the code (model/Binary_Classification.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor, nn

from ablations.explanation.data.dataset import Batch
from ablations.explanation.distances import SMALLEST_WEIGHT, Form, jsd, kl, tvd
from ablations.explanation.models.protocol import distribution
from ablations.explanation.predictions import Predictions
from ablations.explanation.training import Objective

PATIENCE = 10

FAR_JSD = 0.4
"""Mean JSD that the second paper asks of an adversary that it shows (Table 4)."""


@dataclass(frozen=True)
class DistanceFromBase:
    """How far a model is from the base: a point of the second paper's figure of JSD against TVD.

    Attributes:
        jsd: (N) of attentions.
        tvd: (N) of outputs; the paper's figure has half of it (`distances.tvd`).
        f1: of the model.
    """

    jsd: Tensor
    tvd: Tensor
    f1: float

    @property
    def mean_jsd(self) -> float:
        """Over instances."""
        return float(self.jsd.double().mean())

    @property
    def mean_tvd(self) -> float:
        """Over instances."""
        return float(self.tvd.double().mean())


def imitate(base: Predictions, strength: float, form: Form = "half") -> Objective:
    """What adversarial training lowers.

    Args:
        base: the base model's, of the split that is trained on.
        strength: lambda; 0 imitates outputs alone.
        form: of the distance of outputs; lambdas in the paper's tables go with its code's half.
    """

    def objective(model: nn.Module, batch: Batch) -> Tensor:
        logits, alpha = model(batch)
        outputs, weights = base.probabilities[batch.index], base.alpha[batch.index, : alpha.shape[1]]
        # Where the base's weight has run down to 0, the divergence would be infinite and its gradient no number.
        away = kl(alpha, weights.clamp_min(SMALLEST_WEIGHT))
        return (tvd(distribution(logits), outputs, form) - strength * away).mean()

    return objective


def distance_from_base(base: Predictions, other: Predictions) -> DistanceFromBase:
    """Compare any model with the base on the same N instances: an adversary, another seed, uniform weights."""
    return DistanceFromBase(
        jsd=jsd(other.alpha, base.alpha), tvd=tvd(other.probabilities, base.probabilities), f1=other.f1
    )


def closest(
    curve: Iterable[tuple[float, DistanceFromBase]], far: float = FAR_JSD
) -> tuple[float, DistanceFromBase] | None:
    """Of (lambda, how far apart) the one with the closest outputs among those whose attention is far; Table 4.

    Lambda 0 is no candidate, however far it is: it is what the others are compared with.
    """
    among = [(strength, point) for strength, point in curve if strength > 0 and point.mean_jsd > far]
    return min(among, key=lambda pair: pair[1].mean_tvd, default=None)
