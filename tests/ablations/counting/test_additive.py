"""Additive attention against its formula, written out in NumPy pair by pair."""

import numpy as np
import pytest
import torch

from ablations.counting.additive import AdditiveSelfAttention


@pytest.mark.parametrize("h", [1, 2])
def test_scores_are_those_of_the_formula(h: int) -> None:
    n, d = 5, 6
    layer = AdditiveSelfAttention(d, h, seed=3).double()
    x = torch.randn(1, n, d, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    matrices = (part.weight for part in (layer.projections.W_Q, layer.projections.W_K, layer.projections.W_V))
    W, U, values = (matrix.detach().numpy() for matrix in matrices)
    words, v, width = x[0].numpy(), layer.v.detach().numpy(), d // h
    heads = np.zeros((n, d))
    for head in range(h):
        own = slice(head * width, (head + 1) * width)
        for i in range(n):
            scores = np.array([v[head] @ np.tanh(W[own] @ words[i] + U[own] @ words[j]) for j in range(n)])
            weights = np.exp(scores) / np.exp(scores).sum()
            heads[i, own] = sum(weights[j] * (values[own] @ words[j]) for j in range(n))
    expected = heads @ layer.projections.W_O.weight.detach().numpy().T
    np.testing.assert_allclose(layer.unrolled(x)[0].detach().numpy(), expected, atol=1e-12)
