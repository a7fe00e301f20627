"""Diagnosing attention by guides: Wiegreffe & Pinter, section 3.4, Table 3.

Do a model's weights help a model that sees no context? A token-wise network is trained with its weights frozen to
those of a guide: uniform ones, those that it learns by itself, the base LSTM's, or an adversary's. If attention were
arbitrary, the base's weights would guide no better than uniform ones or the adversary's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import nn

from ablations.explanation.data.dataset import Split
from ablations.explanation.models.attention import Given
from ablations.explanation.predictions import Predictions

UNIFORM, TRAINED, BASE, ADVERSARY = "uniform", "trained", "base", "adversary"
ORDER = (UNIFORM, TRAINED, BASE, ADVERSARY)
"""As Table 3 has them."""

Guide = str | nn.Module
"""The attention that a classifier takes."""


@dataclass(frozen=True)
class Diagnosis:
    """The network's results under each guide.

    Attributes:
        predictions: guide -> of the test split.
    """

    predictions: Mapping[str, Predictions]

    @property
    def f1(self) -> dict[str, float]:
        """Guide -> F1 of class 1, as in Table 3."""
        return {name: predictions.f1 for name, predictions in self.predictions.items()}


def guides(base: Mapping[Split, Predictions], adversary: Mapping[Split, Predictions] | None) -> dict[str, Guide]:
    """The four guides, in the order of Table 3.

    Args:
        base: the base LSTM's predictions on every split.
        adversary: those of a model trained against it (`adversarial_training`); None: there is none, and three guides.
    """
    by_name: dict[str, Guide] = {UNIFORM: "uniform", TRAINED: "additive", BASE: _given(base)}
    return by_name if adversary is None else by_name | {ADVERSARY: _given(adversary)}


def diagnose(guides: Mapping[str, Guide], train: Callable[[Guide], Predictions]) -> Diagnosis:
    """Train the token-wise network once for each guide.

    Args:
        guides: name -> where weights come from.
        train: trains one with this attention, from the same seed each time, and returns its test predictions.
    """
    return Diagnosis({name: train(guide) for name, guide in guides.items()})


def _given(predictions: Mapping[Split, Predictions]) -> Given:
    return Given({split: of_split.alpha for split, of_split in predictions.items()})
