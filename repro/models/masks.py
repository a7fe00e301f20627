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
    """What a boolean mask adds to the scores, of the same shape: 0 or, where it is `False`, all but minus infinity.

    It is finite, so that a row that may see nothing does not become NaN.
    """
    return torch.zeros(mask.shape, dtype=dtype, device=mask.device).masked_fill_(~mask, torch.finfo(dtype).min / 2)


def may_attend(bias: Tensor) -> Tensor:
    """The inverse of `mask_bias`."""
    return bias == 0
