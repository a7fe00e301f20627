"""Kendall's tau of many pairs of rankings of different lengths at once.

Tau-b, with ties; the p value is exact or by the normal approximation under the same conditions as in
`scipy.stats.kendalltau`, which the papers use and the tests compare with.
"""

from dataclasses import dataclass
from functools import cache
from math import comb, factorial

import torch
from torch import Tensor

LONGEST_EXACT = 33
"""Up to this length, and without ties, the p value is exact."""


@dataclass(frozen=True)
class Tau:
    """Rank correlations, NaN where there is none: of fewer than two places, or if all of one side are equal.

    Attributes:
        tau: (B) from -1 to 1.
        p: (B) two-sided, of the hypothesis that the two rankings are independent.
    """

    tau: Tensor
    p: Tensor

    @property
    def defined(self) -> Tensor:
        """(B) boolean."""
        return ~self.tau.isnan()


def kendall(x: Tensor, y: Tensor, where: Tensor) -> Tau:
    """Correlate each row of x with that row of y.

    All rows go through one comparison a distance: of every place with the one so far to its right.

    Args:
        x, y: (B, n) values; a row with NaN in a place that counts has no tau.
        where: (B, n) boolean, True: the place counts.
    """
    counts = _compare(x, y, where)
    n, pairs = counts.n, counts.n * (counts.n - 1) / 2
    tied_x, tied_y = ((size - 1).clamp_min(0).sum(dim=1) / 2 for size in (counts.equal_x, counts.equal_y))
    # The product is a whole number that float64 has exactly, so full agreement is exactly 1.
    tau = counts.surplus / ((pairs - tied_x) * (pairs - tied_y)).sqrt()
    unusable = ((x.isnan() | y.isnan()) & where).any(dim=1) | (tied_x == pairs) | (tied_y == pairs)
    tau = tau.masked_fill(unusable, torch.nan)
    inversions = torch.minimum(counts.discordant, pairs - counts.discordant)
    exact = (tied_x == 0) & (tied_y == 0) & ((n <= LONGEST_EXACT) | (inversions <= 1))
    p = torch.where(exact, _exact_p(n, inversions), _normal_p(counts, tied_x, tied_y))
    return Tau(tau, p.clamp(max=1).masked_fill(unusable, torch.nan))


@dataclass(frozen=True)
class _Counts:
    """Of rows: places, concordant minus discordant pairs, discordant ones; of each place: how many are equal to it."""

    n: Tensor
    surplus: Tensor
    discordant: Tensor
    equal_x: Tensor
    equal_y: Tensor


def _compare(x: Tensor, y: Tensor, where: Tensor) -> _Counts:
    rows, width = x.shape
    surplus, discordant = x.new_zeros(rows, dtype=torch.int64), x.new_zeros(rows, dtype=torch.int64)
    equal = [where.to(torch.int64), where.to(torch.int64)]
    for distance in range(1, width):
        both = where[:, distance:] & where[:, :-distance]
        signs = []
        for values, size in zip((x, y), equal, strict=True):
            right, left = values[:, distance:], values[:, :-distance]
            signs.append((right > left).to(torch.int8) - (right < left).to(torch.int8))
            same = (right == left) & both
            size[:, distance:] += same
            size[:, :-distance] += same
        product = signs[0] * signs[1] * both
        surplus += product.sum(dim=1)
        discordant += (product < 0).sum(dim=1)
    return _Counts(
        where.sum(dim=1).double(), surplus.double(), discordant.double(), equal[0].double(), equal[1].double()
    )


def _normal_p(counts: _Counts, tied_x: Tensor, tied_y: Tensor) -> Tensor:
    """Kendall, Rank Correlation Methods, chapter 4: the variance of the surplus under independence, with ties."""
    n = counts.n

    def over_ties(size: Tensor, of: str) -> Tensor:
        other = size - 2 if of == "triples" else 2 * size + 5
        return ((size - 1) * other * (size > 0)).sum(dim=1)

    variance = (
        n * (n - 1) * (2 * n + 5) - over_ties(counts.equal_x, "variance") - over_ties(counts.equal_y, "variance")
    ) / 18
    variance = variance + 2 * tied_x * tied_y / (n * (n - 1))
    triples = over_ties(counts.equal_x, "triples") * over_ties(counts.equal_y, "triples")
    variance = variance + torch.where(n > 2, triples / (9 * n * (n - 1) * (n - 2)), 0)
    return torch.erfc(counts.surplus.abs() / (2 * variance).sqrt())


def _exact_p(n: Tensor, inversions: Tensor) -> Tensor:
    """Twice the share of permutations of n with so few inversions; above `LONGEST_EXACT` for 0 and 1 of them only."""
    table = _shares(LONGEST_EXACT).to(n.device)
    row, column = n.clamp(0, LONGEST_EXACT).long(), inversions.clamp(0, table.shape[1] - 1).long()
    # Of n things, 1 order has no inversion, and n - 1 have one.
    few = torch.where(inversions < 1, -torch.lgamma(n + 1), -torch.lgamma(n.clamp_min(1))).exp()
    return 2 * torch.where(n <= LONGEST_EXACT, table[row, column], few)


@cache
def _shares(longest: int) -> Tensor:
    """(longest + 1, half of all pairs + 1): share of the permutations of n things with at most c inversions."""
    table = torch.ones(longest + 1, comb(longest, 2) // 2 + 1, dtype=torch.float64)
    ways = [1]
    for n in range(2, longest + 1):
        ways = [sum(ways[max(0, c - n + 1) : c + 1]) for c in range(comb(n, 2) + 1)]
        so_far = 0
        for c, count in enumerate(ways[: table.shape[1]]):
            so_far += count
            table[n, c] = so_far / factorial(n)
    return table
