"""Shared by all searches: their result, the tokens that they never generate, and the length limit of a translation."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from repro.data.vocabulary import BOS, PAD
from repro.models.positions import LearnedPositions
from repro.models.seq2seq import Seq2Seq


@dataclass(frozen=True)
class Hypothesis:
    """One translation of one sentence.

    Attributes:
        tokens: ids without the symbols for begin and end.
        score: log probability divided by the length penalty; what hypotheses are ranked by.
        log_probability: natural logarithm of P(tokens, end | source) under the model, over its whole
            vocabulary.
    """

    tokens: list[int]
    score: float
    log_probability: float


def never_generated(forbidden: Iterable[int]) -> list[int]:
    """The ids that no search may choose: padding, the begin symbol, and those `forbidden`.

    They keep their probability: what a model wastes on them is missing from its hypotheses' scores.
    """
    return sorted({PAD, BOS, *forbidden})


def most_positions(model: Seq2Seq) -> int | None:
    """How many tokens a sequence can have for `model`, where learned positions set an end."""
    if not isinstance(model, nn.Module):
        return None
    positions = [part.weight.shape[0] for part in model.modules() if isinstance(part, LearnedPositions)]
    return min(positions, default=None)


def length_limits(model: Seq2Seq, src: Tensor, max_extra: int) -> Tensor:
    """The most tokens that each translation may have: source length + 50 in the paper (section 6.1).

    Both lengths count the end symbol, if the source has one. Learned positions may set an earlier end.

    Args:
        model: the model that decodes.
        src: (B, n) source ids, padded with 0.
        max_extra: tokens that a translation may be longer than its source.

    Returns:
        (B,) lengths, each at least 1.
    """
    limits = ((src != PAD).sum(dim=1) + max_extra).clamp(min=1)
    positions = most_positions(model)
    return limits if positions is None else limits.clamp(max=positions)


def check_numbers(log_probabilities: Tensor) -> None:
    """Stop at NaN, which any search would carry along silently.

    Raises:
        FloatingPointError: a log probability is not a number.
    """
    if bool(torch.isnan(log_probabilities).any()):
        raise FloatingPointError("the model's logits are not numbers: its training has diverged")
