"""Section 3.2.1's footnote, measured: what the width of queries and keys does to their products and to the softmax.

"Assume that the components of q and k are independent random variables with mean 0 and variance 1": then q . k has
variance d_k, large products push the softmax to where it has extremely small gradients, and 1/sqrt(d_k) counteracts.
The gradient is the softmax's Jacobian diag(p) - p p^T, by its Frobenius norm. It need not fall from the start:
products near 0 give uniform weights, whose Jacobian is small as well.
"""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Mean:
    """A mean over draws and its standard error."""

    value: float
    error: float


@dataclass(frozen=True)
class WidthStatistics:
    """The measurements for one d_k, with or without the scaling.

    Attributes:
        d_k: width of queries and keys.
        scaled: whether products were multiplied by 1/sqrt(d_k).
        variance: of the products.
        entropy: of the softmax over the keys, in nats; log of their number if uniform.
        largest: the largest weight.
        jacobian: Frobenius norm of the softmax's derivative.
    """

    d_k: int
    scaled: bool
    variance: Mean
    entropy: Mean
    largest: Mean
    jacobian: Mean

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


def measure_widths(widths: Sequence[int], keys: int, draws: int, seed: int) -> list[WidthStatistics]:
    """Draw queries, each with so many keys, all standard normal; both with and without the scaling on the same draws.

    Args:
        widths: the d_k to measure.
        keys: over how many the softmax goes.
        draws: queries for each d_k.
        seed: of the draws; each width has a stream of its own, so that it does not depend on the others.
    """
    of_widths = []
    for d_k in widths:
        generator = np.random.default_rng([seed, d_k])
        products = np.concatenate([_products(generator, part, keys, d_k) for part in _parts(draws, keys * d_k)])
        for scaled in (False, True):
            of_widths.append(_statistics(d_k, scaled, products / math.sqrt(d_k) if scaled else products))
    return of_widths


def _parts(draws: int, size: int) -> list[int]:
    """Draws in parts of at most 32 MB of keys."""
    most = max(1, 4_000_000 // size)
    return [min(most, draws - begin) for begin in range(0, draws, most)]


def _products(generator: np.random.Generator, draws: int, keys: int, d_k: int) -> NDArray[np.float64]:
    q, k = generator.standard_normal((draws, d_k)), generator.standard_normal((draws, keys, d_k))
    return np.einsum("bd,bkd->bk", q, k)


def _statistics(d_k: int, scaled: bool, products: NDArray[np.float64]) -> WidthStatistics:
    exponentials = np.exp(products - products.max(axis=1, keepdims=True))
    p = exponentials / exponentials.sum(axis=1, keepdims=True)
    entropy = -(p * np.log(np.where(p > 0, p, 1.0))).sum(axis=1)
    squares = (p**2).sum(axis=1)
    # |diag(p) - p p^T|^2 = sum p_i^2 - 2 sum p_i^3 + (sum p_i^2)^2
    jacobian = np.sqrt(np.maximum(squares - 2 * (p**3).sum(axis=1) + squares**2, 0.0))
    # A query's products share the query, so a query counts as one draw of their mean square. Their mean is 0.
    mean_squares = (products**2).mean(axis=1)
    return WidthStatistics(d_k, scaled, *map(_mean, (mean_squares, entropy, p.max(axis=1), jacobian)))


def _mean(values: NDArray[np.float64]) -> Mean:
    return Mean(float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(values))))
