"""Tau and its p value against SciPy, row by row."""

import warnings

import numpy as np
import pytest
import torch
from scipy.stats import kendalltau

from ablations.explanation.kendall import LONGEST_EXACT, kendall


def ragged(lengths: list[int], values: int | None, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Rows of these lengths, at random places of a wider table; of `values` different values, or all different."""
    generator = np.random.default_rng(seed)
    width = max(lengths) + 3
    x, y = (
        generator.standard_normal((len(lengths), width))
        if values is None
        else generator.integers(values, size=(len(lengths), width)).astype(float)
        for _ in range(2)
    )
    y = y + (generator.random((len(lengths), 1)) < 0.5) * x  # some rows agree
    where = np.zeros(x.shape, bool)
    for row, length in enumerate(lengths):
        where[row, generator.permutation(width)[:length]] = True
    return torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(where)


def scipys(x: torch.Tensor, y: torch.Tensor, where: torch.Tensor) -> tuple[list[float], list[float]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [kendalltau(a[w].numpy(), b[w].numpy()) for a, b, w in zip(x, y, where, strict=True)]
    return [each.statistic for each in found], [each.pvalue for each in found]


@pytest.mark.parametrize("values", [None, 2, 3, 8, 1000])
def test_many_ragged_rows_are_scipys(values: int | None) -> None:
    lengths = np.random.default_rng(5).integers(2, 70, size=300).tolist()
    x, y, where = ragged(lengths, values, seed=values or 0)
    found = kendall(x, y, where)
    tau, p = scipys(x, y, where)
    assert found.tau.numpy() == pytest.approx(np.array(tau), abs=1e-12, nan_ok=True)
    assert found.p.numpy() == pytest.approx(np.array(p), rel=1e-9, abs=0, nan_ok=True)


def test_agreement_and_its_opposite_of_every_length() -> None:
    """Where the exact distribution ends: 33 places, and beyond that at most one inversion."""
    lengths = [*range(2, LONGEST_EXACT + 8), 150, 175, 300]
    x, _, where = ragged(lengths, None, seed=1)
    for y in (x, -x):
        found = kendall(x, y, where)
        tau, p = scipys(x, y, where)
        assert found.tau.numpy() == pytest.approx(np.array(tau), abs=1e-12)
        assert found.p.numpy() == pytest.approx(np.array(p), rel=1e-9, abs=1e-300)


def test_one_exchange_in_a_long_row() -> None:
    x = torch.arange(40.0)[None]
    y = x.clone()
    y[0, 3], y[0, 4] = x[0, 4], x[0, 3]
    everywhere = torch.ones_like(x, dtype=torch.bool)
    assert kendall(x, y, everywhere).p.item() == pytest.approx(scipys(x, y, everywhere)[1][0], rel=1e-9, abs=0)


def test_what_has_no_order_has_no_tau() -> None:
    x = torch.tensor([[1.0, 2, 3, 4]]).expand(5, 4).clone()
    y = torch.tensor([[0.25] * 4, [4.0, 3, 2, 1], [1.0, 1, 2, 2], [1.0, torch.nan, 2, 3], [1.0, 2, 3, torch.nan]])
    where = torch.tensor([[True] * 4, [True] + [False] * 3, [True] * 2 + [False] * 2, [True] * 4, [True] * 3 + [False]])
    found = kendall(x, y, where)
    assert found.defined.tolist() == [False, False, False, False, True]
    assert found.p.isnan().tolist() == [True, True, True, True, False]
    assert found.tau[4] == 1


def test_float32_ties_are_ties() -> None:
    x = torch.tensor([[0.1, 0.2, 0.3, 0.3, 0.5, 1e-38, 0.0]])
    y = torch.tensor([[5.0, 4.0, 1.0, 2.0, 2.0, 2.0, 9.0]])
    where = torch.ones_like(x, dtype=torch.bool)
    assert kendall(x, y, where).tau.item() == pytest.approx(scipys(x, y, where)[0][0])
