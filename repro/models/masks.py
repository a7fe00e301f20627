"""Masks: boolean, `True` = may attend. Other libraries' conventions are converted at their border.

Where one mask serves many calls, it may be given as what it adds to the scores instead, which is cheaper.
"""

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


def mask_bias(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """The additive form of a boolean mask, of the same shape: 0 or, where it is `False`, nearly minus infinity.

    It is finite, so that a fully masked row does not become NaN.
    """
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill_(~mask, torch.finfo(dtype).min / 2)


def may_attend(bias: Tensor) -> Tensor:
    """The inverse of `mask_bias`."""
    return bias == 0
