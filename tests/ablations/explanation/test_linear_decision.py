"""Outputs under many attentions against `decide`, one attention at a time."""

import pytest
import torch

from ablations.explanation.linear_decision import decision_of, votes_of
from ablations.explanation.models.protocol import distribution
from tests.ablations.explanation.planted import Curved, Explaining, Irrelevant, Recurrent, Uniform, a_batch, uniform


@pytest.mark.parametrize("model", [Explaining(), Recurrent(classes=3), Irrelevant(), Uniform(), Curved()])
def test_many_attentions_at_once(model) -> None:
    batch = a_batch([9, 5, 12, 3], padding=2)
    hidden = model.encode(model.embed(batch.tokens), batch)
    weights = torch.rand(4, 6, batch.tokens.shape[1], dtype=torch.float64) * batch.attendable[:, None]
    weights = (weights / weights.sum(dim=-1, keepdim=True)).requires_grad_()
    many = decision_of(model, hidden, batch, rows=5)(weights)
    single = torch.stack([distribution(model.decide(hidden, weights[:, k], batch)) for k in range(6)], dim=1)
    assert torch.allclose(many, single, rtol=0, atol=1e-12)
    along = torch.randn_like(many)
    slopes = [torch.autograd.grad((each * along).sum(), weights, allow_unused=True)[0] for each in (many, single)]
    if slopes[1] is None:  # attention does not matter to this model
        slopes[1] = torch.zeros_like(weights)
    # Of directions along which the weights still sum to 1: what a vote adds to all is no difference.
    free = [
        slope - (slope * batch.attendable[:, None]).sum(-1, keepdim=True) / batch.attendable.sum(1)[:, None, None]
        for slope in slopes
    ]
    assert torch.allclose(free[0] * batch.attendable[:, None], free[1] * batch.attendable[:, None], rtol=0, atol=1e-12)


def test_only_a_linear_decision_has_votes() -> None:
    batch = a_batch([9, 5, 12])
    for model, linear in [(Explaining(), True), (Irrelevant(), True), (Recurrent(), True), (Curved(), False)]:
        hidden = model.encode(model.embed(batch.tokens), batch)
        assert (votes_of(model, hidden, batch) is not None) is linear


def test_uniform_weights_do_not_hide_a_curved_decision() -> None:
    class UniformAndCurved(Curved):
        def attend(self, hidden, batch):
            return uniform(batch)

    batch, model = a_batch([9, 5, 12]), UniformAndCurved()
    assert votes_of(model, model.embed(batch.tokens), batch) is None
