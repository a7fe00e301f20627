"""The footnote's quantities against closed forms, SciPy and torch."""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.special import softmax

from ablations.complexity import footnote
from ablations.complexity.footnote import measure_widths


def by_width(widths, keys=32, draws=2000, seed=1):
    found = measure_widths(widths, keys, draws, seed)
    return ({each.d_k: each for each in found if each.scaled is scaled} for scaled in (False, True))


def test_the_variance_is_d_k_and_1_when_scaled() -> None:
    plain, scaled = by_width([1, 4, 64, 256])
    for d_k, each in plain.items():
        assert each.variance.value == pytest.approx(d_k, abs=4 * each.variance.error)
        assert scaled[d_k].variance.value == pytest.approx(1, abs=4 * scaled[d_k].variance.error)
        assert each.variance.value / scaled[d_k].variance.value == pytest.approx(d_k)


def test_the_softmax_by_scipy_and_its_jacobian_by_torch() -> None:
    products = np.random.default_rng(0).standard_normal((6, 5)) * 3
    p = softmax(products, axis=1)
    found = footnote._statistics(4, False, products)
    assert found.entropy.value == pytest.approx(stats.entropy(p, axis=1).mean())
    assert found.entropy.error == pytest.approx(stats.sem(stats.entropy(p, axis=1)))
    assert found.largest.value == pytest.approx(p.max(axis=1).mean())
    norms = [
        torch.autograd.functional.jacobian(lambda s: s.softmax(-1), torch.tensor(row)).norm().item() for row in products
    ]
    assert found.jacobian.value == pytest.approx(np.mean(norms))
    assert found.variance.value == pytest.approx((products**2).mean())


def test_saturation_needs_large_d_k() -> None:
    """The unscaled Jacobian rises first; it is far below the scaled one at 512 only."""
    plain, scaled = by_width([1, 2, 8, 64, 512])
    ratio = {d_k: each.jacobian.value / scaled[d_k].jacobian.value for d_k, each in plain.items()}
    assert ratio[1] == pytest.approx(1)
    assert plain[1].jacobian.value < plain[2].jacobian.value < plain[8].jacobian.value
    assert ratio[64] == pytest.approx(0.84, abs=0.03)
    assert ratio[512] == pytest.approx(0.34, abs=0.03)
    assert plain[512].largest.value > 0.8 > 0.3 > scaled[512].largest.value
    assert plain[512].entropy.value < 0.5 < scaled[512].entropy.value < math.log(32)


def test_the_seed_decides_and_widths_do_not_disturb_each_other() -> None:
    assert measure_widths([8, 16], 4, 50, 3) == measure_widths([8, 16], 4, 50, 3)
    assert measure_widths([16], 4, 50, 3) == measure_widths([8, 16], 4, 50, 3)[2:]
    assert measure_widths([8], 4, 50, 3) != measure_widths([8], 4, 50, 4)


def test_draws_in_parts_are_all_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert footnote._parts(10, 1_500_000) == [2, 2, 2, 2, 2]
    assert footnote._parts(5, 1_500_000) == [2, 2, 1]
    assert footnote._parts(3, 10**9) == [1, 1, 1]
