"""Plain reference versions of the experiments: one instance, one word, one permutation at a time.

They share only the definitions of distances with the batched versions. Tests compare the results of both, and
`speed.py` compares their speed.
"""

import torch
from torch import Tensor

from ablations.explanation import random_draws
from ablations.explanation.adversary import Settings
from ablations.explanation.data.dataset import Batch
from ablations.explanation.models.protocol import Explained, distribution


def instances(batch: Batch) -> list[Batch]:
    """Each instance by itself, without padding."""
    singles = []
    for row, length in enumerate(batch.lengths.tolist()):
        singles.append(_of(batch.rows(torch.tensor([row])), list(range(length))))
    return singles


def _of(batch: Batch, places: list[int]) -> Batch:
    """Only these places of a batch."""
    tokens, mask, attendable = (part[:, places] for part in (batch.tokens, batch.mask, batch.attendable))
    return Batch(tokens, mask, attendable, batch.labels, batch.index, batch.query, batch.split)


@torch.no_grad()
def leave_one_out(model: Explained, batch: Batch) -> list[Tensor]:
    """For each instance (n): how far the output moves without the word."""
    all_changes = []
    for instance in instances(batch):
        whole = distribution(model(instance)[0])[0]
        changes = torch.zeros(instance.tokens.shape[1], dtype=whole.dtype)
        places = instance.attendable[0].nonzero()[:, 0].tolist()
        for place in places if len(places) > 1 else []:
            less = _of(instance, [i for i in range(instance.tokens.shape[1]) if i != place])
            changes[place] = (distribution(model(less)[0])[0] - whole).abs().sum() / 2
        all_changes.append(changes)
    return all_changes


@torch.no_grad()
def permute(model: Explained, batch: Batch, permutations: int = 100, seed: int = 1) -> Tensor:
    """(B) median over permutations of the output's change."""
    medians = []
    for instance in instances(batch):
        hidden = model.encode(model.embed(instance.tokens), instance)
        alpha = model.attend(hidden, instance)
        before = distribution(model.decide(hidden, alpha, instance))
        changes = []
        for order in random_draws.permutations(instance, permutations, seed)[0]:
            after = distribution(model.decide(hidden, alpha[:, order], instance))
            changes.append(float((after - before).abs().sum()) / 2)
        ordered = sorted(changes)
        medians.append((ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2)
    return torch.tensor(medians)


def attack(model: Explained, batch: Batch, settings: Settings | None = None, seed: int = 1) -> list[Tensor]:
    """For each instance (k, n): what its adversaries end with, the k of one instance going down together."""
    settings = settings or Settings()
    attentions = []
    for instance in instances(batch):
        with torch.no_grad():
            hidden = model.encode(model.embed(instance.tokens), instance)
            own = model.attend(hidden, instance)
            output = distribution(model.decide(hidden, own, instance))
        free = instance.attendable[0]
        logits = (settings.spread * random_draws.normals(instance, settings.k, seed)[0].to(own.dtype)).requires_grad_()
        optimiser = torch.optim.Adam([logits], lr=settings.lr, amsgrad=True)
        for _ in range(settings.steps):
            alphas = logits.masked_fill(~free, -torch.inf).softmax(dim=-1)
            loss = torch.zeros((), dtype=own.dtype)
            for i in range(settings.k):
                changed = distribution(model.decide(hidden, alphas[i : i + 1], instance))
                excess = (changed - output).abs().sum() / 2 - settings.epsilon
                loss = loss + settings.penalty * excess.relu() - _divergence(alphas[i, free], own[0, free])
            pairs = [(i, j) for i in range(settings.k) for j in range(i)]
            for i, j in pairs:
                loss = loss - _divergence(alphas[i, free], alphas[j, free]) / len(pairs)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        attentions.append(logits.detach().masked_fill(~free, -torch.inf).softmax(dim=-1))
    return attentions


def _divergence(p: Tensor, q: Tensor) -> Tensor:
    m = (p + q) / 2
    return ((p * (p / m).log()).sum() + (q * (q / m).log()).sum()) / 2
