"""Dropout masks against what a binomial law says of them, and against torch's own in the gradient."""

import pytest
import torch
from scipy.stats import binomtest

from repro.errors import BadInput
from repro.models import RecurrentSeq2Seq, Transformer
from repro.models.attention import MultiHeadAttention
from repro.models.dropout import Dropout, check_probability, dropout
from repro.models.feed_forward import FeedForward


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


@pytest.mark.parametrize("p", [-0.1, 1.0, 1.5, float("nan"), "0.1", None])
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(BadInput, match=r"^P_drop is .*; it must be at least 0 and less than 1$"):
        check_probability("P_drop", p)


@pytest.mark.parametrize("p", [0, 0.0, 0.999, torch.tensor(0.5).numpy()[()]])
def test_a_probability_passes(p):
    check_probability("P_drop", p)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: Dropout(-0.1), "p"),
        (lambda: FeedForward(8, 8, -0.1), "dropout"),
        (lambda: MultiHeadAttention(8, 2, 4, 4, dropout=-0.1), "dropout"),
        (lambda: RecurrentSeq2Seq(20, P_drop=-0.1), "P_drop"),
        (lambda: Transformer(20, P_drop=-0.1), "P_drop"),
        (lambda: Transformer(20, attention_dropout=-0.1), "attention_dropout"),
        (lambda: Transformer(20, relu_dropout=-0.1), "relu_dropout"),
    ],
)
def test_models_refuse_it_when_they_are_made(make, name):
    with pytest.raises(BadInput, match=rf"^{name} is -0\.1; it must be at least 0"):
        make()


def test_is_a_function_of_the_seed():
    masks = []
    for seed in (3, 3, 4):
        torch.manual_seed(seed)
        masks.append(dropout(torch.ones(100), 0.5, training=True))
    assert torch.equal(masks[0], masks[1])
    assert not torch.equal(masks[0], masks[2])
