"""Dropout masks against what a binomial law says of them, and against torch's own in the gradient."""

import pytest
import torch
from scipy.stats import binomtest

from repro.models.dropout import Dropout, dropout


@pytest.mark.parametrize("p", [0.1, 0.3, 0.5])
def test_share_and_scale(p):
    torch.manual_seed(0)
    x = torch.ones(999, 1001)
    y = dropout(x, p, training=True)
    kept = y != 0
    # The probability is rounded to a multiple of 2^-16, which moves the scale by less than 2^-16 / (1 - p)^2.
    torch.testing.assert_close(y[kept], torch.full_like(y[kept], 1 / (1 - p)), rtol=1e-4, atol=0)
    assert binomtest(int((~kept).sum()), x.numel(), p).pvalue > 1e-3


def test_neighbours_are_independent():
    """Four elements share one draw: each pair of the four is dropped together as often as chance has it."""
    torch.manual_seed(1)
    dropped = (dropout(torch.ones(1_000_000), 0.3, training=True) == 0).view(-1, 4)
    for i in range(4):
        for j in range(i):
            together = int((dropped[:, i] & dropped[:, j]).sum())
            assert binomtest(together, len(dropped), 0.09).pvalue > 1e-3


def test_gradient_flows_through_what_is_kept():
    torch.manual_seed(2)
    x = torch.randn(50, 7, requires_grad=True)
    y = dropout(x, 0.4, training=True)
    y.sum().backward()
    torch.testing.assert_close(x.grad * x.detach(), y.detach())


def test_ends_of_the_scale_and_evaluation():
    x = torch.randn(10, 3)
    assert dropout(x, 0.0, training=True) is x
    assert dropout(x, 0.7, training=False) is x
    assert torch.equal(dropout(x, 1.0, training=True), torch.zeros_like(x))
    assert torch.equal(Dropout(0.5).eval()(x), x)


def test_is_a_function_of_the_seed():
    masks = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        masks.append(dropout(torch.ones(100), 0.5, training=True))
    assert torch.equal(masks[0], masks[1])
    assert not torch.equal(masks[0], masks[2])
