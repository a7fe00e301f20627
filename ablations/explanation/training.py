"""One seeded training, for any model and any objective: selected on dev, never on test.

As in the first paper's code: Adam with amsgrad, rate 0.001, batches of 32, weight decay 1e-5 but for attention, classes
weighted by their inverse frequency, and the epoch that is best on dev, by ROC AUC (by accuracy for more than two
classes), the first one excepted. Their loss is a batch's sum and this one its mean, which is the same to Adam but for
the decay, here divided accordingly. The second paper's code selects epochs on test, which no training here does.
Batches hold texts of like length, and fewer than 32 where these would have more than 8,192 words.
"""

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch._dynamo  # what a process's first optimiser imports: a second that forked cells then need not spend
import torch.nn.functional as F
from torch import Tensor, nn

from ablations.explanation.data.dataset import Batch, Dataset
from ablations.explanation.predictions import predict
from repro.errors import Diverged
from repro.progress import Progress

Objective = Callable[[nn.Module, Batch], Tensor]
"""The training objective: a scalar, the mean over the batch's instances."""

Selection = Callable[[nn.Module, float], float]
"""How good a model is after an epoch, higher being better, given the objective's mean over that epoch."""


@dataclass(frozen=True)
class Training:
    """How long and how fast.

    Attributes:
        epochs: at most.
        patience: epochs without a better one after which it ends.
        rate: Adam's.
        size: instances of a batch.
        weight_decay: of all but attention, beside the sum of a batch's losses.
        first: epochs before this one, from 0, are not kept while others come.
    """

    epochs: int = 8
    patience: int = 8
    rate: float = 1e-3
    size: int = 32
    weight_decay: float = 1e-5
    first: int = 1


@dataclass(frozen=True)
class History:
    """The result of a training.

    Attributes:
        objective: its mean over each epoch.
        selection: the model's score after each epoch.
        best: the epoch whose parameters the model has now, from 0.
    """

    objective: tuple[float, ...]
    selection: tuple[float, ...]
    best: int


def train(
    model: nn.Module,
    dataset: Dataset,
    training: Training,
    seed: int,
    objective: Objective | None = None,
    selection: Selection | None = None,
    label: str = "training",
) -> History:
    """Train a model in place; it ends in evaluation mode with the parameters of its best epoch.

    Args:
        model: `protocol.Explained`; parameters that take no gradient stay as they are.
        dataset: its training split is learned from.
        training: how long and how fast.
        seed: of the order of batches and of dropout; torch's own random state is left as it was.
        objective: by default `classify(dataset)`.
        selection: by default `on_dev(dataset)`.
        label: what its progress is shown under.

    Raises:
        Diverged: the objective is no longer a number.
    """
    objective, selection = objective or classify(dataset), selection or on_dev(dataset)
    optimiser = _optimiser(model, training)
    generator = torch.Generator().manual_seed(seed)
    objectives: list[float] = []
    scores: list[float] = []
    first = min(training.first, training.epochs - 1)
    best, kept = first, copy.deepcopy(model.state_dict())
    with torch.random.fork_rng(devices=[]), Progress(label, training.epochs, "epochs") as counter:
        torch.manual_seed(seed)
        for epoch in range(training.epochs):
            objectives.append(_epoch(model, dataset, training, optimiser, objective, generator))
            scores.append(selection(model, objectives[-1]))
            counter.advance()
            if epoch < first:
                continue
            if epoch == first or scores[-1] > scores[best]:
                best, kept = epoch, copy.deepcopy(model.state_dict())
            elif epoch - best >= training.patience:
                break
    model.load_state_dict(kept)
    model.eval()
    return History(tuple(objectives), tuple(scores), best)


def classify(dataset: Dataset) -> Objective:
    """Cross entropy. All classes that occur in training weigh the same; answers to questions are not weighted."""
    if dataset.has_questions:
        return lambda model, batch: F.cross_entropy(model(batch)[0], batch.labels)
    labels = torch.tensor([each.label for each in dataset.splits["train"]])
    counts = torch.bincount(labels, minlength=len(dataset.classes))
    weight = len(labels) / ((counts > 0).sum() * counts.clamp(min=1))

    def objective(model: nn.Module, batch: Batch) -> Tensor:
        logits, _ = model(batch)
        # Not torch's own mean, which divides by the weights of the batch: one of a single class would weigh as much.
        return F.cross_entropy(logits, batch.labels, weight=weight.to(logits.dtype), reduction="none").mean()

    return objective


def on_dev(dataset: Dataset) -> Selection:
    """ROC AUC on dev, or accuracy where there are more than two classes."""

    def selection(model: nn.Module, _: float) -> float:
        predictions = predict(model, dataset, "dev")
        return predictions.roc_auc if len(dataset.classes) == 2 else predictions.accuracy

    return selection


def lowest_objective(model: nn.Module, objective: float) -> float:
    """The selection of the second paper's adversarial training: the lowest training objective."""
    return -objective


def _epoch(
    model: nn.Module,
    dataset: Dataset,
    training: Training,
    optimiser: torch.optim.Optimizer,
    objective: Objective,
    generator: torch.Generator,
) -> float:
    """One pass; returns the objective's mean over instances."""
    model.train()
    total = 0.0
    for batch in dataset.batches("train", training.size, generator=generator):
        optimiser.zero_grad()
        loss = objective(model, batch)
        loss.backward()
        optimiser.step()
        total += loss.item() * len(batch)
    if not math.isfinite(total):
        raise Diverged("the objective is no longer a number; lower the rate")
    return total / len(dataset.splits["train"])


def _optimiser(model: nn.Module, training: Training) -> torch.optim.Optimizer:
    attention: list[nn.Parameter] = []
    other: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            (attention if name.startswith("attention.") else other).append(parameter)
    groups: list[dict[str, Any]] = [
        {"params": other, "weight_decay": training.weight_decay / training.size},
        {"params": attention, "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    return torch.optim.Adam(groups, lr=training.rate, amsgrad=True, fused=True)
