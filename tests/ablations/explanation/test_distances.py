"""Distances against SciPy and closed forms; their gradients at zeros."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy

from ablations.explanation.distances import LARGEST_JSD, jsd, kl, negentropy, tvd


def distributions(rows: int, n: int, seed: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).dirichlet(np.full(n, 0.3), rows))


def test_jsd_is_the_square_of_scipys_distance() -> None:
    p, q = distributions(50, 7, 1), distributions(50, 7, 2)
    assert jsd(p, q).numpy() == pytest.approx(jensenshannon(p, q, axis=1) ** 2, abs=1e-12)
    assert kl(p, q).numpy() == pytest.approx(entropy(p, q, axis=1), rel=1e-9)
    assert negentropy(p).numpy() == pytest.approx(-entropy(p, axis=1), rel=1e-9)


def test_jsd_of_distributions_that_share_nothing_is_the_logarithm_of_2() -> None:
    p, q = torch.tensor([0.3, 0.7, 0.0, 0.0]), torch.tensor([0.0, 0.0, 0.9, 0.1])
    assert jsd(p, q).item() == pytest.approx(math.log(2)) == LARGEST_JSD
    assert jsd(p, p).item() == 0
    assert kl(p, q).item() == math.inf


def test_jsd_of_one_word_against_uniform_weights() -> None:
    """p = (1, 0, ..., 0), q = 1/n: half of log(2n / (n + 1)) and half of KL(q, m) by hand."""
    n = 5
    p, q = torch.eye(n, dtype=torch.float64)[0], torch.full((n,), 1 / n, dtype=torch.float64)
    by_hand = (math.log(2 * n / (n + 1)) + math.log(2 / (n + 1)) / n + (n - 1) / n * math.log(2)) / 2
    assert jsd(p, q).item() == pytest.approx(by_hand)


def test_tvd_of_two_classes_is_the_difference_and_half_of_it_in_the_second_papers_code() -> None:
    p, q = torch.tensor([[0.2, 0.8]]), torch.tensor([[0.5, 0.5]])
    assert tvd(p, q).item() == pytest.approx(0.3)
    assert tvd(p, q, "half").item() == pytest.approx(0.15)
    assert tvd(torch.tensor([1.0, 0, 0]), torch.tensor([0, 0.4, 0.6])).item() == 1


def test_the_derivative_of_negentropy() -> None:
    assert torch.autograd.gradcheck(negentropy, (distributions(3, 4, 5).requires_grad_(),))


@pytest.mark.parametrize("measure", [jsd, kl, lambda p, q: negentropy(p)])
def test_padding_and_underflow_never_give_a_gradient_that_is_no_number(measure) -> None:
    logits = torch.tensor([[0.3, -0.2, 80.0, -90.0, 0.0]], requires_grad=True)
    away = torch.tensor([[False, False, False, False, True]])
    q = torch.tensor([[0.2, 0.3, 0.1, 0.4, 0.0]])
    p = logits.masked_fill(away, -torch.inf).softmax(dim=-1)
    (gradient,) = torch.autograd.grad(measure(p, q).sum() + jsd(q, p).sum(), logits)
    assert gradient.isfinite().all()
    assert gradient[0, 4] == 0


def test_padding_does_not_matter() -> None:
    p, q = distributions(9, 6, 3), distributions(9, 6, 4)
    longer = [torch.nn.functional.pad(each, (0, 5)) for each in (p, q)]
    assert torch.equal(jsd(p, q), jsd(*longer)) or jsd(p, q).numpy() == pytest.approx(jsd(*longer).numpy(), abs=1e-15)
