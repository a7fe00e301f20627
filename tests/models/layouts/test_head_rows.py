"""Heads of packed tokens laid out as padded rows, against loops."""

import pytest
import torch

from repro.models.layouts.packed import Packed
from repro.models.masks import PAD


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_rows_of_heads_one_by_one(parts):
    """Against loops, (T, parts h d) to (parts, B, h, n, d) and back; each is the other's gradient."""
    h, d = 3, 2
    ids = torch.tensor([[5, 0, 7, 0], [0, 0, 0, 0], [9, 9, 9, 9]])
    packed = Packed.of(ids)
    rows = packed.head_rows(parts, h)
    assert packed.head_rows(parts, h) is rows
    x = torch.randn(len(packed.places), parts * h * d, requires_grad=True)
    y = torch.randn(parts, 3, h, 4, d, requires_grad=True)
    there, back = rows.spread(x), rows.collect(y)
    expected = torch.zeros(back.shape)
    places = (ids != PAD).nonzero().tolist()
    for t, (b, i) in enumerate(places):
        for part in range(parts):
            for head in range(h):
                at = (part * h + head) * d
                assert torch.equal(there[part, b, head, i], x[t, at : at + d])
                expected[t, at : at + d] = y[part, b, head, i].detach()
    assert torch.equal(back, expected)
    (there * y.detach()).sum().backward()
    assert torch.equal(x.grad, expected)
    weights = x.detach().clone()
    weights[len(places) :] = 0  # nothing is made of what lies behind the real tokens
    (back * weights).sum().backward()
    for b, i in (ids == PAD).nonzero().tolist():
        assert not y.grad[:, b, :, i].any()
    for t, (b, i) in enumerate(places):
        assert torch.equal(y.grad[:, b, :, i].flatten(), weights[t])
