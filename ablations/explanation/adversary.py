"""Adversarial attention: Jain & Wallace, section 4.2.2. How different may the weights be while the output stays?

For each instance, k attentions are optimised together to be as far as possible from the model's own and from each
other, while the output stays within epsilon:

    maximise    sum over i of JSD(alpha_i, alpha)  +  mean over pairs i < j of JSD(alpha_i, alpha_j)
    subject to  TVD(output under alpha_i, output) <= epsilon

by Adam with AMSGrad on free logits, hidden states fixed, the constraint as a hinge of weight lambda. All instances
and all k are optimised at once; since Adam has a step size for each number, each moves as it would alone.

Text and code differ. The text has one epsilon (0.01 for classification); the code has 0.01 in the hinge and lets
candidates up to 0.05 pass when it reports: `Settings.epsilon` and the argument of `Adversaries.best`. The text weighs
lambda by 1 / k, the code does not, and nor does this. Each pair weighs 1 / (k (k - 1)) in the text, 2 / k^2 in the code
(model/Binary_Classification.py: a mean over all pairs, of each with itself, too), and 2 / (k (k - 1)) here.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ablations.explanation import random_draws
from ablations.explanation.data.dataset import Batch
from ablations.explanation.distances import jsd, negentropy, tvd
from ablations.explanation.linear_decision import Decision, decision_of
from ablations.explanation.models.protocol import Explained, distribution
from ablations.explanation.summaries import Bin, by_largest_weight, of_classes

EPSILON_OF_TEXT = 0.01
EPSILON_OF_REPORT = 0.05
"""The largest distance that the first paper's code accepts (Trainers/PlottingBC.py)."""


@dataclass(frozen=True)
class Settings:
    """Of the search; the values are the paper's.

    Attributes:
        k: adversaries an instance.
        steps: of Adam.
        lr: its learning rate.
        penalty: lambda, of what a total variation distance exceeds epsilon by.
        epsilon: of the hinge.
        spread: standard deviation of the normal noise on uniform weights' logits, from which they start.
        keep: "last": what the last step ends with, as in the papers' code; "best": of all steps, the farthest that
            is within epsilon, and the last where none is.
    """

    k: int = 5
    steps: int = 500
    lr: float = 0.01
    penalty: float = 500.0
    epsilon: float = EPSILON_OF_TEXT
    spread: float = 3.0
    keep: Literal["last", "best"] = "last"


@dataclass(frozen=True)
class Best:
    """The farthest admissible attention of each instance; the model's own where no adversary is admissible.

    Attributes:
        jsd: (B) from the model's own; 0 where that is it.
        tvd: (B) of the outputs.
        attention: (B, n).
        found: (B) boolean, whether any adversary is admissible.
    """

    jsd: Tensor
    tvd: Tensor
    attention: Tensor
    found: Tensor


@dataclass(frozen=True)
class Adversaries:
    """All that were found.

    Attributes:
        attention: (B, k, n).
        jsd, tvd: (B, k) from the model's own attention, and of the outputs.
        own: (B, n) the model's own attention.
        largest: (B) its largest weight.
        predicted: (B) class under it.
    """

    attention: Tensor
    jsd: Tensor
    tvd: Tensor
    own: Tensor
    largest: Tensor
    predicted: Tensor

    def best(self, epsilon: float) -> Best:
        """Of each instance the largest divergence among the adversaries whose output is within epsilon.

        The model's own attention is a candidate, too, so that an instance without an adversary counts as 0 and is not
        left out (Trainers/PlottingBC.py).
        """
        admissible = self.tvd <= epsilon
        far, which = self.jsd.masked_fill(~admissible, -1).max(dim=1)
        found = far >= 0
        attention = self.attention[torch.arange(len(which)), which]
        return Best(
            jsd=torch.where(found, far, 0),
            tvd=torch.where(found, self.tvd.gather(1, which[:, None])[:, 0], 0),
            attention=torch.where(found[:, None], attention, self.own),
            found=found,
        )

    def bins(self, epsilon: float, classes: int) -> dict[str, list[Bin]]:
        """Best divergences by largest weight: "all", and of each predicted class, by its number."""
        best = self.best(epsilon).jsd
        return {
            name: by_largest_weight(best[which], self.largest[which])
            for name, which in of_classes(self.predicted, classes).items()
        }


def attack(model: Explained, batch: Batch, settings: Settings | None = None, seed: int = 1) -> Adversaries:
    """Search adversaries for each instance.

    Args:
        model: whose; in evaluation mode. Its weights and hidden states stay as they are.
        batch: of B instances.
        settings: of the search.
        seed: of the noise they start from; that of an instance depends on its number and this only.
    """
    settings = settings or Settings()
    with torch.no_grad():
        hidden = model.encode(model.embed(batch.tokens), batch)
        own = model.attend(hidden, batch)
        output = distribution(model.decide(hidden, own, batch))
    start = settings.spread * random_draws.normals(batch, settings.k, seed).to(own.dtype)
    decide = decision_of(model, hidden, batch)
    attention = _search(decide, own, output, batch.attendable, start, settings)
    with torch.no_grad():
        changed = decide(attention)
    return Adversaries(
        attention=attention,
        jsd=jsd(attention, own[:, None]),
        tvd=tvd(changed, output[:, None]),
        own=own,
        largest=own.max(dim=1).values,
        predicted=output.argmax(dim=-1),
    )


def _search(
    decide: Decision, own: Tensor, output: Tensor, attendable: Tensor, start: Tensor, settings: Settings
) -> Tensor:
    """(B, k, n) attentions.

    Args:
        decide: outputs of attentions.
        own, output: (B, n) and (B, classes) of the model itself.
        attendable: (B, n) boolean.
        start: (B, k, n) logits beyond those of uniform weights, which are all alike and so make no difference.
        settings: of the search.
    """
    logits = start.masked_fill(~attendable[:, None], -torch.inf).requires_grad_()
    optimiser = torch.optim.Adam([logits], lr=settings.lr, amsgrad=True, fused=True)
    farthest = _Farthest(torch.zeros_like(start), start.new_full(start.shape[:2], -1.0), settings.epsilon)
    for _ in range(settings.steps):
        alpha = logits.softmax(dim=-1)
        change = tvd(decide(alpha), output[:, None])
        far, apart = _divergences(alpha, own)
        loss = settings.penalty * (change - settings.epsilon).relu().sum() - far.sum() - apart.sum()
        if settings.keep == "best":
            farthest.see(alpha.detach(), far.detach(), change.detach())
        (logits.grad,) = torch.autograd.grad(loss, logits)
        optimiser.step()
    with torch.no_grad():
        last = logits.softmax(dim=-1)
        if settings.keep == "last":
            return last
        farthest.see(last, _divergences(last, own)[0], tvd(decide(last), output[:, None]))
    return torch.where((farthest.divergence >= 0)[..., None], farthest.attention, last)


def _divergences(alpha: Tensor, own: Tensor) -> tuple[Tensor, Tensor]:
    """JSD of (B, k, n) attentions to the (B, n) own ones, (B, k), and its mean over pairs of them, (B).

    By negentropies, of which each is needed several times: a quarter of the logarithms.
    """
    k, negentropies = alpha.shape[1], negentropy(alpha)
    far = (negentropies + negentropy(own)[:, None]) / 2 - negentropy((alpha + own[:, None]) / 2)
    apart = torch.zeros_like(far[:, 0])
    for step in range(1, k // 2 + 1):  # each with the one so many further on in the round, which is every pair
        means = (alpha + alpha.roll(step, dims=1)) / 2
        of_step = (negentropies - negentropy(means)).sum(dim=1)
        apart = apart + (of_step / 2 if 2 * step == k else of_step)  # halfway round, each pair comes twice
    return far, apart / max(1, k * (k - 1) // 2)


@dataclass
class _Farthest:
    """The farthest attentions within epsilon so far: (B, k, n), and how far, (B, k), -1 where there is none yet."""

    attention: Tensor
    divergence: Tensor
    epsilon: float

    def see(self, alpha: Tensor, far: Tensor, change: Tensor) -> None:
        """Keep what is admissible and farther."""
        better = (change <= self.epsilon) & (far > self.divergence)
        self.divergence = torch.where(better, far, self.divergence)
        self.attention = torch.where(better[..., None], alpha, self.attention)
