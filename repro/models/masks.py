"""Masks: boolean, `True` = may attend. Other libraries' conventions are converted at their border."""

import torch
from torch import Tensor

PAD = 0
"""The id that fills rows up to a rectangle; the same in every vocabulary."""


def padding_mask(ids: Tensor) -> Tensor:
    """Which keys are real tokens.

    Args:
        ids: (B, n) token ids.

    Returns:
        (B, 1, 1, n) boolean, to be broadcast over heads and queries.
    """
    return (ids != PAD)[:, None, None, :]


def causal_mask(m: int, device: torch.device | None = None) -> Tensor:
    """Which positions each position may see: itself and those before it (section 3.2.3).

    Returns:
        (1, 1, m, m) boolean, queries by keys.
    """
    return torch.ones(m, m, dtype=torch.bool, device=device).tril()[None, None]
