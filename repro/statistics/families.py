"""Correction for asking many questions at once (Holm 1979, "A simple sequentially rejective multiple test procedure").

Of twenty rows that differ in nothing, one in twenty looks significant at 0.05. Holm's correction holds the chance of
any wrong finding in the family to alpha, however the rows depend on one another, as those that share a base do.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjusted p values: a hypothesis is rejected at any alpha that its adjusted p value does not exceed.

    The smallest of k is multiplied by k, the next by k - 1, and so on; none gets less than a smaller one did.

    Args:
        p_values: shape (..., k): families of k hypotheses each.

    Returns:
        Shape (..., k), in the same order.

    Raises:
        ValueError: a value that is no p value, or an array without an axis of hypotheses.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim == 0:
        raise ValueError("p values must have shape (..., k)")
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("p values must lie between 0 and 1")
    order = np.argsort(p, axis=-1, kind="stable")
    steps = np.take_along_axis(p, order, axis=-1) * np.arange(p.shape[-1], 0, -1)
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.minimum(np.maximum.accumulate(steps, axis=-1), 1.0), axis=-1)
    return adjusted


def holm_with_untested(p_values: Sequence[float | None]) -> list[float | None]:
    """The same of a family in which some could not be tested (None, or nan): they count as 1, and None stays None."""
    adjusted = holm([1.0 if p is None or math.isnan(p) else p for p in p_values])
    return [None if p is None else float(p_adjusted) for p, p_adjusted in zip(p_values, adjusted, strict=True)]
