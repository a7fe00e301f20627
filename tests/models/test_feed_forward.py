import numpy as np
import torch

from repro.models.feed_forward import FeedForward


def test_equation_2():
    layer = FeedForward(4, 6)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(parameter.numel()))
    x = torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))
    W_1, b_1 = layer.W_1.weight.detach().numpy().T, layer.W_1.bias.detach().numpy()
    W_2, b_2 = layer.W_2.weight.detach().numpy().T, layer.W_2.bias.detach().numpy()
    expected = np.maximum(0, x.numpy() @ W_1 + b_1) @ W_2 + b_2
    np.testing.assert_allclose(layer(x).detach().numpy(), expected, atol=1e-5)


def test_relu_dropout_is_for_training_only():
    layer, x = FeedForward(4, 64, dropout=0.5), torch.ones(1, 4)
    layer.train()
    assert not torch.equal(layer(x), layer(x))
    layer.eval()
    assert torch.equal(layer(x), layer(x))
