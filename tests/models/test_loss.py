import math

import pytest
import torch
import torch.nn.functional as F

from repro.models import loss as module
from repro.models.loss import label_smoothed_loss, right_tokens

T, V, D = 11, 13, 5


def draw():
    generator = torch.Generator().manual_seed(0)
    states = torch.randn(T, D, generator=generator, requires_grad=True)
    W = torch.randn(V, D, generator=generator, requires_grad=True)
    return states, W, torch.randint(0, V, (T,), generator=generator)


def plain(states, W, targets, eps_ls, over):
    """The smoothed target written out as a distribution."""
    log_p = (states @ W.T).log_softmax(-1)
    others = V if over == "V" else V - 1
    q = torch.full((T, V), eps_ls / others)
    for i, y in enumerate(targets.tolist()):
        q[i, y] = 1 - eps_ls + (eps_ls / V if over == "V" else 0.0)
    torch.testing.assert_close(q.sum(-1), torch.ones(T))
    return -(q * log_p).sum()


@pytest.mark.parametrize("chunk", [10**9, V * 4, 1], ids=["whole", "chunks", "one row at a time"])
@pytest.mark.parametrize("over", ["V", "V-1"])
@pytest.mark.parametrize("eps_ls", [0.0, 0.1, 0.9])
def test_value_and_gradients(eps_ls, over, chunk, monkeypatch):
    monkeypatch.setitem(module.CHUNK_ELEMENTS, "cpu", chunk)
    states, W, targets = draw()
    loss, nll = label_smoothed_loss(states, W, targets, eps_ls, over)
    expected = plain(states, W, targets, eps_ls, over)
    torch.testing.assert_close(loss, expected, atol=1e-4, rtol=1e-5)
    torch.testing.assert_close(nll, F.cross_entropy(states @ W.T, targets, reduction="sum"))
    if over == "V":
        theirs = F.cross_entropy(states @ W.T, targets, reduction="sum", label_smoothing=eps_ls)
        torch.testing.assert_close(loss, theirs, atol=1e-4, rtol=1e-5)
    expected_gradients = torch.autograd.grad(0.3 * expected, [states, W])
    for ours, theirs in zip(torch.autograd.grad(0.3 * loss, [states, W]), expected_gradients, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("chunk", [10**9, V * 4, 1], ids=["whole", "chunks", "one row at a time"])
def test_right_tokens(chunk, monkeypatch):
    monkeypatch.setitem(module.CHUNK_ELEMENTS, "cpu", chunk)
    states, W, targets = draw()
    best = (states @ W.T).argmax(-1)
    targets[::2] = best[::2]
    targets[1::2] = (best[1::2] + 1) % V
    assert right_tokens(states, W, targets) == len(targets[::2])
    assert right_tokens(states[:0], W, targets[:0]) == 0


@pytest.mark.parametrize("over", ["V", "V-1"])
def test_closed_form(over):
    """At p = q the loss is the entropy of the smoothed target, and its gradient is zero."""
    eps = 0.1
    high, low = (1 - eps + eps / V, eps / V) if over == "V" else (1 - eps, eps / (V - 1))
    states = torch.tensor([[math.log(high / low)]], requires_grad=True)
    W = torch.zeros(V, 1)
    W[3] = 1.0  # logits: log(high / low) for type 3, 0 for every other
    loss, nll = label_smoothed_loss(states, W, torch.tensor([3]), eps, over)
    assert float(loss) == pytest.approx(-high * math.log(high) - (V - 1) * low * math.log(low), rel=1e-5)
    assert float(nll) == pytest.approx(-math.log(high), rel=1e-5)
    loss.backward()
    assert float(states.grad) == pytest.approx(0.0, abs=1e-5)


def test_no_gradient_flows_from_the_likelihood():
    states, W, targets = draw()
    assert not label_smoothed_loss(states, W, targets, 0.1)[1].requires_grad


def test_without_gradients(monkeypatch):
    """Where none is asked for, none is made: of the three products only the logits'."""
    products = []
    for name in ("mm", "addmm_"):
        owner = torch if name == "mm" else torch.Tensor
        real = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *a, real=real, **k: products.append(1) or real(*a, **k))
    states, W, targets = draw()
    label_smoothed_loss(states, W, targets, 0.1)
    assert len(products) == 3
    products.clear()
    with torch.no_grad():
        loss, _ = label_smoothed_loss(states, W, targets, 0.1)
    assert len(products) == 1
    torch.testing.assert_close(loss, plain(states, W, targets, 0.1, "V"), atol=1e-4, rtol=1e-5)


def test_under_autocast_products_are_bf16_and_gradients_keep_their_types():
    states, W, targets = draw()
    expected = plain(states, W, targets, 0.1, "V")
    with torch.autocast("cpu", torch.bfloat16):
        loss, _ = label_smoothed_loss(states, W, targets, 0.1)
    assert loss.dtype == torch.float32
    logits = (states.bfloat16() @ W.bfloat16().T).float()  # the product alone is rounded, not what follows
    theirs = F.cross_entropy(logits, targets, reduction="sum", label_smoothing=0.1)
    assert float(loss.detach()) == pytest.approx(float(theirs.detach()), rel=1e-5)
    assert float(loss.detach()) != pytest.approx(float(expected.detach()), rel=1e-5)
    gradients = torch.autograd.grad(loss, [states, W])
    for ours, theirs in zip(gradients, torch.autograd.grad(expected, [states, W]), strict=True):
        assert ours.dtype == torch.float32
        torch.testing.assert_close(ours, theirs, atol=0.03, rtol=0.05)


def test_large_logits_stay_finite():
    states = torch.tensor([[1e4], [-1e4]], requires_grad=True)
    loss, _ = label_smoothed_loss(states, torch.tensor([[1.0], [0.0], [-1.0]]), torch.tensor([0, 1]), 0.1)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(states.grad).all()
