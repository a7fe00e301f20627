"""A run's options for decoding and scoring."""

from dataclasses import dataclass, field
from typing import Any

import torch

from repro.data.vocabulary import Vocabulary
from repro.decoding.length_penalty import LengthPenalty
from repro.decoding.translate import Translator


@dataclass
class DecodingSettings:
    """How and what is decoded and scored after training (section 6.1).

    Attributes:
        splits: which splits to translate.
        unaveraged: those of them that the last checkpoint translates, as the paper does for Table 3; the average of
            the last checkpoints translates the others.
        lines: how many of each split, from its beginning; None for all. Scores of a part of a split decide nothing.
        beam: beam size; 4 in the paper.
        alpha: of the length penalty; 0.6 in the paper.
        length_penalty: "gnmt" as in the paper, "length" as in other toolkits, or "none".
        max_extra: the output may have so many tokens more than the source; 50 in the paper.
        batch_tokens: source tokens in a batch, padding included; memory grows with it and with `beam`.
        waterfall: also decode the first split greedily, unaveraged and without length penalty, to
            show what each of these brings.
        pretokenised: the corpus is tokens joined by spaces, so scores are computed on them as they are.
        resamples: of the bootstrap over sentences; 0 for no intervals.
    """

    splits: list[str] = field(default_factory=lambda: ["test"])
    unaveraged: list[str] = field(default_factory=list)
    lines: int | None = None
    beam: int = 4
    alpha: float = 0.6
    length_penalty: LengthPenalty = "gnmt"
    max_extra: int = 50
    batch_tokens: int = 4_000
    waterfall: bool = True
    pretokenised: bool = False
    resamples: int = 1000


def translator(
    network: Any, vocabulary: Vocabulary, settings: DecodingSettings, device: torch.device, **changes: Any
) -> Translator:
    """The settings' beam search over a network; `changes` replace single settings."""
    options: dict[str, Any] = {
        "beam": settings.beam,
        "alpha": settings.alpha,
        "penalty": settings.length_penalty,
        "max_extra": settings.max_extra,
        "batch_tokens": settings.batch_tokens,
        "device": device,
        **changes,
    }
    return Translator(network, vocabulary, **options)
