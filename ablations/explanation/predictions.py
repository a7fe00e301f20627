"""A model's predictions on a whole split, and their quality."""

from dataclasses import dataclass

import torch
from scipy.stats import rankdata
from torch import Tensor, nn

from ablations.explanation.data.dataset import Dataset, Split
from ablations.explanation.models.protocol import distribution

EVALUATION_BATCH_SIZE = 256
"""Instances of a batch where no gradient is taken."""


@dataclass(frozen=True)
class Predictions:
    """Of N instances of one split, in their order.

    Attributes:
        probabilities: (N, classes).
        alpha: (N, n) with n that of the longest, 0 beyond an instance's end.
        labels: (N).
    """

    probabilities: Tensor
    alpha: Tensor
    labels: Tensor

    @property
    def accuracy(self) -> float:
        """Share of instances whose most probable class is their label."""
        return float((self.probabilities.argmax(dim=1) == self.labels).double().mean())

    @property
    def f1(self) -> float:
        """Of class 1, at a probability of one half, as in both papers; 0 where nothing of class 1 was found."""
        said, true = self.probabilities[:, 1] >= 0.5, self.labels == 1
        return 2 * int((said & true).sum()) / max(int(said.sum() + true.sum()), 1)

    @property
    def roc_auc(self) -> float:
        """The probability that an instance of class 1 is given more of class 1 than one of class 0 (ties half)."""
        true = (self.labels == 1).numpy()
        ranks = rankdata(self.probabilities[:, 1].double().numpy())
        ones, zeros = int(true.sum()), int((~true).sum())
        return float((ranks[true].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def predict(model: nn.Module, dataset: Dataset, split: Split, size: int = EVALUATION_BATCH_SIZE) -> Predictions:
    """Outputs and attention of a model in evaluation mode for every instance of a split.

    Args:
        model: `protocol.Explained`.
        dataset: whose split.
        split: which.
        size: instances of a batch at most.
    """
    instances = dataset.splits[split]
    probabilities = torch.zeros(len(instances), len(dataset.classes))
    alpha = torch.zeros(len(instances), max(map(len, instances)))
    labels = torch.zeros(len(instances), dtype=torch.long)
    before = model.training
    model.eval()
    with torch.inference_mode():
        for batch in dataset.batches(split, size, tokens=32768):
            logits, weights = model(batch)
            probabilities[batch.index] = distribution(logits)
            alpha[batch.index, : weights.shape[1]] = weights
            labels[batch.index] = batch.labels
    model.train(before)
    return Predictions(probabilities, alpha, labels)
