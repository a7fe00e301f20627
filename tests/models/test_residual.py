"""A residual connection is written as in section 3.1, once with the norm behind it and once before."""

import pytest
import torch

from repro.models.residual import Residual


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_the_written_formula(norm):
    torch.manual_seed(0)
    x, w = torch.randn(2, 3, 8), torch.randn(8, 8)
    residual = Residual(8, 0.0, norm, 1e-6)
    with torch.no_grad():
        residual.layer_norm.weight.uniform_(0.5, 2)
        residual.layer_norm.bias.uniform_(-1, 1)

    def layer_norm(y):
        centred = y - y.mean(-1, keepdim=True)
        scaled = centred / (y.var(-1, keepdim=True, unbiased=False) + 1e-6).sqrt()
        return scaled * residual.layer_norm.weight + residual.layer_norm.bias

    wanted = layer_norm(x + x @ w) if norm == "post" else x + layer_norm(x) @ w
    assert torch.allclose(residual.after(x, residual.before(x) @ w), wanted, atol=1e-5)


def test_dropout_falls_on_the_sub_layer_s_output_alone():
    residual = Residual(8, 0.5, "pre", 1e-6).train()
    x = torch.full((1000, 8), 3.0)
    after = residual.after(x, torch.ones_like(x)) - x
    assert set(after.unique().tolist()) == {0.0, 2.0}
    assert abs((after == 0).float().mean() - 0.5) < 0.05
